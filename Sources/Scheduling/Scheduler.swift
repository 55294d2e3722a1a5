/// The master's decisions: events in, actions out. No clock, socket, task, thread or payload.
///
/// The rules, tested in seeded worlds of failing hosts (Tests/SimulationTests): an operation
/// executes at exactly the position where it was submitted, again after a failure too; it ends
/// once; results of attempts that lost are dropped; `once` is never sent a second time; a host
/// applies each update once, in order; shared data go to a host when an operation placed there
/// reads them, once for each version; only the attempt that a worker was executing is blamed for
/// its end.
public struct Scheduler: Sendable {
    public let policy: Policy

    var hosts: [HostRecord] = []
    var operations = OperationTable<OperationRecord>()
    var updates = UpdateLog()
    /// The updates that no host has applied yet begin after this position.
    var appliedSomewhere: Position = 0
    /// What was promised to the hosts by the last `sendRetire`.
    var retiredBelow: Position = 0

    /// In program order; names of operations that ended are skipped when they come up.
    var pending = FIFO<OperationID>()
    /// Operations whose attempt was lost: older than any pending one. Last in, first out.
    var retries: [OperationID] = []
    var placement = PlacementHeap()

    /// Mean times of the pure procedures, in nanoseconds.
    var procedureTimes: [UInt32: Double] = [:]
    var pureOpen = 0

    /// When nothing was connected any more; nil while something is.
    var hostlessSince: Instant?
    public internal(set) var stage = Stage.running

    public enum Stage: Hashable, Sendable {
        case running
        case finished
        case failed
    }

    /// When the next `tick` is due; nil where nothing waits for time.
    public internal(set) var deadline: Instant?

    public init(policy: Policy = Policy()) { self.policy = policy }

    /// How many operations all connected hosts may hold at once.
    public var credit: Int { hosts.reduce(0) { $0 + $1.credit(policy) } }
    /// The workers of all connected hosts.
    public var workers: Int { hosts.reduce(0) { $0 + $1.workers } }
    /// Operations submitted and not ended.
    public var openOperations: Int { operations.count }

    public mutating func handle(_ event: Event, now: Instant) -> [Action] {
        var actions: [Action] = []
        handle(event, now: now, into: &actions)
        return actions
    }

    /// Appends to `actions`, so that a driver that handles many events needs one array.
    public mutating func handle(_ event: Event, now: Instant, into actions: inout [Action]) {
        guard stage == .running else {
            handleAfterEnd(event, into: &actions)
            return
        }
        switch event {
        case .hostDeclared(let host): hostDeclared(host, now, &actions)
        case .hostConnected(let host, let workers): hostConnected(host, workers, now, &actions)
        case .hostLost(let host, let permanent): hostLost(host, permanent, now, &actions)
        case .hostHeard(let host): hostHeard(host, now)
        case .updateAppended(let change): updateAppended(change, &actions)
        case .updateApplied(let host, let position): updateApplied(host, position, &actions)
        case .updateFailed(let host, let position):
            fail(.updateFailed(host, position), &actions)
        case .operationSubmitted(let id, let traits): submitted(id, traits, now, &actions)
        case .replied(let host, let attempt, let reply):
            replied(host, attempt, reply, now, &actions)
        case .workerEnded(let host, let executing): workerEnded(host, executing, now, &actions)
        case .cancelled(let id): cancelled(id, now, &actions)
        case .tick: tick(now, &actions)
        case .programFinished: programFinished(&actions)
        }
    }

    /// What comes late changes nothing, but whoever still submits is answered.
    private mutating func handleAfterEnd(_ event: Event, into actions: inout [Action]) {
        switch event {
        case .operationSubmitted(let id, _): actions.append(.finish(id, .abandoned))
        case .hostConnected(let host, _): actions.append(.sendGoodbye(host))
        default: break
        }
    }

    mutating func fail(_ failure: RunFailure, _ actions: inout [Action]) {
        stage = .failed
        deadline = nil
        for id in operations.identifiers { close(id, .abandoned, &actions) }
        actions.append(.failRun(failure))
    }

    private mutating func programFinished(_ actions: inout [Action]) {
        stage = .finished
        deadline = nil
        for id in operations.identifiers { close(id, .cancelled, &actions) }
        for index in hosts.indices where hosts[index].standing == .connected {
            actions.append(.sendGoodbye(HostID(index: index)))
        }
    }

    /// Wakes the driver at `moment` or before.
    mutating func wake(at moment: Instant) {
        deadline = deadline.map { min($0, moment) } ?? moment
    }
}
