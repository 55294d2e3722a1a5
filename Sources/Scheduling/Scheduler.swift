/// The master's decisions: events in, actions out. No clock, socket, task, thread or payload.
///
/// The rules, tested in seeded worlds of failing hosts (Tests/Simulation): an operation
/// executes at exactly the position where it was submitted, again after a failure too; it ends
/// once; results of attempts that lost are dropped; `once` is never sent a second time; a host
/// applies each update once, in order; shared data go to a host when an operation placed there
/// reads them, once for each version; only the attempt that a worker was executing is blamed for
/// its end.
///
/// What an event costs grows with the logarithm of the hosts and not at all with the operations
/// that wait; only updates, retirements and the end of a run visit every host.
public struct Scheduler: Sendable {
    public let policy: Policy
    /// The policy's, in nanoseconds: asked for too often to be converted each time.
    let prefetch: Double
    let groupTime: Double

    /// The moment of the event in hand. A clock that goes back is not followed.
    var now = Instant.zero
    public internal(set) var stage = Stage.running

    var hosts: ContiguousArray<HostRecord> = []
    var connectedCount = 0
    var givenUpCount = 0
    var leftCount = 0
    /// Draining hosts that became idle by the event in hand.
    var leaving: ContiguousArray<HostID> = []
    /// When nothing was connected any more; nil while something is.
    var hostlessSince: Instant?
    var isHostlessTold = false

    var operations = OperationTable<OperationRecord>(adoptsNames: true)
    var pureOpen = 0
    /// In program order; names of operations that ended are skipped when they come up.
    var pending = FIFO<OperationID>()
    /// Operations whose attempt was lost: older than any pending one. Last in, first out.
    var retries: ContiguousArray<OperationID> = []
    /// The names in both that operations left behind that ended while they waited.
    var staleNames = 0
    var isInterrupted = false
    var isDrainedTold = false

    var updates = UpdateLog()
    /// Every connected host was sent the updates up to this one.
    var released: Position = 0
    /// The positions up to `released` where operations are open.
    var openReleased = 0
    /// The updates that no host has applied yet begin after this position.
    var appliedSomewhere: Position = 0
    /// A host told that it could not apply the update after `appliedSomewhere`.
    var isUpdateDoubted = false

    // What the placement looks at: hosts by when a further operation would be done there.
    /// Hosts that take an operation of any length.
    var ready = HostHeap<Double>()
    /// Hosts that take a short one.
    var ahead = HostHeap<Double>()
    /// Hosts of `ready` that hold some version of the slot.
    var holders: [HostHeap<Double>] = []
    var times = ServiceTimes()

    // What waits for time.
    var timers = HostHeap<Instant>()
    var deadlines = DeadlineHeap()
    var doublingAt: Instant?
    /// Operations at which debuggers look.
    var held: [OperationID: HeldTime] = [:]

    /// How many operations all connected hosts may hold at once.
    public internal(set) var credit = 0
    /// The workers of all connected hosts.
    public internal(set) var workers = 0
    /// Operations submitted and not ended.
    public var openOperations: Int { operations.count }

    public enum Stage: Hashable, Sendable {
        case running
        case finished
        case failed
    }

    public init(policy: Policy = Policy()) {
        self.policy = policy
        prefetch = Double(policy.prefetch.nanoseconds)
        groupTime = Double(policy.groupTime.nanoseconds)
    }

    /// When the next `tick` is due; nil where nothing waits for time.
    public var deadline: Instant? {
        guard stage == .running else { return nil }
        var soonest: Instant?
        func wake(_ moment: Instant?) {
            if let moment { soonest = min(soonest ?? moment, moment) }
        }
        wake(timers.top?.key)
        wake(deadlines.first)
        wake(doublingAt)
        wake(hostlessSince.map { $0.advanced(by: policy.noHostMax) })
        return soonest
    }

    public mutating func handle(_ event: Event, now: Instant) -> [Action] {
        var actions: [Action] = []
        handle(event, now: now, into: &actions)
        return actions
    }

    /// Appends to `actions`, so that a driver that handles many events needs one array.
    public mutating func handle(_ event: Event, now: Instant, into actions: inout [Action]) {
        self.now = max(self.now, now)
        guard stage == .running else {
            handleAfterEnd(event, into: &actions)
            return
        }
        switch event {
        case .hostDeclared(let host): hostDeclared(host, &actions)
        case .hostConnected(let host, let workers): hostConnected(host, workers, &actions)
        case .hostLost(let host, let permanent): hostLost(host, permanent, &actions)
        case .hostRestarted(let host): hostRestarted(host, &actions)
        case .hostHeard(let host): hostHeard(host)
        case .hostDrained(let host): hostDrained(host, &actions)
        case .hostRemoved(let host): hostRemoved(host, &actions)
        case .updateAppended(let change): updateAppended(change, &actions)
        case .updateApplied(let host, let position): updateApplied(host, position, &actions)
        case .updateFailed(let host, let position): updateFailed(host, position, &actions)
        case .operationSubmitted(let id, let traits): submitted(id, traits, &actions)
        case .replied(let host, let attempt, let reply): replied(host, attempt, reply, &actions)
        case .workerEnded(let host, let executing, let alone):
            workerEnded(host, executing, alone, &actions)
        case .cancelled(let id): end(id, .cancelled, &actions)
        case .operationHeld(let id): hold(id)
        case .operationReleased(let id): release(id)
        case .hostHeld(let host): hold(host)
        case .hostReleased(let host): release(host)
        case .tick: tick(&actions)
        case .interrupted: interrupted(&actions)
        case .programFinished: programFinished(&actions)
        }
        leaveIdle(&actions)
        tellDrained(&actions)
    }

    /// What comes late changes nothing, but whoever still submits is answered.
    private mutating func handleAfterEnd(_ event: Event, into actions: inout [Action]) {
        switch event {
        case .operationSubmitted(let id, _), .workerEnded(_, _, let id?):
            actions.append(.finish(id, .abandoned))
        case .hostConnected(let host, _): actions.append(.sendGoodbye(host))
        default: break
        }
    }

    mutating func fail(_ failure: RunFailure, _ actions: inout [Action]) {
        stage = .failed
        for id in operations.identifiers { close(id, .abandoned, &actions) }
        actions.append(.failRun(failure))
    }

    private mutating func interrupted(_ actions: inout [Action]) {
        isInterrupted = true
        while let id = oldestWaiting(released: false) { close(id, .interrupted, &actions) }
    }

    private mutating func tellDrained(_ actions: inout [Action]) {
        guard isInterrupted, !isDrainedTold, operations.count == 0, stage == .running else {
            return
        }
        isDrainedTold = true
        actions.append(.drained)
    }

    private mutating func programFinished(_ actions: inout [Action]) {
        stage = .finished
        for id in operations.identifiers { close(id, .cancelled, &actions) }
        for index in hosts.indices where hosts[index].standing == .connected {
            actions.append(.sendGoodbye(HostID(index: index)))
        }
    }
}
