import Digests

/// As much of an ELF file (System V ABI, chapters 4 and 5) as stripping and the build-id need, for
/// 32 and 64 bits and both byte orders. The bytes come from our own linker, and are bounds-checked
/// all the same.
struct ElfFile {

    /// What the kernel maps.
    private struct Segment {
        /// Where its program header begins.
        var header: Int
        var type: Int
        var offset: Int
        var size: Int
    }

    private let file: ElfBytes
    private let segments: [Segment]

    var bytes: [UInt8] { file.bytes }

    private static let noteSegment = 4
    /// From here on types are those of the processor.
    private static let processorSegments = 0x7000_0000
    private static let buildIdNote = 3
    private static let segmentsMax = 1_000

    init(_ bytes: [UInt8]) throws(BuildFault) {
        file = try ElfBytes(bytes)
        segments = try Self.segments(file)
    }

    /// The GNU build-id in lower-case hexadecimal digits.
    func buildId() throws(BuildFault) -> String {
        bytes[try buildIdRange()].map(hexadecimal).joined()
    }

    /// The file with another build-id. The linker's covers debugging information, in which the C
    /// library names the directory of the compiler: the same sources would give another slave on
    /// another machine.
    func identified(by digest: [UInt8]) throws(BuildFault) -> ElfFile {
        var bytes = bytes
        let range = try buildIdRange()
        bytes.replaceSubrange(range, with: digest.prefix(range.count))
        return try ElfFile(bytes)
    }

    private func buildIdRange() throws(BuildFault) -> Range<Int> {
        for segment in segments where segment.type == Self.noteSegment {
            var at = segment.offset
            // A note: three words, then its name and its description, each padded to four bytes.
            while at + 12 <= segment.offset + segment.size {
                let name = try word(at)
                let size = try word(at + 4)
                let start = at + 12 + (name + 3) & ~3
                guard name < 1 << 16, size < 1 << 16, start + size <= bytes.count else { break }
                if try word(at + 8) == Self.buildIdNote, bytes[at + 12..<at + 12 + name] == gnu,
                    size <= Digest.size
                {
                    return start..<start + size
                }
                at = start + (size + 3) & ~3
            }
        }
        throw BuildFault(summary: "the linker wrote no build-id")
    }

    /// The file without what only a debugger reads: everything behind the last segment goes, and
    /// with it the section table. zig's own objcopy strips for no architecture but the one it runs
    /// on.
    func stripped() -> [UInt8] {
        // RISC-V's attributes are a segment that nothing maps, behind the debugging information.
        let mapped = segments.filter { $0.type < Self.processorSegments }
        let end = mapped.map { $0.offset + $0.size }.max() ?? bytes.count
        var result = Array(bytes[..<end])
        for segment in segments where segment.offset + segment.size > end {
            for index in 0..<4 { result[segment.header + index] = 0 }
        }
        let (tableOffset, width, counts) = file.is64 ? (40, 8, 60..<64) : (32, 4, 48..<52)
        for index in tableOffset..<tableOffset + width { result[index] = 0 }
        for index in counts { result[index] = 0 }
        return result
    }

    private var gnu: ArraySlice<UInt8> { [0x47, 0x4e, 0x55, 0] }

    private func word(_ at: Int) throws(BuildFault) -> Int {
        try file.number(at, 4)
    }

    private static func segments(_ file: ElfBytes) throws(BuildFault) -> [Segment] {
        let (is64, word, size) = (file.is64, file.word, file.bytes.count)
        let table = try file.number(is64 ? 32 : 28, word)
        let entrySize = try file.number(is64 ? 54 : 42, 2)
        let count = try file.number(is64 ? 56 : 44, 2)
        guard count <= segmentsMax, entrySize >= (is64 ? 56 : 32), table <= size else {
            throw BuildFault(summary: "the linker's output has no valid program headers")
        }
        var segments: [Segment] = []
        for index in 0..<count {
            let at = table + index * entrySize
            let segment = Segment(
                header: at, type: try file.number(at, 4),
                offset: try file.number(at + (is64 ? 8 : 4), word),
                size: try file.number(at + (is64 ? 32 : 16), word))
            // One that is null says nothing.
            if segment.type == 0 { continue }
            guard segment.offset <= size, segment.size <= size - segment.offset else {
                throw BuildFault(summary: "the linker's output is cut off")
            }
            segments.append(segment)
        }
        return segments
    }
}

private func hexadecimal(_ byte: UInt8) -> String {
    (byte < 16 ? "0" : "") + String(byte, radix: 16)
}
