/// The sections of an unstripped ELF file, and its symbols: what a program consists of.
package struct ElfSections: Sendable {
    package struct Section: Hashable, Sendable {
        package var name: String
        var type: Int
        var flags: Int
        package var address: Int
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

    package let file: ElfBytes
    package let sections: [Section]

    private static let symbolTable = 2

    /// nil: it is no ELF file, or damaged.
    package static func read(_ bytes: [UInt8]) -> ElfSections? { try? ElfSections(bytes) }

    init(_ bytes: [UInt8]) throws(BuildFault) {
        let file = try ElfBytes(bytes)
        let (is64, word) = (file.is64, file.word)
        let table = try file.number(is64 ? 40 : 32, word)
        let entrySize = try file.number(is64 ? 58 : 46, 2)
        let count = try file.number(is64 ? 60 : 48, 2)
        let names = try file.number(is64 ? 62 : 50, 2)
        guard count == 0 || entrySize >= (is64 ? 64 : 40), table <= bytes.count else {
            throw BuildFault(summary: "the linker's output has no valid section headers")
        }
        var sections: [Section] = []
        var nameOffsets: [Int] = []
        for index in 0..<count {
            let at = table + index * entrySize
            nameOffsets.append(try file.number(at, 4))
            sections.append(
                Section(
                    name: "", type: try file.number(at + 4, 4),
                    flags: try file.number(at + 8, word),
                    address: try file.number(at + (is64 ? 16 : 12), word),
                    offset: try file.number(at + (is64 ? 24 : 16), word),
                    size: try file.number(at + (is64 ? 32 : 20), word),
                    link: try file.number(at + (is64 ? 40 : 24), 4)))
        }
        for index in sections.indices where names < count {
            sections[index].name = Self.text(bytes, sections[names], nameOffsets[index])
        }
        self.file = file
        self.sections = sections
    }

    /// Where the bytes of a section are in the file; nil: they are not.
    package func range(of section: Section) -> Range<Int>? {
        let count = file.bytes.count
        guard !section.isZero, section.offset <= count, section.size <= count - section.offset
        else { return nil }
        return section.offset..<section.offset + section.size
    }

    /// Functions and objects that have a size, by their addresses.
    func symbols() throws(BuildFault) -> [Symbol] {
        var symbols: [Symbol] = []
        for table in sections where table.type == Self.symbolTable && table.link < sections.count {
            let size = file.is64 ? 24 : 16
            guard let range = range(of: table) else {
                throw BuildFault(summary: "the linker's output is cut off")
            }
            for index in 0..<range.count / size {
                let at = range.lowerBound + index * size
                // Functions, objects, and those of each thread.
                guard [1, 2, 6].contains(file.bytes[at + (file.is64 ? 4 : 12)] & 0xf) else {
                    continue
                }
                let name = try file.number(at, 4)
                let symbol = Symbol(
                    name: Self.text(file.bytes, sections[table.link], name),
                    address: try file.number(at + (file.is64 ? 8 : 4), file.word),
                    size: try file.number(at + (file.is64 ? 16 : 8), file.word),
                    section: try file.number(at + (file.is64 ? 6 : 14), 2))
                if symbol.size > 0, symbol.section > 0, symbol.section < sections.count {
                    symbols.append(symbol)
                }
            }
        }
        return symbols.sorted {
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
    func map() throws(BuildFault) -> String {
        func line(_ address: Int, _ size: Int, _ name: String) -> String {
            let words = [address, size].map { value in
                let digits = String(value, radix: 16)
                return String(repeating: " ", count: max(0, 16 - digits.count)) + digits
            }
            return "\(words[0]) \(words[1].dropFirst(6)) \(name)"
        }
        var lines = ["         address       size name"]
        let symbols = try symbols()
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
        let start = table.offset &+ offset
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
