import Scheduling
import WireProtocol
import XDRCoding

/// A slave that speaks the protocol, over bytes: it follows the execution model, and reports each rule
/// that its master breaks.
struct WireSlave {
    /// An operation that it was handed.
    struct Task {
        let xid: UInt32
        let position: Position
        let step: Int
        let member: Int
        /// When a worker must have begun.
        let begunBy: Instant?
        /// What it computes, where the master keeps to the rules.
        let result: UInt64
    }

    /// What the world has to see to.
    enum Happening {
        case greeted
        /// An operation came; the world knows whether it may.
        case handed(Task)
        /// Nobody waits for the operation any more; it is refused, or its worker ended.
        case cancelled(xid: UInt32)
        case left
    }

    private struct Replica {
        var state = ReplicaState()
        var versions = [SharedVersion?](repeating: nil, count: RandomProgram.slots)
        var isDead = false
    }

    /// A version that is being sent.
    private struct Transfer {
        let version: SharedVersion
        let size: Int
        let base: UInt64
        var bytes: [UInt8] = []
    }

    let workers: Int
    /// The update that it can't apply.
    var failing: Position?
    private let program: DrivenProgram
    private var reader = RecordReader()
    private var writer = RecordWriter()
    private var isGreeted = false
    private var replicas: [Position: Replica] = [0: Replica()]
    private var newest: Position = 0
    private var hasFailed = false
    /// What the last retirement named: an update may leave these numbers out.
    private var retired: Range<Position> = 0..<0
    private var contents: [SharedVersion: [UInt8]] = [:]
    private var transfers: [Int: Transfer] = [:]
    private var queue: [Task] = []
    private(set) var executing: [Task] = []
    private(set) var breaches: [String] = []
    private var hasLeft = false
    private var callsMade: UInt32 = 0

    init(workers: Int, _ program: DrivenProgram) {
        self.workers = workers
        self.program = program
        failing = program.steps.failing
    }

    /// What it has to say since the last call.
    mutating func takeOutput() -> [UInt8] { writer.take() }

    /// Takes bytes of its master's.
    mutating func take(_ bytes: [UInt8], _ now: Instant) -> [Happening] {
        var happenings: [Happening] = []
        var reader = RecordReader()
        swap(&reader, &self.reader)
        do {
            try bytes.withUnsafeBytes { bytes in
                try reader.read(bytes) { record throws(FramingError) in
                    guard case .call(let call) = try Message(record) else {
                        breaches.append("its master sent a reply")
                        return
                    }
                    do {
                        try take(call, now, &happenings)
                    } catch { breaches.append("its master sent \(error)") }
                }
            }
        } catch { breaches.append("its master sent \(error)") }
        swap(&reader, &self.reader)
        return happenings
    }

    // MARK: Calls

    private mutating func take(
        _ call: IncomingCall, _ now: Instant, _ happenings: inout [Happening]
    ) throws {
        guard !hasLeft else {
            breaches.append(
                "procedure \(call.procedure) of program \(call.program) came after goodbye")
            return
        }
        var input = XDRDecoder(Array(call.arguments))
        guard call.program == SLAVE_PROGRAM.number else {
            try happenings.append(handed(call, &input, now))
            return
        }
        typealias Version = SLAVE_PROGRAM.SLAVE_VERSION
        if !isGreeted, call.procedure != Version.SLAVE_HELLO {
            breaches.append("procedure \(call.procedure) came before hello")
        }
        switch call.procedure {
        case Version.SLAVE_PING: writer.reply(xid: call.xid, result: [])
        case Version.SLAVE_HELLO:
            let hello: slave_hello = try input.decode("hello")
            isGreeted = true
            happenings.append(.greeted)
            let identity = slave_identity(
                protocol: hello.protocol, interface_hash: hello.interface_hash, build: "b",
                workers: UInt32(workers))
            writer.reply(xid: call.xid, result: encoded(identity))
        case Version.SLAVE_UPDATE:
            let update: slave_update = try input.decode("update")
            if let result = apply(update) { writer.reply(xid: call.xid, result: encoded(result)) }
        case Version.SLAVE_DEFINE: define(try input.decode("define"))
        case Version.SLAVE_CHUNK: chunk(try input.decode("chunk"))
        case Version.SLAVE_PATCH: patch(try input.decode("patch"))
        case Version.SLAVE_RETIRE:
            let span: slave_span = try input.decode("span")
            retire(span.first..<span.below)
        case Version.SLAVE_CANCEL:
            let xid: UInt32 = try input.decode("xid")
            cancel(xid)
            happenings.append(.cancelled(xid: xid))
        case Version.SLAVE_HOLD:
            let hold: slave_hold = try input.decode("hold")
            writer.reply(xid: call.xid, result: encoded(held(hold)))
        case Version.SLAVE_RELEASE: let _: UInt32 = try input.decode("xid")
        case Version.SLAVE_GOODBYE:
            writer.reply(xid: call.xid, result: [])
            hasLeft = true
            queue = []
            executing = []
            happenings.append(.left)
        default: breaches.append("procedure \(call.procedure) is unknown")
        }
        try input.finish()
    }

