import Scheduling

/// How often things go wrong, until the world heals.
struct Faults {
    var workerCrash = 0.03
    var hostCrash = 0.004
    var silence = 0.002
    var refusedConnection = 0.3
    var duplicate = 0.05
    var cancel = 0.02
    var lingering = 0.1
}

/// A world around one scheduler: hosts that crash, fall silent, are slow and come back; a program
/// that goes on; time that passes only here.
struct SimulatedCluster {
    struct Host {
        var slave: SimulatedSlave?
        /// Numbers connections: what belongs to an earlier one is void.
        var session = 0
        var slowness: UInt64 = 1
        var isSilent = false
        /// When the last message on its stream arrives: streams keep their order.
        var arrival = Instant.zero
    }

    enum Happening {
        case connected(HostID, session: Int)
        case refused(HostID)
        case arrives(HostID, session: Int, SimulatedSlave.Message)
        case workDone(HostID, session: Int, AttemptID)
        /// Bytes on their way to the master; a lost connection takes most of them along.
        case told(HostID, session: Int, Report)
        case hostCrashes(HostID, session: Int)
        case programContinues
        case tick
    }

    enum Report {
        case result(AttemptID, UInt64)
        case workerEnded(AttemptID)
        case applied(Position)
    }

    static let healsAt = Instant.zero.advanced(by: .seconds(20))

    var random: SeededNumbers
    var faults: Faults
    var scheduler: Scheduler
    var now = Instant.zero
    var agenda = Agenda<Happening>()
    var hosts: [Host] = []
    var ledger = Ledger()
    let program: RandomProgram
    var nextStep = 0
    var names = OperationTable<Int>()
    /// The updates' contents, by position.
    var updates: [SimulatedSlave.SlaveUpdate] = []
    var contents: [SharedVersion: UInt64] = [:]
    var versions: [Int: UInt64] = [:]
    var tickAt: Instant?
    /// The result in the report that is being handled.
    var result: UInt64?

    init(seed: Seed, faults: Faults = Faults()) {
        random = SeededNumbers(seed.number)
        self.faults = faults
        var policy = Policy()
        // The world always heals: nothing may give up before.
        policy.failuresMax = 1_000_000
        policy.noHostMax = .seconds(3600)
        policy.backOffMax = .seconds(2)
        scheduler = Scheduler(policy: policy)
        program = RandomProgram(length: 60, &random)
        for index in 0..<(1 + random.below(5)) {
            hosts.append(Host(slowness: UInt64(1 + random.below(8))))
            feed(.hostDeclared(HostID(index: index)))
        }
        schedule(.programContinues, after: 0)
    }

    /// Runs to the end of the program, or until nothing happens any more.
    mutating func run() -> Ledger {
        var steps = 0
        while !isOver, let (moment, happening) = agenda.popFirst() {
            now = max(now, moment)
            happen(happening)
            if let deadline = scheduler.deadline, deadline != tickAt {
                tickAt = deadline
                agenda.add(.tick, at: max(now, deadline))
            }
            steps += 1
            guard steps < 20_000 else {
                ledger.breach("no progress")
                break
            }
        }
        for host in hosts { host.slave?.breaches.forEach { ledger.breach($0) } }
        ledger.close(program)
        return ledger
    }

    private var isOver: Bool {
        nextStep == program.steps.count && scheduler.openOperations == 0
            && ledger.updatesFinished == Position(updates.count)
    }

    mutating func schedule(_ happening: Happening, after microseconds: UInt64) {
        agenda.add(happening, at: Instant(nanoseconds: now.nanoseconds + microseconds * 1000))
    }

    mutating func feed(_ event: Event) {
        for action in scheduler.handle(event, now: now) { act(action) }
    }

    var isHealed: Bool { now >= Self.healsAt }

    mutating func fails(_ probability: Double) -> Bool { !isHealed && random.chance(probability) }
}

/// What is to happen, soonest first; of the same moment in the order of arrival.
struct Agenda<Element> {
    private struct Entry {
        let moment: Instant
        let number: Int
        let element: Element

        func precedes(_ other: Entry) -> Bool {
            moment == other.moment ? number < other.number : moment < other.moment
        }
    }

    private var heap: [Entry] = []
    private var count = 0

    mutating func add(_ element: Element, at moment: Instant) {
        count += 1
        heap.append(Entry(moment: moment, number: count, element: element))
        var place = heap.count - 1
        while place > 0, heap[place].precedes(heap[(place - 1) / 2]) {
            heap.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    mutating func popFirst() -> (Instant, Element)? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        guard !heap.isEmpty else { return (first.moment, first.element) }
        heap[0] = last
        var place = 0
        while true {
            var next = place
            for child in [2 * place + 1, 2 * place + 2]
            where child < heap.count && heap[child].precedes(heap[next]) {
                next = child
            }
            guard next != place else { return (first.moment, first.element) }
            heap.swapAt(place, next)
            place = next
        }
    }
}
