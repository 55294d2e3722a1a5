import Scheduling
import Testing
import WireProtocol

@testable import Marionette

@Suite struct OutboxTests {
    @Test func `what is withdrawn of a version is not sent after the host was told of its end`()
        throws
    {
        var outbox = Outbox()
        let old = SharedVersion(slot: 0, version: 1)
        let new = SharedVersion(slot: 0, version: 2)
        outbox.define(old, [UInt8](repeating: 1, count: 5 * SLAVE_CHUNK_MAX))
        outbox.define(new, [UInt8](repeating: 2, count: SLAVE_CHUNK_MAX))
        var bytes: [UInt8] = []
        // The definitions, and a chunk of which half has left.
        Self.send(&outbox, upTo: 400 + SLAVE_CHUNK_MAX / 2, into: &bytes)
        outbox.withdraw(old)
        _ = outbox.call(.retire, SlaveMessages.retire(0..<2))
        Self.send(&outbox, upTo: .max, into: &bytes)
        #expect(outbox.isEmpty)

        var procedures: [UInt32] = []
        var reader = RecordReader()
        try bytes.withUnsafeBytes { stream in
            try reader.read(stream) { procedures.append(Self.procedure($0)) }
        }
        let expected: [SlaveProcedure] = [.define, .define, .chunk, .retire, .chunk]
        #expect(procedures == expected.map(\.number))
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
