import Scheduling
import WireProtocol

/// What waits to be sent to one host, in two lanes that share its stream.
///
/// Messages leave in order, but for shared data: they, and the operations that read them, stand in a
/// lane of their own and give way, one piece at a time, to everything else. A small operation so
/// never waits for a large transfer.
package struct Outbox {
    /// Shared data on their way, or an operation that must not overtake them.
    private enum Bulk {
        case content(SharedVersion, SharedContent)
        /// Its definition has left.
        case transfer(ContentTransfer)
        case record(xid: UInt32, [UInt8])
    }

    private var prompt = RecordWriter()
    /// What leaves before `prompt`: messages, and the arguments of the last, from where they lie.
    private var large: [(messages: [UInt8], arguments: [UInt8])] = []
    private var bulk: [Bulk] = []
    /// The operations whose records stand in `bulk`, by xid; a record of another one was taken back.
    private var waiting: Set<UInt32> = []
    /// Whole records of which a part may have left; nothing may come between. Then the bytes of a
    /// chunk or of arguments, from where they lie, and what pads them.
    private var current: [UInt8] = []
    private var currentSent = 0
    private var body: ArraySlice<UInt8>?
    private var padding = 0
    /// By slot, the highest version that the host holds whole: the slave copies from it.
    private var bases: [Int: ContentTransfer.Base] = [:]
    private var nextXID: UInt32
    private var hasWrapped = false
    package private(set) var bytesSent: UInt64 = 0

    package init(firstXID: UInt32 = 1) { nextXID = firstXID }

    package var isEmpty: Bool {
        currentSent == current.count && body == nil && large.isEmpty && prompt.bytes.isEmpty
            && bulk.isEmpty
    }

    // MARK: Filling

    /// Appends a call of the slave's program that is not answered, or whose answer means nothing.
    package mutating func call(_ procedure: SlaveProcedure, _ arguments: [UInt8] = []) {
        prompt.slaveCall(xid: takeXID(), procedure, arguments)
    }

    /// Appends a call of the slave's program, whose answer is awaited. Returns its xid.
    @discardableResult
    package mutating func call(
        _ procedure: SlaveProcedure, _ arguments: [UInt8] = [], _ meaning: HostSession.Awaited,
        in awaited: inout AwaitedReplies
    ) -> UInt32 {
        let xid = takeXID(besides: awaited)
        prompt.slaveCall(xid: xid, procedure, arguments)
        awaited[xid] = meaning
        return xid
    }

    /// Appends a version; returns how many of its bytes will travel.
    package mutating func define(_ version: SharedVersion, _ content: SharedContent) -> Int {
        bulk.append(.content(version, content))
        return ContentTransfer(version, content, over: expectedBase(of: version.slot)).sentBytes
    }

    /// What the host will hold when all that waits now has left.
    private func expectedBase(of slot: Int) -> ContentTransfer.Base? {
        var base = bases[slot]
        for item in bulk.dropLast() {
            switch item {
            case .content(let version, let content):
                Self.note(version, content, in: &base, of: slot)
            case .transfer(let transfer):
                Self.note(transfer.version, transfer.content, in: &base, of: slot)
            case .record: break
            }
        }
        return base
    }

    private static func note(
        _ version: SharedVersion, _ content: SharedContent, in base: inout ContentTransfer.Base?,
        of slot: Int
    ) {
        guard version.slot == slot, version.version > base?.version ?? 0 else { return }
        base = ContentTransfer.Base(version: version.version, layout: content.layout)
    }

    /// Appends the group's members that have not ended, whose answers are awaited. Returns under
    /// which xids.
    ///
    /// - Parameter deadline: microseconds that are left; 0: any number.
    package mutating func operations(
        _ group: CallGroup, _ attempt: AttemptID, at position: Position,
        _ interface: InterfaceDescription, deadline: UInt64 = 0, sent: Instant,
        in awaited: inout AwaitedReplies
    ) -> XIDSpan {
        precondition(group.openCount > 0, "all of the group's operations have ended")
        let traits = group[0].traits
        let head = CallHead(
            program: interface.program, version: interface.version, procedure: traits.procedure,
            operation: OperationCredential(
                position: position, attempt: attempt.number, deadline: deadline))
        let isPrompt = bulk.isEmpty || traits.reads.isEmpty
        var span: XIDSpan?
        for member in group.openMembers {
            let xid = takeXID(besides: awaited)
            let operation = group[member]
            let range = operation.range
            let arguments = operation.call.arguments
            if isPrompt, range.count >= DrivingLimits.largeArgumentsMin {
                prompt.call(
                    xid: xid, head, arguments: UnsafeRawBufferPointer(start: nil, count: 0),
                    followedBy: range.count)
                large.append((prompt.take(), operation.arguments))
            } else {
                arguments.withUnsafeBytes { all in
                    let bytes = UnsafeRawBufferPointer(rebasing: all[range])
                    if isPrompt {
                        prompt.call(xid: xid, head, arguments: bytes)
                    } else {
                        var behind = RecordWriter()
                        behind.call(xid: xid, head, arguments: bytes)
                        bulk.append(.record(xid: xid, behind.take()))
                        waiting.insert(xid)
                    }
                }
            }
            awaited[xid] = .operation(attempt, member: UInt8(member), sent: sent)
            span = XIDSpan(first: span?.first ?? xid, last: xid)
        }
        guard let span else { preconditionFailure("the group has no open member") }
        return span
    }

    /// Takes an operation back that waits behind shared data; false where it does not any more.
    package mutating func withdraw(_ xid: UInt32) -> Bool { waiting.remove(xid) != nil }

    /// Takes back what was not sent yet of a version that nobody reads any more: its host may have
    /// been told so, and would refuse the rest.
    package mutating func withdraw(_ version: SharedVersion) {
        bulk.removeAll { item in
            switch item {
            case .content(version, _): true
            case .transfer(let transfer): transfer.version == version
            default: false
            }
        }
    }

    /// Takes back the shared data, and the operations behind them, that were not sent yet: the slave
    /// is sent away.
    package mutating func withdrawAll() {
        bulk = []
        waiting = []
    }

    // MARK: Emptying

    /// Hands bytes to `send`, which returns how many it took, until it takes none or none are left.
    package mutating func drain<Failure: Error>(
        _ send: (UnsafeRawBufferPointer) throws(Failure) -> Int
    ) throws(Failure) {
        while true {
            if currentSent == current.count, body == nil, !refill() { return }
            let taken =
                currentSent < current.count
                ? try Self.send(current[currentSent...], send)
                : try sendBody(send)
            guard taken > 0 else { return }
            bytesSent += UInt64(taken)
            if currentSent < current.count { currentSent += taken } else { bodyWasSent(taken) }
        }
    }

    private func sendBody<Failure: Error>(
        _ send: (UnsafeRawBufferPointer) throws(Failure) -> Int
    ) throws(Failure) -> Int {
        guard let body else { return 0 }
        return try Self.send(body, send)
    }

    private static func send<Failure: Error>(
        _ bytes: ArraySlice<UInt8>, _ send: (UnsafeRawBufferPointer) throws(Failure) -> Int
    ) throws(Failure) -> Int {
        try bytes.withUnsafeBufferPointer { bytes throws(Failure) in
            try send(UnsafeRawBufferPointer(bytes))
        }
    }

    private mutating func bodyWasSent(_ count: Int) {
        guard let sent = body else { return }
        guard count == sent.count else {
            body = sent.dropFirst(count)
            return
        }
        body = nil
        current = [UInt8](repeating: 0, count: padding)
        currentSent = 0
    }

    /// Takes the next records; false where none wait.
    private mutating func refill() -> Bool {
        currentSent = 0
        if !large.isEmpty {
            let first = large.removeFirst()
            current = first.messages
            body = first.arguments[...]
            padding = 0
            return true
        }
        if !prompt.bytes.isEmpty {
            current = prompt.take()
            return true
        }
        current = []
        takeRecords()
        guard current.isEmpty else { return true }
        guard let first = bulk.first else { return false }
        switch first {
        case .record: preconditionFailure("records were looked at before")
        case .content(let version, let content):
            // Only now is known what the host holds: what stood before may have been withdrawn.
            let transfer = ContentTransfer(version, content, over: bases[version.slot])
            take(
                .define,
                SlaveMessages.define(
                    version, size: content.size, base: transfer.base,
                    checksum: transfer.base == 0 ? 0 : content.checksum))
            bulk[0] = .transfer(transfer)
            if content.size == 0 { finishTransfer(transfer) }
        case .transfer(var transfer):
            continueTransfer(&transfer)
            if transfer.isSent {
                finishTransfer(transfer)
            } else {
                bulk[0] = .transfer(transfer)
            }
        }
        return true
    }

    /// Those that stand first in `bulk`, together.
    private mutating func takeRecords() {
        var count = 0
        while count < bulk.count, current.count < DrivingLimits.largeArgumentsMin,
            case .record(let xid, let record) = bulk[count]
        {
            count += 1
            guard waiting.remove(xid) != nil else { continue }
            current += record
        }
        bulk.removeFirst(count)
    }

    private mutating func continueTransfer(_ transfer: inout ContentTransfer) {
        switch transfer.next() {
        case .patch(let offset, let steps):
            take(.patch, SlaveMessages.patch(transfer.version, offset: offset, steps))
        case .bytes(let offset, let count):
            padding = (4 - count % 4) % 4
            take(
                .chunk, SlaveMessages.chunk(transfer.version, offset: offset, count: count),
                followedBy: count + padding)
            body = transfer.content.memory.slice(from: offset).prefix(count)
        case nil: break
        }
    }

    private mutating func finishTransfer(_ transfer: ContentTransfer) {
        bulk.removeFirst()
        let version = transfer.version
        Self.note(version, transfer.content, in: &bases[version.slot], of: version.slot)
    }

    private mutating func take(
        _ procedure: SlaveProcedure, _ arguments: [UInt8], followedBy bytes: Int = 0
    ) {
        var writer = RecordWriter()
        writer.slaveCall(xid: takeXID(), procedure, arguments, followedBy: bytes)
        current = writer.take()
    }

    /// Whether a call was made under this xid.
    package func hasIssued(_ xid: UInt32) -> Bool { xid >= 1 && (xid < nextXID || hasWrapped) }

    /// They begin at 1 and, after four thousand million calls, begin anew: with those that nobody
    /// waits for any more.
    private mutating func takeXID(besides awaited: AwaitedReplies? = nil) -> UInt32 {
        while true {
            let xid = nextXID
            nextXID = xid == .max ? 1 : xid + 1
            hasWrapped = hasWrapped || nextXID == 1
            guard hasWrapped, awaited?[xid] != nil else { return xid }
        }
    }
}
