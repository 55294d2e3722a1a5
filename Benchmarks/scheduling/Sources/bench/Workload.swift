import Scheduling

/// A scheduler with so many hosts of two workers, each of which ends an operation when its time has
/// come: the oldest sent first.
struct Workload {
    private var scheduler = Scheduler()
    private var names = OperationTable<Bool>()
    private var actions: [Action] = []
    private var now = Instant.zero
    /// A ring of the attempts that are out.
    private var sent: [(host: HostID, attempt: AttemptID)?] = []
    private var first = 0
    private var next = 0
    private var step = Duration.zero

    init(hosts: Int) {
        for index in 0..<hosts { feed(.hostDeclared(HostID(index: index))) }
        for index in 0..<hosts { feed(.hostConnected(HostID(index: index), workers: 2)) }
        // Two wait beside the two that execute; 20 ms of work each.
        sent = Array(repeating: nil, count: 8 * hosts)
        step = .milliseconds(20) / (2 * hosts)
        for _ in 0..<(8 * hosts) { submit() }
        for _ in 0..<(32 * hosts) { endOne() }
    }

    /// Operations from their submission to their end, as many others wait.
    mutating func execute(_ count: Int) {
        for _ in 0..<count { endOne() }
    }

    private mutating func endOne() {
        guard let (host, attempt) = sent[first] else { return }
        sent[first] = nil
        first = (first + 1) % sent.count
        now = now.advanced(by: step)
        submit()
        feed(.replied(host, attempt, Reply(succeeded: true, microseconds: 20_000)))
    }

    private mutating func submit() {
        let id = names.insert(true)
        feed(.operationSubmitted(id, OperationTraits(procedure: 1, kind: .worker)))
    }

    private mutating func feed(_ event: Event) {
        scheduler.handle(event, now: now, into: &actions)
        for action in actions {
            switch action {
            case .sendOperation(let host, let attempt, _):
                sent[next] = (host, attempt)
                next = (next + 1) % sent.count
            case .finish(let id, _): names.remove(id)
            default: break
            }
        }
        actions.removeAll(keepingCapacity: true)
    }
}

/// How many operations wait when all have been submitted and no host is there.
func queue(_ count: Int) -> Scheduler {
    var scheduler = Scheduler()
    var names = OperationTable<Bool>()
    var actions: [Action] = []
    scheduler.handle(.hostDeclared(HostID(index: 0)), now: .zero, into: &actions)
    for _ in 0..<count {
        let traits = OperationTraits(procedure: 1, kind: .worker)
        scheduler.handle(
            .operationSubmitted(names.insert(true), traits), now: .zero, into: &actions)
    }
    return scheduler
}