    /// At once; the worker goes on, as if its debugger had continued it.
    private func held(_ hold: slave_hold) -> slave_hold_result {
        guard hold.kind != .SLAVE_HOLD_WORKER || hold.which < workers else {
            return .SLAVE_NOT_HELD("it has no worker of that number")
        }
        let calls = Array(executing.map(\.xid).prefix(Int(SLAVE_CALLS_MAX)))
        return .SLAVE_HELD(
            slave_holding(worker: 0, process: 1, executing: calls.first, calls: calls))
    }

    private func encoded(_ value: some XDRCodable) -> [UInt8] {
        var encoder = XDREncoder()
        do { try value.encode(to: &encoder) } catch { preconditionFailure("\(error)") }
        return encoder.bytes
    }

    // MARK: State

    private mutating func retire(_ span: Range<Position>) {
        for task in queue + executing where span.contains(task.position) {
            breaches.append("position \(task.position) was retired while it was needed")
        }
        retired = span
        replicas = replicas.filter { !span.contains($0.key) || $0.key == newest }
        if span.contains(newest) { replicas[newest]?.isDead = true }
    }

    /// nil: not answered.
    private mutating func apply(_ update: slave_update) -> slave_update_result? {
        let position = update.position
        guard !hasFailed else { return nil }
        let leavesOut = retired.lowerBound <= newest + 1 && position <= retired.upperBound
        guard position == newest + 1 || (position > newest && leavesOut),
            var replica = replicas[newest]
        else {
            breaches.append("update \(position) came after \(newest)")
            return nil
        }
        guard position != failing else {
            hasFailed = true
            return .SLAVE_FAILED("it can't be applied")
        }
        switch update.change {
        case .SLAVE_CONTEXT(let context):
            guard let known = program.context(at: position, context) else {
                breaches.append("update \(position) is not the program's")
                return nil
            }
            replica.state.apply(known)
        case .SLAVE_SHARED(let shared):
            let slot = Int(shared.slot)
            replica.versions[slot] = SharedVersion(slot: slot, version: shared.version)
        }
        if replica.isDead { replicas[newest] = nil }
        replica.isDead = retired.contains(position)
        replicas[position] = replica
        newest = position
        return .SLAVE_APPLIED
    }

    // MARK: Shared data

    private mutating func define(_ message: slave_define) {
        let slot = Int(message.slot)
        let version = SharedVersion(slot: slot, version: message.version)
        if contents[version] != nil { breaches.append("version \(version) was sent twice") }
        if let open = transfers[slot], open.version.version >= message.version {
            breaches.append("version \(version) was begun after \(open.version)")
        }
        if message.base != 0, contents[SharedVersion(slot: slot, version: message.base)] == nil {
            breaches.append("version \(message.base) of slot \(slot) is a base, but not held")
        }
        transfers[slot] = Transfer(version: version, size: Int(message.size), base: message.base)
        finish(slot)
    }

    private mutating func chunk(_ message: slave_chunk) {
        let slot = Int(message.slot)
        guard belongs(slot, message.version, message.offset) else { return }
        transfers[slot]?.bytes += message.bytes
        finish(slot)
    }

    private mutating func patch(_ message: slave_patch) {
        let slot = Int(message.slot)
        guard belongs(slot, message.version, message.offset), let transfer = transfers[slot] else {
            return
        }
        let base = contents[SharedVersion(slot: slot, version: transfer.base)] ?? []
        for step in message.steps {
            guard Int(step.from) + Int(step.size) <= base.count else {
                breaches.append("a patch of slot \(slot) reads beyond its base")
                return
            }
            transfers[slot]?.bytes += base[Int(step.from)..<(Int(step.from) + Int(step.size))]
            transfers[slot]?.bytes += step.bytes
        }
        finish(slot)
    }

    private mutating func belongs(_ slot: Int, _ version: UInt64, _ offset: UInt64) -> Bool {
        guard let transfer = transfers[slot], transfer.version.version == version,
            transfer.bytes.count == Int(offset)
        else {
            breaches.append("a piece of version \(version) of slot \(slot) is out of place")
            return false
        }
        return true
    }

