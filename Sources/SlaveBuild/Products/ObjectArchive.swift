/// An archive of objects (`ar`), as much as marking them needs: after the magic a header of 60 bytes
/// for each member, then its bytes, then a newline where their count is odd.
struct ObjectArchive {
    private(set) var bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Where members begin.
    var members: [Range<Int>] {
        var found: [Range<Int>] = []
        var header = 8
        while header + 60 <= bytes.count {
            let digits = bytes[header + 48..<header + 58].prefix { (0x30...0x39).contains($0) }
            guard let size = Int(String(decoding: digits, as: UTF8.self)),
                size <= bytes.count - header - 60
            else { break }
            found.append(header + 60..<header + 60 + size)
            header += 60 + size + size % 2
        }
        return found
    }

    /// Gives the members that are ELF of RISC-V, of 32 or 64 bits, the mark of code that passes doubles in
    /// floating-point registers (RISC-V ELF psABI, `EF_RISCV_FLOAT_ABI_DOUBLE`); leaves others
    /// alone.
    mutating func markHardFloats() {
        for member in members where member.count >= 52 {
            let start = member.lowerBound
            let isELF = bytes[start..<start + 4].elementsEqual([0x7f, 0x45, 0x4c, 0x46])
            let isRISCV = bytes[start + 18] == 243 && bytes[start + 19] == 0
            // Where `e_flags` lies depends on the class, behind three addresses.
            let flags = bytes[start + 4] == 1 ? 36 : 48
            if isELF, isRISCV, member.count > flags { bytes[start + flags] |= 4 }
        }
    }
}
