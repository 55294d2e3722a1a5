import RunRecords
import TestKit
import Testing
import WireProtocol
import XDRCoding

@testable import Replaying

/// What is said to a slave that executes one operation of a capsule.
@Suite struct ConversationTests {
    private static let hash = [UInt8](repeating: 7, count: 32)

    private static func capsule(
        position: UInt64 = 9, updates: [Capsule.Update] = sampleUpdates
    ) -> Capsule {
        Capsule(
            application: "T", program: 0x2000_0001, version: 1, interfaceHash: hash, host: "h",
            target: "t", build: "b", procedure: 3, operation: "work",
            place: OperationPlace(statement: 4), position: position, arguments: [0, 0, 0, 1],
            worker: 0, attempt: 3, outcome: .death(kills: 3, how: "killed by SIGSEGV"),
            updates: updates)
    }

    private static let sampleUpdates = [
        Capsule.Update(position: 2, change: .context(procedure: 1, arguments: [0, 0, 0, 5])),
        Capsule.Update(position: 7, change: .shared(slot: 0, version: 2, bytes: [1, 2, 3, 4])),
    ]

    private typealias Version = SLAVE_PROGRAM.SLAVE_VERSION

    private struct Said {
        var program: UInt32
        var procedure: UInt32
        var xid: UInt32
        var arguments: [UInt8]
        var credential: [UInt8]
    }

    private static func calls(_ bytes: some Collection<UInt8>) throws -> [Said] {
        var calls: [Said] = []
        var reader = RecordReader()
        try Array(bytes).withUnsafeBytes { all in
            try reader.read(all) { record throws(FramingError) in
                guard case .call(let call) = try Message(record) else { return }
                calls.append(
                    Said(
                        program: call.program, procedure: call.procedure, xid: call.xid,
                        arguments: Array(call.arguments), credential: Array(call.credential.body)))
            }
        }
        return calls
    }

    private static func encoded(_ value: some XDRCodable) -> [UInt8] {
        var encoder = XDREncoder()
        try? value.encode(to: &encoder)
        return encoder.bytes
    }

    private static func hear(
        _ conversation: inout Conversation, _ write: (inout RecordWriter) -> Void
    ) throws {
        var writer = RecordWriter()
        write(&writer)
        try writer.take().withUnsafeBytes { try conversation.heard($0) }
    }

    private static func greet(
        _ conversation: inout Conversation, hash: [UInt8] = hash
    ) throws {
        let identity = slave_identity(
            protocol: UInt32(SLAVE_PROTOCOL), interface_hash: hash, build: "b", workers: 1)
        try hear(&conversation) { $0.reply(xid: 1, result: encoded(identity)) }
    }

