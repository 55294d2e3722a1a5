import Scheduling

/// A slave that follows the execution model, and reports each rule that its master breaks.
struct SimulatedSlave {
    enum Message {
        case retire(Range<Position>)
        case update(Position, Update)
        case define(SharedVersion, UInt64)
        case operation(AttemptID, member: Int, Position, RandomProgram.Operation)
        case cancel(AttemptID)
        case goodbye
    }

    enum Update {
        case context(RandomProgram.ContextUpdate)
        case shared(SharedVersion)
    }

    enum Answer {
        case applied(Position)
        case failed(Position)
    }

    struct Execution {
        let attempt: AttemptID
        let member: Int
        let position: Position
        let operation: RandomProgram.Operation
    }

    private struct Replica {
        var state = ReplicaState()
        var versions = [SharedVersion?](repeating: nil, count: RandomProgram.slots)
        var isDead = false
    }

    let workers: Int
    /// The update that it can't apply.
    var failing: Position?
    private var replicas: [Position: Replica] = [0: Replica()]
    private var newest: Position = 0
    private var hasFailed = false
    /// What the last retirement named: an update may leave these numbers out.
    private var retired: Range<Position> = 0..<0
    private var contents: [SharedVersion: UInt64] = [:]
    private var queue: [Execution] = []
    private(set) var executing: [Execution] = []
    private(set) var breaches: [String] = []
    private(set) var hasLeft = false

    init(workers: Int, failing: Position?) {
        self.workers = workers
        self.failing = failing
    }

    var replicaCount: Int { replicas.count }

    /// Returns an answer where the message was an update.
    mutating func take(_ message: Message) -> Answer? {
        switch message {
        case .retire(let span): retire(span)
        case .update(let position, let update): return apply(update, position)
        case .define(let version, let content):
            if contents.updateValue(content, forKey: version) != nil {
                breaches.append("version \(version) was sent twice")
            }
        case .operation(let attempt, let member, let position, let operation):
            accept(
                Execution(
                    attempt: attempt, member: member, position: position, operation: operation))
        case .cancel(let attempt):
            queue.removeAll { $0.attempt == attempt }
            executing.removeAll { $0.attempt == attempt }
        case .goodbye:
            hasLeft = true
            queue = []
            executing = []
        }
        return nil
    }

    private mutating func retire(_ span: Range<Position>) {
        for execution in queue + executing where span.contains(execution.position) {
            breaches.append("position \(execution.position) was retired while it was needed")
        }
        retired = span
        replicas = replicas.filter { !span.contains($0.key) || $0.key == newest }
        if span.contains(newest) { replicas[newest]?.isDead = true }
    }

    private mutating func apply(_ update: Update, _ position: Position) -> Answer? {
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
            return .failed(position)
        }
        switch update {
        case .context(let update): replica.state.apply(update)
        case .shared(let version): replica.versions[version.slot] = version
        }
        if replica.isDead { replicas[newest] = nil }
        replica.isDead = retired.contains(position)
        replicas[position] = replica
        newest = position
        return .applied(position)
    }

    private mutating func accept(_ execution: Execution) {
        // What comes after an update that failed is answered as failed; the master hears of the
        // update first.
        if hasFailed, execution.position > newest { return }
        guard let replica = replicas[execution.position], !replica.isDead else {
            breaches.append("position \(execution.position) is not held")
            return
        }
        if execution.position != execution.operation.position {
            breaches.append("an operation of another position came")
        }
        for slot in execution.operation.traits.reads {
            guard let version = replica.versions[slot], contents[version] != nil else {
                breaches.append("slot \(slot) is read before it was sent")
                return
            }
        }
        queue.append(execution)
    }

    /// Gives idle workers what waits; returns what began.
    mutating func begin() -> [Execution] {
        let begun = Array(queue.prefix(max(0, workers - executing.count)))
        queue.removeFirst(begun.count)
        executing += begun
        return begun
    }

    /// What the executing attempt computes; nil where it was cancelled.
    mutating func end(_ attempt: AttemptID, member: Int) -> UInt64? {
        let place = executing.firstIndex { $0.attempt == attempt && $0.member == member }
        guard let place else { return nil }
        let execution = executing.remove(at: place)
        guard let replica = replicas[execution.position] else {
            breaches.append("position \(execution.position) vanished under an operation")
            return nil
        }
        var state = replica.state
        for case let version? in replica.versions { state.shared[version.slot] = contents[version] }
        return state.result(
            execution.operation.argument &+ UInt64(member), reads: execution.operation.traits.reads)
    }
}
