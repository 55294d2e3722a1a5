/// The GNU build-id of an ELF file, in lower-case hexadecimal digits.
///
/// The note is looked for by its bytes instead of through the program headers, so that the first
/// pages of a file of any class and byte order will do: linkers put notes in front. A note is three
/// words (size of the name, size of the description, type 3) and then `GNU\0` and the description.
func buildId(inFirstBytes bytes: [UInt8]) -> String? {
    guard bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46]), bytes.count > 5 else { return nil }
    let isBig = bytes[5] == 2
    let name: [UInt8] = [0x47, 0x4e, 0x55, 0]
    func word(_ at: Int) -> Int {
        let field = bytes[at..<at + 4]
        return (isBig ? Array(field) : field.reversed()).reduce(0) { $0 << 8 | Int($1) }
    }
    // Notes are aligned to words.
    for at in stride(from: 12, to: bytes.count - 4, by: 4) where bytes[at] == 0x47 {
        guard Array(bytes[at..<at + 4]) == name, word(at - 12) == 4, word(at - 4) == 3 else {
            continue
        }
        let size = word(at - 8)
        // SHA-1 has 20 bytes; MD5 and other styles of ld have fewer, none has more than SHA-512.
        guard (1...64).contains(size), at + 4 + size <= bytes.count else { continue }
        return bytes[at + 4..<at + 4 + size].map(hexadecimal).joined()
    }
    return nil
}

private func hexadecimal(_ byte: UInt8) -> String {
    (byte < 16 ? "0" : "") + String(byte, radix: 16)
}