    private mutating func finish(_ slot: Int) {
        guard let transfer = transfers[slot], transfer.bytes.count >= transfer.size else { return }
        transfers[slot] = nil
        contents[transfer.version] = transfer.bytes
        if !program.has(transfer.version, transfer.bytes) {
            breaches.append("version \(transfer.version) arrived changed")
        }
    }

    // MARK: Operations

    private mutating func handed(
        _ call: IncomingCall, _ input: inout XDRDecoder, _ now: Instant
    ) throws -> Happening {
        var credential = XDRDecoder(Array(call.credential.body))
        let head: slave_operation = try credential.decode("credential")
        let (step, member) = try DrivenProgram.argument(&input)
        let replica = replicas[head.position]
        var result: UInt64 = 0
        if let operation = program.operation(step) {
            // What comes after an update that failed is not executed.
            let isBehind = hasFailed && head.position > newest
            if !isBehind, replica?.isDead ?? true {
                breaches.append("position \(head.position) is not held")
            }
            if head.position != operation.position {
                breaches.append("step \(step) came at another position")
            }
            var state = replica?.state ?? ReplicaState()
            for slot in operation.traits.reads where !isBehind {
                guard let version = replica?.versions[slot], let bytes = contents[version] else {
                    breaches.append("slot \(slot) is read before it was sent")
                    continue
                }
                state.shared[slot] = DrivenProgram.value(of: bytes)
            }
            result = state.result(
                operation.argument &+ UInt64(member), reads: operation.traits.reads)
        } else {
            breaches.append("step \(step) is no operation")
        }
        let task = Task(
            xid: call.xid, position: head.position, step: step, member: member,
            begunBy: head.deadline == 0
                ? nil : now.advanced(by: .microseconds(Int64(clamping: head.deadline))),
            result: result)
        queue.append(task)
        return .handed(task)
    }

    private mutating func cancel(_ xid: UInt32) {
        if let place = queue.firstIndex(where: { $0.xid == xid }) {
            queue.remove(at: place)
            refuse(xid)
        } else if let place = executing.firstIndex(where: { $0.xid == xid }) {
            executing.remove(at: place)
            refuse(xid, worker: 1)
        }
    }

    /// - Parameter worker: who had it; no worker, where nothing else is said.
    private mutating func refuse(_ xid: UInt32, worker: UInt32 = UInt32(SLAVE_NO_WORKER)) {
        writer.reply(
            xid: xid,
            receipt: OperationReceipt(worker: worker, microseconds: 0, failure: "cancelled"),
            acceptStatus: 5, result: [])
    }

    /// Refuses what waits for a worker and whose deadline has passed, and gives idle workers the
    /// rest; returns what began.
    mutating func begin(_ now: Instant) -> [Task] {
        for task in queue where task.begunBy.map({ $0 <= now }) ?? false { refuse(task.xid) }
        queue.removeAll { $0.begunBy.map { $0 <= now } ?? false }
        var begun: [Task] = []
        while executing.count < workers, !queue.isEmpty {
            // What follows an update that failed waits for the end of the run.
            if hasFailed, queue[0].position > newest { break }
            begun.append(queue.removeFirst())
            executing.append(begun[begun.count - 1])
        }
        return begun
    }

    /// A worker is through with it, and says so: `times` says how often.
    mutating func answer(_ xid: UInt32, microseconds: UInt64, padding: Int, times: Int) {
        guard let place = executing.firstIndex(where: { $0.xid == xid }) else { return }
        let task = executing.remove(at: place)
        for _ in 0..<times {
            writer.reply(
                xid: xid, receipt: OperationReceipt(worker: 1, microseconds: microseconds),
                result: DrivenProgram.result(task.result, padding: padding))
        }
    }

    /// The worker died of it.
    mutating func die(_ xid: UInt32) {
        guard let place = executing.firstIndex(where: { $0.xid == xid }) else { return }
        executing.remove(at: place)
        callsMade += 1
        let end = slave_worker_end(
            worker: 1, how: .SLAVE_SIGNALLED, code: 11, signal: "SIGSEGV", xid: xid)
        let arguments = encoded(end)
        let head = CallHead(
            program: MASTER_PROGRAM.number, version: MASTER_PROGRAM.MASTER_VERSION.number,
            procedure: MASTER_PROGRAM.MASTER_VERSION.MASTER_WORKER_ENDED)
        arguments.withUnsafeBytes { writer.call(xid: callsMade, head, arguments: $0) }
    }
}