    @Test func `a slave is brought to the capsule's very position`() throws {
        var conversation = Conversation(Self.capsule(), unreadSlot: 1)
        let hello = try Self.calls(conversation.unsent)
        #expect(hello.map(\.procedure) == [Version.SLAVE_HELLO])
        conversation.unsent = []
        try Self.greet(&conversation)
        let said = try Self.calls(conversation.unsent)
        #expect(
            said.map(\.procedure) == [
                Version.SLAVE_RETIRE, Version.SLAVE_UPDATE, Version.SLAVE_RETIRE,
                Version.SLAVE_UPDATE, Version.SLAVE_RETIRE, Version.SLAVE_UPDATE,
                Version.SLAVE_DEFINE, Version.SLAVE_CHUNK, 3,
            ])
        let spans = said.filter { $0.procedure == Version.SLAVE_RETIRE }.map { call in
            var decoder = XDRDecoder(call.arguments)
            return try? slave_span(from: &decoder)
        }
        #expect(
            spans == [
                slave_span(first: 0, below: 2), slave_span(first: 2, below: 7),
                slave_span(first: 7, below: 9),
            ])
        #expect(said.last?.program == 0x2000_0001)
        #expect(said.last?.arguments == [0, 0, 0, 1])
        #expect(said.last?.credential.prefix(8) == [0, 0, 0, 0, 0, 0, 0, 9])
    }

    /// What a slave reads that does one thing after the other.
    @Test func `a monologue is the same, with a goodbye behind it`() throws {
        var conversation = Conversation(Self.capsule(), unreadSlot: nil)
        var spoken = Array(conversation.unsent)
        conversation.unsent = []
        try Self.greet(&conversation)
        spoken += conversation.unsent
        conversation.unsent = []
        let position = try Self.calls(spoken).last?.xid ?? 0
        try Self.hear(&conversation) {
            $0.reply(
                xid: position, receipt: OperationReceipt(worker: 0, microseconds: 1), result: [])
        }
        #expect(conversation.outcome == .result([]))
        #expect(
            Conversation.monologue(Self.capsule(), unreadSlot: nil)
                == spoken + conversation.unsent)
    }

    @Test func `an operation ends as its worker did, with what that said of its crash`() throws {
        var conversation = Conversation(Self.capsule(), unreadSlot: nil)
        try Self.greet(&conversation)
        let crash = slave_crash(process: 77, signal: "SIGSEGV")
        let head = { (procedure: UInt32) in
            CallHead(
                program: MASTER_PROGRAM.number, version: MASTER_PROGRAM.MASTER_VERSION.number,
                procedure: procedure)
        }
        typealias Master = MASTER_PROGRAM.MASTER_VERSION
        func say(_ procedure: UInt32, _ value: some XDRCodable) throws {
            try Self.hear(&conversation) { writer in
                Self.encoded(value).withUnsafeBytes {
                    writer.call(xid: 1, head(procedure), arguments: $0)
                }
            }
        }
        var end = slave_worker_end(
            process: 50, how: .SLAVE_SIGNALLED, code: 11, signal: "SIGSEGV", xid: nil)
        try say(Master.MASTER_WORKER_ENDED, end)
        #expect(conversation.outcome == nil)
        let printed = slave_output(worker: 0, procedure: 3, xid: 4, text: Array("a\nb\n".utf8))
        try say(Master.MASTER_OUTPUT, printed)
        #expect(conversation.printed == ["a", "b"])
        try say(Master.MASTER_WORKER_CRASHED, crash)
        (end.process, end.xid) = (77, 4)
        try say(Master.MASTER_WORKER_ENDED, end)
        #expect(conversation.outcome == .died("killed by SIGSEGV", crash))
        #expect(
            conversation.outcome?.isSame(as: .death(kills: 3, how: "killed by SIGSEGV")) == true)
        #expect(
            conversation.outcome?.isSame(as: .death(kills: 3, how: "killed by SIGBUS")) == false)
    }

    @Test func `a failed update, another interface and an early end are outcomes`() throws {
        var failed = Conversation(Self.capsule(), unreadSlot: nil)
        try Self.greet(&failed)
        let result = slave_update_result.SLAVE_FAILED("no room")
        try Self.hear(&failed) { $0.reply(xid: 3, result: Self.encoded(result)) }
        #expect(failed.outcome == .updateFailed(7, "no room"))

        var other = Conversation(Self.capsule(), unreadSlot: nil)
        other.unsent = []
        try Self.greet(&other, hash: [UInt8](repeating: 8, count: 32))
        #expect(other.outcome == .refused("it was built from another interface"))
        #expect(other.unsent.isEmpty)

        var gone = Conversation(Self.capsule(updates: []), unreadSlot: nil)
        gone.ended("its slave is gone")
        #expect(gone.outcome == .lost("its slave is gone"))
    }

    /// A slave may send anything.
    @Test(arguments: seedsOfThisRun(3)) func `bytes that are no answer end it, and nothing else`(
        _ seed: UInt64
    ) throws {
        var numbers = SeededNumbers(seed)
        let capsules = [Self.capsule(), Self.capsule(updates: []), Self.capsule(position: 7)]
        for _ in 0..<200 {
            var conversation = Conversation(
                capsules[numbers.below(3)], unreadSlot: numbers.chance(0.5) ? 1 : nil)
            if numbers.chance(0.7) { try Self.greet(&conversation) }
            for _ in 0..<numbers.within(1...5) {
                var bytes = (0..<numbers.within(8...200)).map { _ in UInt8(numbers.below(256)) }
                // Mostly a whole record that looks like a reply or a call.
                if numbers.chance(0.9) {
                    let size = bytes.count - 4
                    bytes.replaceSubrange(0..<4, with: [0x80, 0, 0, UInt8(size)])
                    for index in stride(from: 4, to: bytes.count, by: 4) where numbers.chance(0.8) {
                        let word = [0, 0, 0, UInt8(numbers.below(6))]
                        bytes.replaceSubrange(index..<min(index + 4, bytes.count), with: word)
                    }
                }
                do { try bytes.withUnsafeBytes { try conversation.heard($0) } } catch {
                    conversation.ended("it sent \(error)")
                }
                #expect(conversation.unsent.count < 10_000, "MARIONETTE_SEED=\(seed)")
            }
        }
    }
}
