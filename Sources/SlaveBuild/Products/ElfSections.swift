/// The sections and symbols of an unstripped ELF file (System V ABI, chapter 4), for 32 and 64 bits and
/// both byte orders: what a program consists of.
struct ElfSections {
    struct Section: Hashable {
        var name: String
        var type: Int
        var flags: Int
        var address: Int
        var offset: Int
        var size: Int
        var link: Int

        var isInMemory: Bool { flags & 2 != 0 }
        var isWritable: Bool { flags & 1 != 0 }
        /// It has no bytes in the file, since all are zero.
        var isZero: Bool { type == 8 }
    }

    struct Symbol: Hashable {
        var name: String
        var address: Int
        var size: Int
        var section: Int
    }

    let sections: [Section]
    /// Functions and objects that have a size, by their addresses.
    let symbols: [Symbol]

    private static let sectionsMax = 100_000
    private static let symbolTable = 2

    init(_ bytes: [UInt8]) throws(BuildFault) {
        guard bytes.count >= 52, bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46]),
            (1...2).contains(bytes[4]), (1...2).contains(bytes[5])
        else { throw BuildFault(summary: "the linker's output is no ELF file") }
        let is64 = bytes[4] == 2
        let isBig = bytes[5] == 2
        func number(_ at: Int, _ width: Int) throws(BuildFault) -> Int {
            try ElfFile.number(bytes, at, width: width, isBig: isBig)
        }
        let word = is64 ? 8 : 4
        let table = try number(is64 ? 40 : 32, word)
        let entrySize = try number(is64 ? 58 : 46, 2)
        let count = try number(is64 ? 60 : 48, 2)
        let names = try number(is64 ? 62 : 50, 2)
        guard count <= Self.sectionsMax, count == 0 || entrySize >= (is64 ? 64 : 40) else {
            throw BuildFault(summary: "the linker's output has no valid section headers")
        }
        var sections: [Section] = []
        var nameOffsets: [Int] = []
        for index in 0..<count {
            let at = table + index * entrySize
            nameOffsets.append(try number(at, 4))
            sections.append(
                Section(
                    name: "", type: try number(at + 4, 4), flags: try number(at + 8, word),
                    address: try number(at + (is64 ? 16 : 12), word),
                    offset: try number(at + (is64 ? 24 : 16), word),
                    size: try number(at + (is64 ? 32 : 20), word),
                    link: try number(at + (is64 ? 40 : 24), 4)))
        }
        for index in sections.indices where names < count {
            sections[index].name = Self.text(bytes, sections[names], nameOffsets[index])
        }
        self.sections = sections
        var symbols: [Symbol] = []
        for table in sections where table.type == Self.symbolTable && table.link < count {
            let size = is64 ? 24 : 16
            guard table.offset <= bytes.count, table.size <= bytes.count - table.offset else {
                throw BuildFault(summary: "the linker's output is cut off")
            }
            for index in 0..<table.size / size {
                let at = table.offset + index * size
                // Functions, objects, and those of each thread.
                guard [1, 2, 6].contains(bytes[at + (is64 ? 4 : 12)] & 0xf) else { continue }
                let symbol = Symbol(
                    name: Self.text(bytes, sections[table.link], try number(at, 4)),
                    address: try number(at + (is64 ? 8 : 4), word),
                    size: try number(at + (is64 ? 16 : 8), word),
                    section: try number(at + (is64 ? 6 : 14), 2))
                if symbol.size > 0, symbol.section > 0, symbol.section < count {
                    symbols.append(symbol)
                }
            }
        }
        self.symbols = symbols.sorted {
            ($0.section, $0.address, $0.name) < ($1.section, $1.address, $1.name)
        }
    }

    /// What of a program is in memory, as size(1) counts it.
    var sizes: ProgramSizes {
        var sizes = ProgramSizes()
        for section in sections where section.isInMemory {
            if section.isZero {
                sizes.bss += section.size
            } else if section.isWritable {
                sizes.data += section.size
            } else {
                sizes.text += section.size
            }
        }
        return sizes
    }

    /// Addresses and sizes in hexadecimal digits: each section in memory, and below it what is in it.
    var map: String {
        func line(_ address: Int, _ size: Int, _ name: String) -> String {
            let words = [address, size].map { value in
                let digits = String(value, radix: 16)
                return String(repeating: " ", count: max(0, 16 - digits.count)) + digits
            }
            return "\(words[0]) \(words[1].dropFirst(6)) \(name)"
        }
        var lines = ["         address       size name"]
        var next = 0
        for (index, section) in sections.enumerated() {
            let own = symbols[next...].prefix { $0.section == index }
            next += own.count
            guard section.isInMemory else { continue }
            lines.append(line(section.address, section.size, section.name))
            lines += own.map { line($0.address, $0.size, "    \($0.name)") }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func text(_ bytes: [UInt8], _ table: Section, _ offset: Int) -> String {
        let start = table.offset + offset
        guard start >= 0, start < bytes.count else { return "" }
        return String(decoding: bytes[start...].prefix { $0 != 0 }, as: UTF8.self)
    }
}

/// Bytes of a program in memory.
public struct ProgramSizes: Hashable, Sendable {
    /// Code and constants.
    public var text = 0
    /// Variables with a value.
    public var data = 0
    /// Variables that are zero at the start.
    public var bss = 0

    public var total: Int { text + data + bss }

    public init(text: Int = 0, data: Int = 0, bss: Int = 0) {
        (self.text, self.data, self.bss) = (text, data, bss)
    }
}
