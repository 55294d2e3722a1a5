import Testing

@testable import SlaveBuild

/// A small ELF file: a header, one note segment with a build-id, and bytes that no segment maps.
private func elf(is64: Bool, isBig: Bool, id: [UInt8] = [1, 2, 3, 4]) -> [UInt8] {
    func number(_ value: Int, _ width: Int) -> [UInt8] {
        let little = (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        return isBig ? little.reversed() : little
    }
    let word = is64 ? 8 : 4
    let (header, entry) = is64 ? (64, 56) : (52, 32)
    let note = number(4, 4) + number(id.count, 4) + number(3, 4) + Array("GNU\0".utf8) + id
    var bytes: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, is64 ? 2 : 1, isBig ? 2 : 1, 1, 0]
    bytes += [UInt8](repeating: 0, count: 16) + number(0, word)
    bytes += number(header, word) + number(999, word) + number(0, 4) + number(header, 2)
    bytes += number(entry, 2) + number(1, 2) + number(40, 2) + number(7, 2) + number(6, 2)
    let place = number(header + entry, word)
    let size = number(note.count, word)
    bytes += number(4, 4) + (is64 ? number(4, 4) : [])
    bytes += place + number(0, word) + number(0, word) + size + size
    bytes += is64 ? number(4, word) : number(4, 4) + number(4, 4)
    return bytes + note + [0xde, 0xad]
}

@Test(arguments: [(true, false), (true, true), (false, false), (false, true)])
func `the build-id is read, replaced, and survives stripping`(is64: Bool, isBig: Bool) throws {
    let file = try ElfFile(elf(is64: is64, isBig: isBig))
    #expect(try file.buildId() == "01020304")
    let named = try file.identified(by: [9, 8, 7, 6, 5])
    #expect(try named.buildId() == "09080706")
    let stripped = named.stripped()
    #expect(stripped.count == named.bytes.count - 2)
    #expect(try ElfFile(stripped).buildId() == "09080706")
    let counts = is64 ? stripped[60..<64] : stripped[48..<52]
    #expect(counts.allSatisfy { $0 == 0 })
}

/// RISC-V's linkers put the attributes behind the debugging information, in a segment of their own.
@Test func `a segment that nothing maps is stripped with what stands before it`() throws {
    var bytes = elf(is64: true, isBig: false)
    let attributes = bytes.count + 1000
    // A second program header where the note was, which moves behind it.
    let note = Array(bytes[120...])
    var header: [UInt8] = [3, 0, 0, 0x70, 4, 0, 0, 0]
    header += (0..<8).map { UInt8(truncatingIfNeeded: attributes >> (8 * $0)) }
    header += [UInt8](repeating: 0, count: 16) + [4, 0, 0, 0, 0, 0, 0, 0]
    header += [UInt8](repeating: 0, count: 16)
    bytes[56] = 2
    bytes[72] = 176
    bytes = Array(bytes[..<120]) + header + note
    bytes += [UInt8](repeating: 0xde, count: attributes + 4 - bytes.count)
    let stripped = try ElfFile(bytes).stripped()
    #expect(stripped.count == 176 + note.count - 2)
    #expect(try ElfFile(stripped).buildId() == "01020304")
}

@Test(arguments: [true, false])
func `a file that is cut off anywhere is refused or read, never run past`(is64: Bool) {
    let whole = elf(is64: is64, isBig: true)
    for length in 0..<whole.count - 2 {
        #expect(throws: BuildFault.self) {
            _ = try ElfFile(Array(whole[..<length])).buildId()
        }
    }
}

@Test func `a file without a build-id is told`() {
    var bytes = elf(is64: true, isBig: false)
    bytes[64] = 1
    let fault = #expect(throws: BuildFault.self) { _ = try ElfFile(bytes).buildId() }
    #expect(
        fault?.diagnostic.rendered == """
            error: the linker wrote no build-id
              help: marionette clean && marionette build
            """)
}
