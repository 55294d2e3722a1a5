import Scheduling
import WireProtocol

/// What waits to be sent to one host, in two lanes that share its stream.
///
/// Messages leave in order, but for shared data: their chunks, and the operations that read them,
/// stand in a lane of their own and give way, one chunk at a time, to everything else. A small
/// operation so never waits for a large transfer.
struct Outbox {
    /// Shared data on their way, or an operation that must not overtake them.
    private enum Bulk {
        case content(SharedVersion, [UInt8], offset: Int)
        case record(AttemptID, [UInt8])
    }

    private var prompt = RecordWriter()
    private var bulk: [Bulk] = []
    /// Whole records of which a part may have left; nothing may come between.
    private var current: [UInt8] = []
    private var currentSent = 0
    private var nextXID: UInt32 = 1
    private(set) var bytesSent: UInt64 = 0

    var isEmpty: Bool { currentSent == current.count && prompt.bytes.isEmpty && bulk.isEmpty }

    // MARK: Filling

    /// Appends a call of the slave's program; returns its xid.
    mutating func call(_ procedure: SlaveProcedure, _ arguments: [UInt8] = []) -> UInt32 {
        let xid = takeXID()
        prompt.slaveCall(xid: xid, procedure, arguments)
        return xid
    }

    mutating func define(_ version: SharedVersion, _ bytes: [UInt8]) {
        _ = call(.define, SlaveMessages.define(version, size: bytes.count))
        if !bytes.isEmpty { bulk.append(.content(version, bytes, offset: 0)) }
    }

    /// Appends an operation; returns its xid.
    mutating func operation(
        _ attempt: AttemptID, at position: Position, reads: SlotSet, _ arguments: [UInt8],
        _ interface: InterfaceDescription, procedure: UInt32
    ) -> UInt32 {
        let xid = takeXID()
        let credential = OperationCredential(position: position, attempt: attempt.number)
        if bulk.isEmpty || reads.bits == 0 {
            prompt.call(
                xid: xid, program: interface.program, version: interface.version,
                procedure: procedure, operation: credential, arguments: arguments)
        } else {
            var record = RecordWriter()
            record.call(
                xid: xid, program: interface.program, version: interface.version,
                procedure: procedure, operation: credential, arguments: arguments)
            bulk.append(.record(attempt, record.take()))
        }
        return xid
    }

    /// Takes an operation back that was not sent yet; false where it was.
    mutating func withdraw(_ attempt: AttemptID) -> Bool {
        let place = bulk.firstIndex { if case .record(attempt, _) = $0 { true } else { false } }
        guard let place else { return false }
        bulk.remove(at: place)
        return true
    }

    /// Takes back what was not sent yet of a version that nobody reads any more: its host may have
    /// been told so, and would refuse the rest.
    mutating func withdraw(_ version: SharedVersion) {
        bulk.removeAll { if case .content(version, _, _) = $0 { true } else { false } }
    }

    // MARK: Emptying

    /// Hands bytes to `send`, which returns how many it took, until it takes none or none are left.
    mutating func drain<Failure: Error>(
        _ send: (UnsafeRawBufferPointer) throws(Failure) -> Int
    ) throws(Failure) {
        while true {
            if currentSent == current.count, !refill() { return }
            let taken = try current.withUnsafeBufferPointer { all throws(Failure) in
                try send(
                    UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(all)[currentSent...]))
            }
            guard taken > 0 else { return }
            currentSent += taken
            bytesSent += UInt64(taken)
        }
    }

    /// Takes the next records; false where none wait.
    private mutating func refill() -> Bool {
        currentSent = 0
        if !prompt.bytes.isEmpty {
            current = prompt.take()
            return true
        }
        current = []
        guard let first = bulk.first else { return false }
        switch first {
        case .record(_, let record):
            current = record
            bulk.removeFirst()
        case .content(let version, let bytes, let offset):
            let end = min(offset + SLAVE_CHUNK_MAX, bytes.count)
            var writer = RecordWriter()
            writer.slaveCall(
                xid: takeXID(), .chunk,
                SlaveMessages.chunk(version, offset: offset, Array(bytes[offset..<end])))
            current = writer.take()
            if end == bytes.count {
                bulk.removeFirst()
            } else {
                bulk[0] = .content(version, bytes, offset: end)
            }
        }
        return true
    }

    /// Whether a call was made under this xid. They begin at 1 and a connection ends before they
    /// wrap.
    func hasIssued(_ xid: UInt32) -> Bool { xid >= 1 && xid < nextXID }

    private mutating func takeXID() -> UInt32 {
        defer { nextXID &+= 1 }
        return nextXID
    }
}
