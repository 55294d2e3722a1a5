import Scheduling
import TestKit

/// A world around one scheduler: hosts that crash, fall silent, are cut off, are slow and come
/// back; a user who adds and takes hosts; a program that goes on; time that passes only here.
///
/// After `healsAt` nothing fails any more, and all must end.
public struct SimulatedCluster {
    struct Host {
        var slave: SimulatedSlave?
        /// Numbers connections: what belongs to an earlier one is void.
        var session = 0
        var slowness: UInt64 = 1
        /// By how much its clock is wrong.
        var skew = 1.0
        /// Nothing that it says is heard until it is connected anew.
        var isSilent = false
        /// Until when each direction is cut. What was sent arrives then, unless the master gave up.
        var cutToHost = Instant.zero
        var cutToMaster = Instant.zero
        /// When the last message on its stream arrives: streams keep their order.
        var arrival = Instant.zero
    }

    enum Happening {
        case connected(HostID, session: Int)
        case refused(HostID, session: Int)
        case arrives(HostID, session: Int, SimulatedSlave.Message)
        case workDone(HostID, session: Int, AttemptID, member: Int)
        /// Bytes on their way to the master; a lost connection takes most of them along.
        case told(HostID, session: Int, Report)
        case hostCrashes(HostID, session: Int)
        case partition
        case userActs
        case interrupt
        case heals
        case programContinues
        case tick
    }

    enum Report {
        case result(AttemptID, member: Int, UInt64, microseconds: UInt64)
        case workerEnded(AttemptID, member: Int)
        case update(SimulatedSlave.Answer)
        case pong
        case end
    }

    static let healsAt = Instant.zero.advanced(by: .seconds(20))
    /// Long enough for the silence of a host to be noticed twice.
    static let endsBefore = healsAt.advanced(by: .seconds(240))

    var random: SeededNumbers
    var faults: Faults
    var scheduler: Scheduler
    var now = Instant.zero
    var agenda = Agenda<Happening>()
    var hosts: [Host] = []
    var ledger = Ledger()
    let program: RandomProgram
    var nextStep = 0
    var submitted = 0
    var groups = OperationTable<SimulatedGroup>()
    /// The updates' contents, by position.
    var updates: [Position: SimulatedSlave.Update] = [:]
    var lastUpdate: Position = 0
    var contents: [SharedVersion: UInt64] = [:]
    var versions = [UInt64](repeating: 0, count: RandomProgram.slots)
    var tickAt: Instant?
    /// Ticks in a row between which no time passed.
    private var ticksInVain = 0
    public private(set) var steps = 0

    /// `hosts`: a world of this many; nil where the seed tells that too.
    public init(seed: Seed, hosts: Int? = nil) {
        random = SeededNumbers(seed.number)
        let size = Size(hosts: hosts, &random)
        faults = Faults(&random, hosts: size.hosts)
        if size.isWavering { faults.cancel = 0.95 }
        scheduler = Scheduler(policy: Self.policy(&random))
        program = RandomProgram(length: size.steps, &random)
        for _ in 0..<size.hosts { declareHost() }
        schedule(.programContinues, after: 0)
        agenda.add(.heals, at: Self.healsAt)
        for _ in 0..<faults.partitions { scheduleBeforeHealing(.partition) }
        for _ in 0..<faults.wishes { scheduleBeforeHealing(.userActs) }
        if faults.isInterrupted { scheduleBeforeHealing(.interrupt) }
    }

    /// How large a world is: mostly small, where one seed is cheap, and now and then very large.
    struct Size {
        let hosts: Int
        let steps: Int
        /// Its program cancels nearly all that it submits.
        let isWavering: Bool

        init(hosts: Int?, _ random: inout SeededNumbers) {
            let chosen =
                switch random.below(2000) {
                case 0: random.within(1000...1500)
                case 1..<100: random.within(6...30)
                case 100..<120: 0
                default: random.within(1...5)
                }
            self.hosts = hosts ?? max(1, chosen)
            isWavering = hosts == nil && chosen == 0
            steps = isWavering ? 400 : self.hosts < 6 ? 60 : self.hosts < 100 ? 150 : 300
        }
    }

    private static func policy(_ random: inout SeededNumbers) -> Policy {
        var policy = Policy()
        // The world always heals: nothing may give up before.
        policy.failuresMax = 1_000_000
        policy.noHostMax = .seconds(3600)
        policy.backOffMax = .seconds(2)
        policy.prefetchLimits = random.chance(0.1) ? 0...0 : 1...random.within(1...6)
        policy.positionsMax = random.chance(0.5) ? 256 : random.within(1...4)
        return policy
    }

