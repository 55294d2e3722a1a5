import Driving
import Diagnostics
import RunRecords
import Scheduling
import WireProtocol
import XDRCoding

/// What a master and one slave say to each other so that one operation is executed in the state that
/// its capsule describes. A value: bytes of the slave go in, bytes for it and the outcome come out.
///
/// It is the protocol of Documentation/Protocol.md without all that many operations, hosts and
/// updates at the same time need.
package struct Conversation {
    /// What is still to be sent.
    package var unsent: ArraySlice<UInt8>
    /// nil: it is not known yet.
    package private(set) var outcome: ReplayOutcome?
    /// Of the slave, once it has answered.
    package private(set) var identity: slave_identity?
    /// What user code printed, and was not taken yet; whole lines.
    package var printed: [String] = []

    private let capsule: Capsule
    private let script: Script
    private var reader = RecordReader()
    private var crash: slave_crash?

    /// - Parameter unreadSlot: a shared variable that the operation does not read; nil: there is none.
    package init(_ capsule: Capsule, unreadSlot: UInt32?) {
        self.capsule = capsule
        script = Script(capsule, unreadSlot: unreadSlot)
        unsent = script.hello[...]
    }

    /// All that is said to a slave that does one thing after the other (`--serial`), as a file for its
    /// standard input: nothing waits for an answer.
    package static func monologue(_ capsule: Capsule, unreadSlot: UInt32?) -> [UInt8] {
        let script = Script(capsule, unreadSlot: unreadSlot)
        return script.hello + script.operation + script.goodbye
    }

    /// Takes bytes of the slave.
    package mutating func heard(_ bytes: UnsafeRawBufferPointer) throws(FramingError) {
        var reader = RecordReader()
        swap(&reader, &self.reader)
        defer { swap(&reader, &self.reader) }
        var copy = self
        defer { self = copy }
        try reader.read(bytes) { record throws(FramingError) in try copy.take(record) }
    }

    /// The slave's output has ended.
    package mutating func ended(_ how: String) {
        if outcome == nil { outcome = .lost(how) }
    }

    private mutating func take(_ record: UnsafeRawBufferPointer) throws(FramingError) {
        switch try Message(record) {
        case .reply(let reply): try take(reply)
        case .call(let call): try take(call)
        }
    }

    private mutating func take(_ reply: IncomingReply) throws(FramingError) {
        switch reply.xid {
        case Script.helloXID where identity == nil:
            guard reply.status == .success else { throw .refused("hello", reply.status) }
            let said = try SlaveMessages.decoded(reply.result, as: slave_identity.self)
            identity = said
            guard said.protocol == SlaveMessages.protocolNumber else {
                outcome = .refused("it speaks protocol \(said.protocol), not \(SLAVE_PROTOCOL)")
                return
            }
            guard said.interface_hash == capsule.interfaceHash else {
                outcome = .refused("it was built from another interface")
                return
            }
            unsent += script.operation
        case script.operationXID where outcome == nil: try end(reply)
        case script.goodbyeXID: break
        case _ where script.updateXIDs.contains(reply.xid):
            guard reply.status == .success else { throw .refused("an update", reply.status) }
            if let failure = try SlaveMessages.updateFailure(reply.result), outcome == nil {
                outcome = .updateFailed(script.positions[Int(reply.xid - 2)], failure)
            }
        default: throw .unknownReply(xid: reply.xid)
        }
    }

    private mutating func end(_ reply: IncomingReply) throws(FramingError) {
        switch reply.status {
        case .success: outcome = .result(Array(reply.result))
        case .systemError, .garbageArguments:
            let receipt = try OperationReceipt(reply.verifier)
            outcome = .failed(
                receipt.failure.isEmpty ? "its arguments can't be read" : receipt.failure.neutral)
        default: throw .refused("the operation", reply.status)
        }
        unsent += script.goodbye
    }

    private mutating func take(_ call: IncomingCall) throws(FramingError) {
        typealias Version = MASTER_PROGRAM.MASTER_VERSION
        switch (call.program, call.procedure) {
        case (MASTER_PROGRAM.number, Version.MASTER_WORKER_STARTED): break
        case (MASTER_PROGRAM.number, Version.MASTER_OUTPUT):
            let output = try SlaveMessages.decoded(call.arguments, as: slave_output.self)
            printed += LogLines.all(of: output.text)
        case (MASTER_PROGRAM.number, Version.MASTER_WORKER_CRASHED):
            crash = try SlaveMessages.decoded(call.arguments, as: slave_crash.self)
        case (MASTER_PROGRAM.number, Version.MASTER_WORKER_ENDED):
            let end = try SlaveMessages.decoded(call.arguments, as: slave_worker_end.self)
            // A worker that ends between operations is replaced.
            guard end.xid == script.operationXID, outcome == nil else { return }
            outcome = .died(end.text, crash.flatMap { $0.process == end.process ? $0 : nil })
            unsent += script.goodbye
        default: throw .unknownCall(program: call.program, procedure: call.procedure)
        }
    }
}

