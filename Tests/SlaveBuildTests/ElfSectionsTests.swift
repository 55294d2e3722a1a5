import Testing

@testable import SlaveBuild

/// An ELF file with code, a constant, a variable, zeros and a section that is not in memory, and symbols.
private func elf(is64: Bool, isBig: Bool) -> [UInt8] {
    func number(_ value: Int, _ width: Int) -> [UInt8] {
        let little = (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        return isBig ? little.reversed() : little
    }
    let word = is64 ? 8 : 4
    let (header, entry) = is64 ? (64, 64) : (52, 40)
    let text = Array("\0.text\0main\0zeros\0a.c\0".utf8)
    func symbol(_ name: Int, _ kind: UInt8, _ section: Int, _ at: Int, _ size: Int) -> [UInt8] {
        is64
            ? number(name, 4) + [kind, 0] + number(section, 2) + number(at, 8) + number(size, 8)
            : number(name, 4) + number(at, 4) + number(size, 4) + [kind, 0] + number(section, 2)
    }
    let symbols =
        symbol(0, 0, 0, 0, 0) + symbol(18, 4, 0xfff1, 0, 0) + symbol(12, 1, 4, 0x3000, 64)
        + symbol(7, 0x12, 1, 0x1004, 6)
    let place = header + text.count
    var bytes: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, is64 ? 2 : 1, isBig ? 2 : 1, 1, 0]
    bytes += [UInt8](repeating: 0, count: 16) + number(0, word) + number(0, word)
    bytes += number(place + symbols.count, word) + number(0, 4) + number(header, 2)
    bytes += number(0, 2) + number(0, 2) + number(entry, 2) + number(8, 2) + number(7, 2)
    bytes += text + symbols
    // Name, type, flags, address, offset, size, link.
    for fields in [
        [0, 0, 0, 0, 0, 0, 0], [1, 1, 6, 0x1000, 0, 100, 0], [0, 1, 2, 0x2000, 0, 20, 0],
        [0, 1, 3, 0x2800, 0, 7, 0], [0, 8, 3, 0x3000, 0, 4096, 0], [0, 1, 0, 0, 0, 9999, 0],
        [0, 2, 0, 0, place, symbols.count, 7], [0, 3, 0, 0, header, text.count, 0],
    ] {
        bytes += number(fields[0], 4) + number(fields[1], 4) + number(fields[2], word)
        bytes += number(fields[3], word) + number(fields[4], word) + number(fields[5], word)
        bytes += number(fields[6], 4) + number(0, 4) + number(0, word) + number(0, word)
    }
    return bytes
}

@Test(arguments: [(true, false), (true, true), (false, false), (false, true)])
func `sizes and a map are read from any ELF`(is64: Bool, isBig: Bool) throws {
    let file = try ElfSections(elf(is64: is64, isBig: isBig))
    #expect(file.sizes == ProgramSizes(text: 120, data: 7, bss: 4096))
    #expect(file.sizes.total == 4223)
    #expect(
        try file.map() == """
                     address       size name
                        1000         64 .text
                        1004          6     main
                        2000         14 \n\
                        2800          7 \n\
                        3000       1000 \n\
                        3000         40     zeros

            """)
}

@Test(arguments: [true, false])
func `an ELF that is cut off is refused or read, and never run past`(is64: Bool) {
    let whole = elf(is64: is64, isBig: true)
    for length in 0..<whole.count { _ = try? ElfSections(Array(whole[..<length])).map() }
    for index in 4..<whole.count {
        var odd = whole
        odd[index] = 0xff
        _ = try? ElfSections(odd).map()
    }
}

@Test(arguments: [
    (
        "error: unable to find static system library \"vendr\" using strategy no_fallback. searched",
        "vendr", "did you mean 'vendor'?"
    ),
    (
        "/usr/bin/ld: cannot find -lvendr: No such file or directory", "vendr",
        "did you mean 'vendor'?"
    ),
    ("ld.lld: error: unable to find library -lpng16", "png16", nil),
])
func `a library that is nowhere is told with the one that may be meant`(
    line: String, name: String, remedy: String?
) {
    let faults = LibraryFaults(known: ["vendor", "z"])
    #expect(
        faults.readable("before\n\(line)\nafter\n") == """
            before
            error: there is no library '\(name)'
              note: it is neither in the manifest's 'libraries' nor in what the target comes with
              help: \(remedy ?? "name its files, sources or project in the manifest's 'libraries'")
            after

            """)
}

@Test func `Autotools' unsafe directories are refused before they are tried`() {
    #expect(SlaveGraph.oddPlace("/home/me/project") == nil)
    #expect(
        SlaveGraph.oddPlace("/home/me/my project")?.diagnostic.rendered == """
            error: Autotools can't build in a directory with ' ' in its path: '/home/me/my project'
              help: move or rename the project's directory
            """)
}
