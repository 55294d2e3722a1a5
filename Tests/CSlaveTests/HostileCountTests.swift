import Testing

/// Counts that lie, in the arguments of an operation: close to 2^32, negative where a word has 32
/// bits, and such that so many items have more bytes than 32 bits can say. Workers of 32 bits in
/// Swift are the ones that could add or multiply wrongly.
@Suite struct HostileCountTests {
    struct Field: Sendable, CustomStringConvertible {
        let name: String
        /// Words of zero before its count.
        let place: Int
        /// The fewest bytes of an item.
        let itemMin: UInt64

        var description: String { name }
    }

    static let fields = [
        ("bytes", 1), ("text", 1), ("ints", 4), ("reals", 8), ("flags", 4), ("quads", 16),
        ("pairs", 12), ("rows", 4), ("few", 8),
    ].enumerated().map { Field(name: $1.0, place: $0, itemMin: $1.1) }

    /// `2^32 / itemMin` and one more, so that the product in 32 bits is small.
    static func counts(of field: Field) -> [UInt32] {
        let wrapping = (UInt64(1) << 32) / field.itemMin
        return [wrapping, wrapping + 1, wrapping + 2, wrapping / 2, wrapping / 2 + 1]
            .compactMap { UInt32(exactly: $0) } + [
                0xffff_ffff, 0xffff_fffe, 0xffff_fffd, 0xffff_fffc, 0x8000_0000, 0x8000_0001,
                0x7fff_ffff, 0x7fff_fffd, 0x4000_0000,
            ]
    }

    @Test(arguments: ProbeKind.buildable)
    func `a count that lies is refused with its field, and the worker lives on`(
        _ kind: ProbeKind
    ) throws {
        let slave = try SlaveProcess.greeted(kind, workers: 1)
        let worker = try slave.reply(to: slave.operate(.process)).number
        for field in Self.fields {
            for count in Self.counts(of: field) {
                let arguments =
                    [UInt8](repeating: 0, count: 4 * field.place) + XDRBytes.of(count, 1, 0, 0, 0)
                let reply = try slave.reply(to: slave.operate(.mirror, arguments))
                #expect(reply.status == .garbage, "\(field) \(count)")
                #expect(
                    reply.failure.contains("counts.\(field): "),
                    "\(count): \(reply.failure)")
            }
        }
        #expect(try slave.reply(to: slave.operate(.process)).number == worker)
    }

    @Test(arguments: ProbeKind.buildable)
    func `what is within its bounds comes back whole`(_ kind: ProbeKind) throws {
        var value = XDRBytes()
        value.opaque([1, 2, 3])
        value.opaque(Array("né".utf8))
        for words in [[2, 7, 0xffff_ffff], [1, 0x3ff0_0000, 1], [2, 1, 0]] as [[UInt32]] {
            words.forEach { value.word($0) }
        }
        ([1, 0x3fff_0000, 1, 2, 3] as [UInt32]).forEach { value.word($0) }
        ([1, 0x8000_0000, 1] as [UInt32]).forEach { value.word($0) }
        value.opaque(Array("pair".utf8))
        ([2, 0, 1, 5, 3, 0, 1, 0, 2, 0, 3, 1, 9, 0] as [UInt32]).forEach { value.word($0) }
        let slave = try SlaveProcess.greeted(kind, workers: 1)
        let reply = try slave.reply(to: slave.operate(.mirror, value.bytes))
        #expect(reply.status == .success, "\(reply.failure)")
        #expect(reply.result == value.bytes)
    }
}
