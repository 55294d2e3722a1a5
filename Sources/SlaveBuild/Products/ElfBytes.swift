/// The bytes of an ELF file (System V ABI, chapter 4) for 32 or 64 bits and either byte order, and its
/// numbers.
package struct ElfBytes: Sendable {
    package let bytes: [UInt8]
    package let is64: Bool
    package let isBig: Bool
    /// `e_machine`: the kind of processor.
    package let machine: Int

    /// How many bytes an address has.
    package var word: Int { is64 ? 8 : 4 }

    init(_ bytes: [UInt8]) throws(BuildFault) {
        guard bytes.count >= 52, bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46]),
            (1...2).contains(bytes[4]), (1...2).contains(bytes[5])
        else { throw BuildFault(summary: "the linker's output is no ELF file") }
        self.bytes = bytes
        is64 = bytes[4] == 2
        isBig = bytes[5] == 2
        machine = Int(bytes[isBig ? 19 : 18]) | Int(bytes[isBig ? 18 : 19]) << 8
    }

    func number(_ at: Int, _ width: Int) throws(BuildFault) -> Int {
        guard at >= 0, at <= bytes.count - width else {
            throw BuildFault(summary: "the linker's output is cut off")
        }
        let field = bytes[at..<at + width]
        let value = (isBig ? Array(field) : field.reversed()).reduce(UInt64(0)) {
            $0 << 8 | UInt64($1)
        }
        guard let number = Int(exactly: value) else {
            throw BuildFault(summary: "the linker's output has an offset beyond its end")
        }
        return number
    }
}
