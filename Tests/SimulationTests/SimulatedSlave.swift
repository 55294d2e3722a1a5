import Scheduling

/// A slave as DESIGN §6 wants it, which tells every breach of a rule by its master.
struct SimulatedSlave {
    enum Message {
        case retire(below: Position)
        case update(Position, SlaveUpdate)
        case define(SharedVersion, UInt64)
        case operation(AttemptID, Position, RandomProgram.Operation)
        case cancel(AttemptID)
    }

    enum SlaveUpdate {
        case context(UInt64)
        case shared(SharedVersion)
    }

    struct Execution {
        let attempt: AttemptID
        let position: Position
        let operation: RandomProgram.Operation
    }

    private struct Replica {
        var context = ReplicaState()
        var versions: [Int: SharedVersion] = [:]
    }

    let workers: Int
    private var replicas: [Position: Replica] = [0: Replica()]
    private var newest: Position = 0
    private var retiredBelow: Position = 0
    private var contents: [SharedVersion: UInt64] = [:]
    private var queue: [Execution] = []
    private(set) var executing: [Execution] = []
    private(set) var breaches: [String] = []

    init(workers: Int) { self.workers = workers }

    /// Returns the position that was reached, where the message was an update.
    mutating func take(_ message: Message) -> Position? {
        switch message {
        case .retire(let below): retire(below)
        case .update(let position, let update): return apply(update, position)
        case .define(let version, let content):
            if contents.updateValue(content, forKey: version) != nil {
                breaches.append("version \(version) was sent twice")
            }
        case .operation(let attempt, let position, let operation):
            accept(Execution(attempt: attempt, position: position, operation: operation))
        case .cancel(let attempt):
            queue.removeAll { $0.attempt == attempt }
            executing.removeAll { $0.attempt == attempt }
        }
        return nil
    }

    private mutating func retire(_ below: Position) {
        for execution in queue + executing where execution.position < below {
            breaches.append("position \(execution.position) was retired while it was needed")
        }
        retiredBelow = max(retiredBelow, below)
        replicas = replicas.filter { $0.key >= below || $0.key == newest }
    }

    private mutating func apply(_ update: SlaveUpdate, _ position: Position) -> Position {
        guard position == newest + 1, var replica = replicas[newest] else {
            breaches.append("update \(position) came after \(newest)")
            return newest
        }
        switch update {
        case .context(let value): replica.context.apply(context: value)
        case .shared(let version): replica.versions[version.slot] = version
        }
        replicas[position] = replica
        if newest < retiredBelow { replicas[newest] = nil }
        newest = position
        return position
    }

    private mutating func accept(_ execution: Execution) {
        guard let replica = replicas[execution.position] else {
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
    mutating func end(_ attempt: AttemptID) -> UInt64? {
        guard let place = executing.firstIndex(where: { $0.attempt == attempt }) else { return nil }
        let execution = executing.remove(at: place)
        guard let replica = replicas[execution.position] else {
            breaches.append("position \(execution.position) vanished under an operation")
            return nil
        }
        var state = replica.context
        for (slot, version) in replica.versions { state.shared[slot] = contents[version] }
        return state.result(execution.operation.argument, execution.operation.traits.reads)
    }
}