/// How an operation ended that was executed again.
package enum ReplayOutcome: Hashable {
    /// As XDR.
    case result([UInt8])
    /// By its own word.
    case failed(String)
    /// With its worker: `killed by SIGSEGV`.
    case died(String, slave_crash?)
    /// The slave can't execute it.
    case refused(String)
    /// A context operation before it, at that position.
    case updateFailed(UInt64, String)
    /// The slave is gone.
    case lost(String)

    package func isSame(as recorded: Capsule.Outcome) -> Bool {
        switch (self, recorded) {
        case (.result(let one), .result(let other)): one == other
        case (.died(let how, _), .death(_, let recorded)): how == recorded
        default: false
        }
    }
}

/// All that is said to the slave, put together beforehand.
private struct Script {
    static let helloXID: UInt32 = 1

    /// The positions of the updates, in the order in which they are sent.
    let positions: [UInt64]
    let hello: [UInt8]
    /// The updates, the shared data, and the operation.
    let operation: [UInt8]
    let goodbye: [UInt8]

    var updateXIDs: Range<UInt32> { 2..<UInt32(positions.count) + 2 }
    var operationXID: UInt32 { UInt32(positions.count) + 2 }
    var goodbyeXID: UInt32 { operationXID + 1 }

    init(_ capsule: Capsule, unreadSlot: UInt32?) {
        var updates = capsule.updates
        // A capsule lacks what the operation does not read; but its position is one that a worker can
        // ask for.
        if capsule.position > updates.last?.position ?? 0, let unreadSlot {
            updates.append(
                Capsule.Update(
                    position: capsule.position,
                    change: .shared(slot: unreadSlot, version: 1, bytes: [])))
        }
        positions = updates.map(\.position)

        var writer = RecordWriter()
        writer.slaveCall(
            xid: Self.helloXID, .hello,
            SlaveMessages.hello(hash: capsule.interfaceHash, workers: 1))
        hello = writer.take()

        var last: UInt64 = 0
        for (index, update) in updates.enumerated() {
            // One position at a time is held: each costs the slave a process.
            writer.slaveCall(xid: 0, .retire, SlaveMessages.retire(last..<update.position))
            writer.slaveCall(
                xid: UInt32(index) + 2, .update,
                SlaveMessages.update(update.position, update.message))
            last = update.position
        }
        for update in capsule.updates { writer.content(of: update) }
        let head = CallHead(
            program: capsule.program, version: capsule.version, procedure: capsule.procedure,
            operation: OperationCredential(position: last, attempt: 1))
        let xid = UInt32(updates.count) + 2
        capsule.arguments.withUnsafeBytes { writer.call(xid: xid, head, arguments: $0) }
        operation = writer.take()

        writer.slaveCall(xid: xid + 1, .goodbye, [])
        goodbye = writer.take()
    }
}

extension Capsule.Update {
    fileprivate var message: UpdateStore.Message {
        switch change {
        case .context(let procedure, let arguments):
            .context(procedure: procedure, arguments: arguments)
        case .shared(let slot, let version, _):
            .shared(SharedVersion(slot: Int(slot), version: version))
        }
    }
}

extension RecordWriter {
    /// The bytes of a shared variable, all of them; nothing of a context operation.
    fileprivate mutating func content(of update: Capsule.Update) {
        guard case .shared(let slot, let version, let bytes) = update.change else { return }
        let shared = SharedVersion(slot: Int(slot), version: version)
        slaveCall(
            xid: 0, .define,
            SlaveMessages.define(shared, size: bytes.count, base: 0, checksum: 0))
        let most = Int(SLAVE_CHUNK_MAX)
        for start in stride(from: 0, to: bytes.count, by: most) {
            let piece = bytes[start..<min(bytes.count, start + most)]
            let padding = [UInt8](repeating: 0, count: (4 - piece.count % 4) % 4)
            slaveCall(
                xid: 0, .chunk,
                SlaveMessages.chunk(shared, offset: start, count: piece.count) + piece + padding)
        }
    }
}
