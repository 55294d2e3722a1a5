import SlaveBuild

/// How to find the caller of each function: the call frame information of an ELF file (DWARF 5, 6.4;
/// `.eh_frame` as in the Linux Standard Base). Compilers write it for code that keeps no frame
/// pointer, so that no flag, and no time of a run that does not crash, is spent on it.
struct FrameTable {
    enum Rule: Hashable {
        /// It has what it had.
        case same
        case undefined
        /// Saved at this distance from the frame's address; or it is that address.
        case saved(Int64)
        case address(Int64)
        case register(Int)
    }

    /// What holds at one instruction.
    struct Row {
        /// The frame's address: a register and a distance.
        var frame: (register: Int, offset: Int64)?
        var rules: [Int: Rule] = [:]
    }

    fileprivate struct Common {
        var codeFactor: UInt64 = 1
        var dataFactor: Int64 = 1
        var returnRegister = 0
        var encoding: UInt64 = 0
        var isAugmented = false
        var isSignal = false
        var program = 0..<0
    }

    struct Function {
        var begin: UInt64
        var end: UInt64
        fileprivate var common: Common
        fileprivate var program: Range<Int>

        var returnRegister: Int { common.returnRegister }
        /// What the system called: its caller was interrupted, and called nothing.
        var isSignal: Bool { common.isSignal }
    }

    private let elf: ElfSections
    private var functions: [Function] = []

    init(_ elf: ElfSections) {
        self.elf = elf
        for name in [".debug_frame", ".eh_frame"] { read(name) }
    }

    func function(at pc: UInt64) -> Function? {
        functions.first { $0.begin <= pc && pc < $0.end }
    }

    // MARK: Reading

    private func cursor(_ range: Range<Int>) -> ByteCursor {
        ByteCursor(elf.file.bytes, in: range, isBig: elf.file.isBig)
    }

    private mutating func read(_ name: String) {
        guard let section = elf.sections.last(where: { $0.name == name }),
            let range = elf.range(of: section)
        else { return }
        let isDebug = name == ".debug_frame"
        var commons: [Int: Common] = [:]
        var all = cursor(range)
        while all.at < all.end, !all.isOver {
            let begin = all.at
            var size = all.number(4)
            let is64 = size == 0xffff_ffff
            if is64 { size = all.number(8) }
            let body = all.at
            all.skip(size)
            guard size > 0, !all.isOver else { continue }
            var entry = cursor(body..<all.at)
            let mark = entry.number(is64 && isDebug ? 8 : 4)
            let isCommon = isDebug ? mark == (is64 ? .max : 0xffff_ffff) : mark == 0
            if isCommon {
                commons[begin] = common(&entry, isDebug: isDebug)
                continue
            }
            // From the section's begin, or backwards from the number itself.
            let reference =
                isDebug ? range.lowerBound &+ Int(clamping: mark) : body &- Int(clamping: mark)
            guard let common = commons[reference] else { continue }
            let place = (file: range.lowerBound, address: UInt64(section.address))
            if let function = function(&entry, common, place) { functions.append(function) }
        }
    }

    private func common(_ entry: inout ByteCursor, isDebug: Bool) -> Common? {
        var common = Common()
        let version = entry.number(1)
        var augmentation: [UInt8] = []
        while case let byte = entry.number(1), byte != 0 { augmentation.append(UInt8(byte)) }
        if version >= 4 { _ = entry.number(2) }
        common.codeFactor = entry.unsigned()
        common.dataFactor = entry.signed()
        common.returnRegister = Int(clamping: version == 1 ? entry.number(1) : entry.unsigned())
        if augmentation.first == UInt8(ascii: "z") {
            common.isAugmented = true
            let size = entry.unsigned()
            let begin = entry.at
            for letter in augmentation.dropFirst() {
                switch letter {
                case UInt8(ascii: "R"): common.encoding = entry.number(1)
                case UInt8(ascii: "L"): _ = entry.number(1)
                case UInt8(ascii: "P"):
                    let encoding = entry.number(1)
                    _ = pointer(&entry, encoding, (0, 0))
                case UInt8(ascii: "S"): common.isSignal = true
                default: break
                }
            }
            entry.at = begin
            entry.skip(size)
        } else if !augmentation.isEmpty {
            return nil
        }
        guard !entry.isOver, isDebug || version == 1 || version == 3 else { return nil }
        common.program = entry.at..<entry.end
        return common
    }

    private func function(
        _ entry: inout ByteCursor, _ common: Common, _ place: (file: Int, address: UInt64)
    ) -> Function? {
        guard let begin = pointer(&entry, common.encoding, place),
            // The form of the address without what it counts from.
            let size = pointer(&entry, common.encoding & 0x0f, (0, 0))
        else { return nil }
        if common.isAugmented { entry.skip(entry.unsigned()) }
        guard !entry.isOver, size > 0, begin > 0, begin <= UInt64.max - size else { return nil }
        return Function(
            begin: begin, end: begin + size, common: common, program: entry.at..<entry.end)
    }

