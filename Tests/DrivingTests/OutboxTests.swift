import RunRecords
import Scheduling
import Testing
import WireProtocol

@testable import Driving

@Suite struct OutboxTests {
    @Test func `what is withdrawn of a version is not sent after the host was told of its end`()
        throws
    {
        var outbox = Outbox()
        let old = SharedVersion(slot: 0, version: 1)
        let new = SharedVersion(slot: 0, version: 2)
        _ = outbox.define(old, SharedContent([UInt8](repeating: 1, count: 5 * SLAVE_CHUNK_MAX)))
        _ = outbox.define(new, SharedContent([UInt8](repeating: 2, count: SLAVE_CHUNK_MAX)))
        var bytes: [UInt8] = []
        // A definition, and a chunk of which half has left.
        Self.send(&outbox, upTo: 400 + SLAVE_CHUNK_MAX / 2, into: &bytes)
        outbox.withdraw(old)
        outbox.call(.retire, SlaveMessages.retire(0..<2))
        Self.send(&outbox, upTo: .max, into: &bytes)
        #expect(outbox.isEmpty)

        var procedures: [UInt32] = []
        var reader = RecordReader()
        try bytes.withUnsafeBytes { stream in
            try reader.read(stream) { procedures.append(Self.procedure($0)) }
        }
        let expected: [SlaveProcedure] = [.define, .chunk, .retire, .define, .chunk]
        #expect(procedures == expected.map(\.number))
    }

    @Test func `what was withdrawn is no base of what follows`() throws {
        var outbox = Outbox()
        let bytes = (0..<(2 * SLAVE_CHUNK_MAX)).map { UInt8(truncatingIfNeeded: $0 / 4096) }
        let contents = try (1...2).reduce(into: [SharedContent(bytes)]) { contents, round in
            var changed = contents[round - 1].bytes
            changed[round * 10_000] ^= 0xff
            contents.append(try #require(SharedContent(changed, after: contents[round - 1])))
        }
        let versions = (1...3).map { SharedVersion(slot: 0, version: $0) }
        let expected = zip(versions, contents).map { outbox.define($0, $1) }
        #expect(expected == [bytes.count, 1, 1])
        outbox.withdraw(versions[0])
        var sent: [UInt8] = []
        Self.send(&outbox, upTo: .max, into: &sent)
        #expect(outbox.isEmpty)
        // The second is whole, since the first was never sent; the third is made of it.
        #expect((bytes.count..<bytes.count + 1024).contains(sent.count))
    }

    @Test func `of a group that waits behind shared data, who is withdrawn is not sent`() throws {
        var outbox = Outbox()
        var awaited = AwaitedReplies()
        let content = [UInt8](repeating: 3, count: SLAVE_CHUNK_MAX)
        _ = outbox.define(SharedVersion(slot: 0, version: 1), SharedContent(content))
        let interface = InterfaceDescription(
            name: "T", program: 0x2000_0001, version: 1, hash: [], shared: [], procedures: [])
        let call = Call(
            place: OperationPlace(statement: 1),
            traits: OperationTraits(procedure: 77, kind: .pure, reads: SlotSet([0])),
            arguments: (0..<20).map { UInt8($0) }, ends: Array(stride(from: 4, through: 20, by: 4)),
            tags: Array(0..<5),
            sink: Completion())
        let attempt = AttemptID(operation: OperationID(index: 0, generation: 1), number: 1)
        let xids = Array(
            outbox.operations(
                CallGroup(call, count: 5), attempt, at: 1, interface, sent: .zero, in: &awaited))
        try #require(xids.count == 5)
        // The fourth, a second time, is gone.
        let withdrawn = [0, 3, 3].map { outbox.withdraw(xids[$0]) }
        #expect(withdrawn == [true, true, false])
        var bytes: [UInt8] = []
        Self.send(&outbox, upTo: .max, into: &bytes)
        #expect(outbox.isEmpty)
        let wasThere = outbox.withdraw(xids[1])
        #expect(!wasThere, "it was sent")
        var sent: [UInt32] = []
        var reader = RecordReader()
        try bytes.withUnsafeBytes { stream in
            try reader.read(stream) { record throws(FramingError) in
                if case .call(let call) = try Message(record), call.procedure == 77 {
                    sent.append(call.xid)
                }
            }
        }
        #expect(sent == [xids[1], xids[2], xids[4]])
    }

    @Test(arguments: [7, 65_536, 100_000, Int.max])
    func `large arguments leave in their order, from where they lie`(_ piece: Int) throws {
        var outbox = Outbox()
        var awaited = AwaitedReplies()
        let interface = InterfaceDescription(
            name: "T", program: 0x2000_0001, version: 1, hash: [], shared: [], procedures: [])
        let sizes = [8, 200_000, 300_000, 12, 65_536, 65_532]
        for (index, size) in sizes.enumerated() {
            let id = OperationID(index: UInt32(index), generation: 1)
            let call = Call(
                place: OperationPlace(statement: 1),
                traits: OperationTraits(procedure: 1, kind: .worker),
                arguments: [UInt8](repeating: UInt8(index), count: size), sink: Completion())
            let xids = outbox.operations(
                CallGroup(call), AttemptID(operation: id, number: 1), at: 0, interface,
                sent: .zero, in: &awaited)
            #expect(xids.first == xids.last)
        }
        var sent: [UInt8] = []
        // As a channel that takes little at a time.
        while !outbox.isEmpty {
            var left = piece
            outbox.drain { bytes in
                let count = min(bytes.count, left)
                left -= count
                sent += bytes.prefix(count)
                return count
            }
        }
        #expect(outbox.bytesSent == UInt64(sent.count))
        var arguments: [[UInt8]] = []
        var reader = RecordReader()
        try sent.withUnsafeBytes { stream in
            try reader.read(stream) { record throws(FramingError) in
                if case .call(let call) = try Message(record) {
                    arguments.append(Array(call.arguments))
                }
            }
        }
        let expected = sizes.enumerated().map { [UInt8](repeating: UInt8($0), count: $1) }
        #expect(arguments == expected)
    }

    private static func send(_ outbox: inout Outbox, upTo limit: Int, into bytes: inout [UInt8]) {
        outbox.drain { piece in
            let count = min(piece.count, max(0, limit - bytes.count))
            bytes += piece.prefix(count)
            return count
        }
    }

    /// The sixth word of a call (RFC 5531, section 9).
    private static func procedure(_ record: UnsafeRawBufferPointer) -> UInt32 {
        UInt32(bigEndian: record.loadUnaligned(fromByteOffset: 20, as: UInt32.self))
    }
}
