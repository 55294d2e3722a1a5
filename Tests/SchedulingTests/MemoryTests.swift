import Scheduling
import TestKit
import Testing

/// A run may last for weeks: nothing may grow with the operations that ended.
@Suite struct MemoryTests {
    @Test(arguments: seedsOfThisRun(4))
    func `what the scheduler keeps is bounded by what is open`(_ seed: UInt64) {
        var traffic = Traffic(seed)
        traffic.run(operations: 2_000)
        let early = traffic.elements
        traffic.run(operations: 20_000)
        let late = traffic.elements
        #expect(!traffic.hasFailed)
        #expect(late < early + 1_000, "seed \(seed): \(early) elements became \(late)")
    }
}

/// Operations of all kinds on hosts that fail; at most 64 are open.
private struct Traffic {
    private var bench: SchedulerBench
    private var random: SeededNumbers
    private var sent: [(host: HostID, attempt: AttemptID)] = []
    private var open: [OperationID] = []
    private let hosts: [Int]
    private var version: UInt64 = 0
    private var applied: [(host: HostID, position: Position)] = []
    /// The scheduler waits for a connection.
    private var isWanted: Set<HostID> = []
    private(set) var hasFailed = false

    init(_ seed: UInt64) {
        random = SeededNumbers(seed)
        var hosts: [Int] = []
        for _ in 0...random.below(8) { hosts.append(random.within(1...16)) }
        self.hosts = hosts
        bench = SchedulerBench(workers: hosts)
    }

    /// Ends when nothing is open.
    mutating func run(operations: Int) {
        var submitted = 0
        while !hasFailed && (submitted < operations || !open.isEmpty) {
            bench.pass(.microseconds(random.below(2_000)))
            switch random.below(20) {
            case 0...8 where submitted < operations && open.count < 64:
                submit()
                submitted += 1
            case 9 where !open.isEmpty: feed(.cancelled(open[random.below(open.count)]))
            case 10: killWorker()
            case 11 where random.chance(0.05): reconnect()
            case 12: update()
            case 13: feed(.tick)
            default: reply()
            }
        }
    }

    private mutating func submit() {
        let kinds: [OperationKind] = [.worker, .pure, .once]
        let kind = kinds[random.below(kinds.count)]
        let count = kind == .once ? 1 : UInt32(random.within(1...20))
        let deadline: Instant? =
            random.chance(0.3) ? bench.now.advanced(by: .milliseconds(random.below(100))) : nil
        let id = bench.names.insert(0)
        open.append(id)
        feed(
            .operationSubmitted(
                id,
                OperationTraits(
                    procedure: UInt32(random.below(4)), kind: kind,
                    reads: random.chance(0.5) ? [random.below(4)] : [], deadline: deadline,
                    count: count)))
    }

    private mutating func reply() {
        guard !sent.isEmpty else { return feed(.tick) }
        let (host, attempt) = sent.remove(at: random.below(sent.count))
        let reply = Reply(
            succeeded: random.chance(0.9), microseconds: UInt64(random.below(3_000)))
        feed(.replied(host, attempt, reply))
    }

    private mutating func killWorker() {
        guard !sent.isEmpty else { return }
        let (host, attempt) = sent.remove(at: random.below(sent.count))
        feed(.workerEnded(host, executing: attempt))
    }

    private mutating func reconnect() {
        let host = HostID(index: random.below(hosts.count))
        sent.removeAll { $0.host == host }
        feed(.hostLost(host, permanent: false))
        while !isWanted.contains(host) {
            bench.pass(.milliseconds(20))
            feed(.tick)
        }
        feed(.hostConnected(host, workers: hosts[host.index]))
    }

    private mutating func update() {
        version += 1
        let change: Change =
            random.chance(0.5)
            ? .context(procedure: 7, replacing: true)
            : .shared(SharedVersion(slot: random.below(4), version: version), bytes: 100)
        feed(.updateAppended(change))
    }

    private mutating func feed(_ event: Event) {
        for host in hosts.indices { bench.send(.hostHeard(HostID(index: host))) }
        for action in bench.send(event) {
            switch action {
            case .sendOperation(let host, let attempt, _): sent.append((host, attempt))
            case .connect(let host): isWanted.insert(host)
            case .failRun: hasFailed = true
            case .sendUpdate(let host, let position): applied.append((host, position))
            case .finish(let id, _):
                bench.names.remove(id)
                open.removeAll { $0 == id }
            default: break
            }
        }
        if case .hostConnected(let host, _) = event { isWanted.remove(host) }
        while let (host, position) = applied.popLast() { feed(.updateApplied(host, position)) }
    }

    /// Of all arrays, sets and dictionaries that the scheduler and the table of names reach.
    var elements: Int { Self.count(bench.scheduler) + Self.count(bench.names) }

    private static func count(_ value: Any) -> Int {
        Mirror(reflecting: value).children.reduce(0) { $0 + 1 + count($1.value) }
    }
}