    private func pointer(
        _ entry: inout ByteCursor, _ encoding: UInt64, _ place: (file: Int, address: UInt64)
    ) -> UInt64? {
        let here = place.address &+ UInt64(max(0, entry.at - place.file))
        let value: UInt64
        switch encoding & 0x0f {
        case 0x00: value = entry.number(elf.file.is64 ? 8 : 4)
        case 0x02: value = entry.number(2)
        case 0x03: value = entry.number(4)
        case 0x04, 0x0c: value = entry.number(8)
        case 0x0a: value = UInt64(bitPattern: Int64(Int16(truncatingIfNeeded: entry.number(2))))
        case 0x0b: value = UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: entry.number(4))))
        default: return nil
        }
        switch encoding & 0x70 {
        case 0x00: return value
        case 0x10: return elf.file.is64 ? here &+ value : (here &+ value) & 0xffff_ffff
        default: return nil
        }
    }

    // MARK: Executing

    /// nil: something that we can't follow.
    func row(of function: Function, at pc: UInt64) -> Row? {
        var row = Row()
        var location = function.begin
        guard
            execute(
                function.common.program, function.common, until: .max, &location, &row, Row())
        else { return nil }
        let initial = row
        guard
            execute(function.program, function.common, until: pc, &location, &row, initial)
        else { return nil }
        return row
    }

    private func execute(
        _ program: Range<Int>, _ common: Common, until pc: UInt64, _ location: inout UInt64,
        _ row: inout Row, _ initial: Row
    ) -> Bool {
        var code = cursor(program)
        var kept: [Row] = []
        while code.at < code.end, !code.isOver {
            let word = code.number(1)
            let low = Int(word & 0x3f)
            switch word >> 6 {
            case 1: location &+= UInt64(low) &* common.codeFactor
            case 2: row.rules[low] = .saved(scaled(code.unsigned(), common))
            case 3: row.rules[low] = initial.rules[low]
            default:
                switch low {
                case 0x00: break
                case 0x01: location = pointer(&code, common.encoding, (0, 0)) ?? .max
                case 0x02: location &+= code.number(1) &* common.codeFactor
                case 0x03: location &+= code.number(2) &* common.codeFactor
                case 0x04: location &+= code.number(4) &* common.codeFactor
                case 0x05: row.rules[register(&code)] = .saved(scaled(code.unsigned(), common))
                case 0x06:
                    let register = register(&code)
                    row.rules[register] = initial.rules[register]
                case 0x07: row.rules[register(&code)] = .undefined
                case 0x08: row.rules[register(&code)] = .same
                case 0x09: row.rules[register(&code)] = .register(register(&code))
                case 0x0a: kept.append(row)
                case 0x0b:
                    guard let last = kept.popLast() else { return false }
                    row = last
                case 0x0c: row.frame = (register(&code), Int64(clamping: code.unsigned()))
                case 0x0d: row.frame = (register(&code), row.frame?.offset ?? 0)
                case 0x0e: row.frame?.offset = Int64(clamping: code.unsigned())
                case 0x0f:
                    row.frame = nil
                    code.skip(code.unsigned())
                case 0x10, 0x16:
                    row.rules[register(&code)] = .undefined
                    code.skip(code.unsigned())
                case 0x11: row.rules[register(&code)] = .saved(code.signed() &* common.dataFactor)
                case 0x12:
                    row.frame = (register(&code), code.signed() &* common.dataFactor)
                case 0x13: row.frame?.offset = code.signed() &* common.dataFactor
                case 0x14: row.rules[register(&code)] = .address(scaled(code.unsigned(), common))
                case 0x15:
                    row.rules[register(&code)] = .address(code.signed() &* common.dataFactor)
                case 0x2d: break  // AArch64: the return address is signed from here on, or no more
                case 0x2e: _ = code.unsigned()
                default: return false
                }
            }
            // What is said of a later instruction does not hold yet.
            if location > pc { return true }
            if kept.count > 64 { return false }
        }
        return !code.isOver
    }

    private func register(_ code: inout ByteCursor) -> Int { Int(clamping: code.unsigned()) }

    private func scaled(_ value: UInt64, _ common: Common) -> Int64 {
        Int64(clamping: value) &* common.dataFactor
    }
}

extension ElfSections {
    /// Whether something of the file is at that address.
    func holds(_ address: UInt64) -> Bool {
        sections.contains { section in
            let begin = UInt64(section.address)
            guard begin != 0, address >= begin, let range = range(of: section) else { return false }
            return address - begin < UInt64(range.count)
        }
    }
}
