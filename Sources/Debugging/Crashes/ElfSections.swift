/// The sections of an unstripped ELF file (System V ABI, chapter 4), of any class and byte order.
///
/// The file is one of our own builds; what does not fit is absent all the same.
struct ElfSections {
    let bytes: [UInt8]
    let is64: Bool
    let isBig: Bool
    let machine: Int
    private var sections: [String: (file: Range<Int>, address: UInt64)] = [:]

    /// nil: it is no ELF file, or has no sections.
    init?(_ bytes: [UInt8]) {
        guard bytes.count >= 64, bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46]) else { return nil }
        self.bytes = bytes
        is64 = bytes[4] == 2
        isBig = bytes[5] == 2
        var cursor = ByteCursor(bytes, in: 0..<bytes.count, isBig: isBig)
        cursor.at = 18
        machine = Int(cursor.number(2))
        cursor.at = is64 ? 40 : 32
        let table = Int(clamping: cursor.number(is64 ? 8 : 4))
        cursor.at = is64 ? 58 : 46
        let entry = Int(cursor.number(2))
        let count = Int(cursor.number(2))
        let names = Int(cursor.number(2))
        guard entry >= (is64 ? 64 : 40), names < count, !cursor.isOver,
            table <= bytes.count - count * entry
        else { return nil }
        var headers: [(name: Int, type: UInt64, address: UInt64, file: Range<Int>)] = []
        for index in 0..<count {
            cursor.at = table + index * entry
            let name = Int(cursor.number(4))
            let type = cursor.number(4)
            let word = is64 ? 8 : 4
            _ = cursor.number(word)
            let address = cursor.number(word)
            let offset = Int(clamping: cursor.number(word))
            let size = Int(clamping: cursor.number(word))
            // A section without bytes in the file (type 8) has a size all the same.
            let isThere = type != 8 && offset <= bytes.count && size <= bytes.count - offset
            headers.append((name, type, address, isThere ? offset..<offset + size : 0..<0))
        }
        let strings = headers[names].file
        for header in headers where header.name < strings.count {
            let text = bytes[(strings.lowerBound + header.name)..<strings.upperBound]
            let name = String(decoding: text.prefix { $0 != 0 }, as: UTF8.self)
            sections[name] = (header.file, header.address)
        }
    }

    /// Whether something of the file is at that address.
    func holds(_ address: UInt64) -> Bool {
        sections.values.contains { section in
            section.address != 0 && address >= section.address
                && address - section.address < UInt64(section.file.count)
        }
    }

    func section(_ name: String) -> (file: Range<Int>, address: UInt64)? { sections[name] }
}

/// Reads numbers of a part of some bytes. Beyond the end all are 0, and `isOver` says so.
struct ByteCursor {
    private let bytes: [UInt8]
    private let isBig: Bool
    let end: Int
    var at: Int
    private(set) var isOver = false

    init(_ bytes: [UInt8], in range: Range<Int>, isBig: Bool) {
        self.bytes = bytes
        self.isBig = isBig
        at = range.lowerBound
        end = range.upperBound
    }

    mutating func number(_ width: Int) -> UInt64 {
        guard at >= 0, width <= end - at else {
            isOver = true
            at = end
            return 0
        }
        defer { at += width }
        return (0..<width).reduce(0) { value, index in
            value << 8 | UInt64(bytes[isBig ? at + index : at + width - 1 - index])
        }
    }

    /// DWARF's numbers of any length (DWARF 5, 7.6).
    mutating func unsigned() -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: 0, to: 70, by: 7) {
            let byte = number(1)
            if shift < 64 { value |= (byte & 0x7f) << UInt64(shift) }
            if byte & 0x80 == 0 { return value }
        }
        isOver = true
        return 0
    }

    mutating func signed() -> Int64 {
        var value: Int64 = 0
        for shift in stride(from: 0, to: 70, by: 7) {
            let byte = number(1)
            if shift < 64 { value |= Int64(byte & 0x7f) << Int64(shift) }
            guard byte & 0x80 == 0 else { continue }
            let next = shift + 7
            return byte & 0x40 != 0 && next < 64 ? value | -(1 << Int64(next)) : value
        }
        isOver = true
        return 0
    }

    mutating func skip(_ count: UInt64) {
        guard count <= UInt64(max(0, end - at)) else {
            isOver = true
            at = end
            return
        }
        at += Int(count)
    }
}