    mutating func declareHost() {
        var host = Host(slowness: UInt64(1 + random.below(8)))
        host.skew = [1, 1, 0.01, 100, 1e12][random.below(5)]
        hosts.append(host)
        ledger.hostDeclared()
        feed(.hostDeclared(HostID(index: hosts.count - 1)))
    }

    /// Runs to the end of the program, or until nothing happens any more.
    public mutating func run() -> Ledger {
        while !isOver, ledger.breaches.isEmpty {
            guard let (moment, happening) = agenda.popFirst(), moment < Self.endsBefore else {
                ledger.breach("no progress: \(scheduler.openOperations) operations are open")
                break
            }
            noteTick(happening, at: moment)
            now = max(now, moment)
            happen(happening)
            wakeScheduler()
            checkBounds()
            steps += 1
        }
        for host in hosts { host.slave?.breaches.forEach { ledger.breach($0) } }
        if ledger.breaches.isEmpty { ledger.close(submitted: submitted) }
        return ledger
    }

    /// A scheduler that wants to be woken at a time that has passed keeps its master busy.
    private mutating func noteTick(_ happening: Happening, at moment: Instant) {
        guard case .tick = happening, moment <= now else {
            ticksInVain = 0
            return
        }
        ticksInVain += 1
        // A clock that goes back makes a few.
        if ticksInVain > 100 { ledger.breach("the scheduler is woken again and again") }
    }

    private mutating func wakeScheduler() {
        guard let deadline = scheduler.deadline, deadline != tickAt else { return }
        tickAt = deadline
        agenda.add(.tick, at: max(now, deadline))
    }

    private var isOver: Bool {
        if ledger.isFailed { return true }
        guard nextStep == program.steps.count, scheduler.openOperations == 0 else { return false }
        return ledger.isInterrupted ? ledger.isDrained : ledger.updatesFinished == lastUpdate
    }

    mutating func schedule(_ happening: Happening, after microseconds: UInt64) {
        agenda.add(happening, at: Instant(nanoseconds: now.nanoseconds + microseconds * 1000))
    }

    private mutating func scheduleBeforeHealing(_ happening: Happening) {
        schedule(happening, after: UInt64(random.below(20_000_000)))
    }

    mutating func feed(_ event: Event) {
        // The master's clock may be asked late, and even go back a little.
        let late = random.chance(0.02) ? UInt64(random.below(1_000_000_000)) : 0
        let read = Instant(nanoseconds: now.nanoseconds - min(now.nanoseconds, late))
        let actions = scheduler.handle(event, now: read)
        for case .failRun(let failure) in actions { ledger.runFails(failure, program) }
        for action in actions { act(action) }
    }

    var isHealed: Bool { now >= Self.healsAt }

    mutating func fails(_ probability: Double) -> Bool { !isHealed && random.chance(probability) }
}

/// How often things go wrong in this world, until it heals.
struct Faults {
    var workerCrash = 0.03
    var hostCrash = 0.004
    var silence = 0.002
    var refusedConnection = 0.3
    var duplicate = 0.05
    var cancel = 0.02
    var lingering = 0.1
    /// How often a slave stays that was sent away.
    var staying = 0.2
    var partitions = 0
    var wishes = 0
    var isInterrupted = false
    /// How often an execution is held up.
    var pausing = 0.005
    /// How often the master is woken too late.
    var lateness = 0.0
    /// One host is once out of memory for an update that others can apply.
    var localFailure = 0.0
    /// How long the three procedures take at most, in microseconds.
    var longest = [300, 20_000, 60_000]
    /// How long the program computes between its steps at most, in microseconds.
    var pause = 200_000

    init(_ random: inout SeededNumbers, hosts: Int) {
        if random.chance(0.3) { hostCrash = 0.03 }
        if random.chance(0.1) { workerCrash = 0.2 }
        // A very large world would do nothing but reconnect.
        if hosts > 100 { hostCrash = 0.001 }
        partitions = random.chance(0.3) ? random.within(1...3) : 0
        wishes = random.chance(0.3) ? random.within(1...6) : 0
        isInterrupted = random.chance(0.03)
        localFailure = random.chance(0.1) ? 0.05 : 0
        // So short that operations are sent in groups.
        if random.chance(0.4) { longest = [30, 30, 100] }
        if random.chance(0.4) { pausing = 0.1 }
        lateness = random.chance(0.3) ? 0.5 : 0
        if random.chance(0.3) { pause = 2_000 }
    }
}
