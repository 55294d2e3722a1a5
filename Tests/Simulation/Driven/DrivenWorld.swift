import Scheduling
import TestKit

import Driving
import RunRecords

/// A world around one driver: what `SimulatedCluster` is to a scheduler, with the master's own protocol
/// over byte streams that are cut anywhere.
///
/// What is simulated is what runs: call groups, outboxes, awaited replies, shared data in pieces and
/// the sessions of hosts are the driver's own; only channels, clock, disk and slaves are made here.
public struct DrivenWorld {
    struct Host {
        var slave: WireSlave?
        /// Numbers connections: what belongs to an earlier one is void.
        var session = 0
        var slowness: UInt64 = 1
        /// Nothing that it says is heard until it is connected anew.
        var isSilent = false
        /// It was taken out of the run: its operations are others' by now.
        var hasLeft = false
        /// What it said and the master has not read.
        var inbound: [UInt8] = []
        /// How many bytes its stream takes before it is full; nil: any number.
        var room: Int?
        /// The operations that it was handed, by the call's xid.
        var tasks: [UInt32: Endings.Member] = [:]
        /// When the last bytes on their way arrive: streams keep their order.
        var arrival = Instant.zero
    }

    enum Happening {
        case connected(HostID, session: Int)
        case refused(HostID, session: Int)
        case arrives(HostID, session: Int, [UInt8])
        /// The master can read what came.
        case readable(HostID, session: Int)
        case makesRoom(HostID, session: Int)
        case workDone(HostID, session: Int, xid: UInt32, took: UInt64)
        case deadlineThere(HostID, session: Int)
        case crashes(HostID, session: Int)
        case ends(HostID, session: Int)
        /// Its slave was sent away some time ago.
        case mustBeGone(HostID, session: Int)
        case intended(HostID, AttemptID)
        case capsuleWritten(CalledOperation)
        case userActs
        case interrupt
        case heals
        case programContinues
        case tick

        /// The master hears of it later, if at all.
        var isAtSlave: Bool {
            switch self {
            case .arrives, .workDone, .deadlineThere: true
            default: false
            }
        }
    }

    static let healsAt = Instant.zero.advanced(by: .seconds(20))
    static let endsBefore = healsAt.advanced(by: .seconds(240))

    var random: SeededNumbers
    var faults: Faults
    let driver: Driver
    var now = Instant.zero
    var agenda = Agenda<Happening>()
    var hosts: [Host] = []
    let endings: Endings
    let program: DrivenProgram
    let end = EndSink()
    var nextStep = 0
    var calls: [(call: Call, count: Int, step: Int)] = []
    var isFinishing = false
    private var tickAt: Instant?
    /// Ticks in a row between which no time passed.
    private var ticksInVain = 0
    public private(set) var happened = 0
    /// Who holds a worker, or waits for one.
    var debuggers: [ControlTicket] = []

    public init(seed: Seed) {
        random = SeededNumbers(seed.number)
        let count = random.chance(0.05) ? random.within(6...20) : random.within(1...5)
        faults = Faults(&random, hosts: count)
        program = DrivenProgram(RandomProgram(length: count < 6 ? 60 : 120, &random))
        endings = Endings(mayFail: program.steps.failing != nil)
        driver = Driver(
            DrivenProgram.interface, (0..<count).map(Self.description),
            policy: Self.policy(&random), isSerial: false,
            unrecalled: random.chance(0.3) ? JournalIndex() : nil, logPath: nil, now: now)
        hosts = (0..<count).map { _ in Host() }
        for host in hosts.indices { hosts[host].slowness = UInt64(1 + random.below(8)) }
        driver.begin(now)
        turn()
        schedule(.programContinues, after: 0)
        agenda.add(.heals, at: Self.healsAt)
        for _ in 0..<faults.wishes { scheduleBeforeHealing(.userActs) }
        if faults.isInterrupted { scheduleBeforeHealing(.interrupt) }
    }

    private static func policy(_ random: inout SeededNumbers) -> Policy {
        var policy = Policy()
        // The world always heals: nothing may give up before.
        policy.failuresMax = 1_000_000
        policy.noHostMax = .seconds(3600)
        policy.backOffMax = .seconds(2)
        policy.prefetchLimits =
            [0...0, 1...random.within(1...6), 8...random.within(8...64)][random.below(3)]
        policy.positionsMax = random.chance(0.5) ? 256 : random.within(1...4)
        return policy
    }

    static func description(_ number: Int) -> RunDescription.HostDescription {
        RunDescription.HostDescription(
            name: "h\(number)", target: "t", endpoint: .local, command: [], workers: 0)
    }

    /// Runs to the end of the run, or until nothing happens any more; returns the rules that were
    /// broken.
    public mutating func run() -> [String] {
        while endings.breaches.isEmpty, !(isFinishing && driver.isThrough) {
            guard let (moment, happening) = agenda.popFirst(), moment < Self.endsBefore else {
                endings.breach("no progress: \(endings.open) operations are open")
                break
            }
            noteTick(happening, at: moment)
            now = max(now, moment)
            endings.now = now
            if happening.isAtSlave {
                happen(happening)
            } else {
                driver.wake(now)
                happen(happening)
                turn()
                finishIfDone()
            }
            happened += 1
        }
        for host in hosts { host.slave?.breaches.forEach { endings.breach($0) } }
        guard endings.breaches.isEmpty else { return endings.breaches }
        driver.dropAll()
        driver.endPoisoned()
        // The master does so at the end of the run, and once more when its queue is closed.
        for _ in 1...2 { driver.endAll(nil) }
        driver.answers.resume()
        carryOut()
        endings.close()
        if end.told != 1 { endings.breach("that the run is over was told \(end.told) times") }
        return endings.breaches
    }

    public var counts: [String: Int] { endings.counts }

    /// The master's loop, once.
    private mutating func turn() {
        carryOut()
        driver.tick()
        carryOut()
        repeat {
            driver.settle()
            carryOut()
            for host in driver.takeSending() { send(to: host) }
        } while !driver.isSettled
        driver.answers.resume()
        if let failure = driver.failure, !endings.isFailed { noteFailure(failure) }
        for host in hosts { host.slave?.breaches.forEach { endings.breach($0) } }
        guard let deadline = driver.deadline, deadline != tickAt else { return }
        tickAt = deadline
        // Its machine is busy: what comes from others meanwhile is read first.
        let delay = random.chance(faults.lateness) ? random.below(20_000) : 0
        agenda.add(.tick, at: max(now, deadline).advanced(by: .microseconds(delay)))
    }

    /// A driver that wants to be woken at a time that has passed keeps its master busy.
    private mutating func noteTick(_ happening: Happening, at moment: Instant) {
        guard case .tick = happening else { return ticksInVain = 0 }
        tickAt = nil
        ticksInVain = moment <= now ? ticksInVain + 1 : 0
        if ticksInVain > 100 { endings.breach("the driver is woken again and again") }
    }

    /// The run may fail only where the program makes an update that can't be applied.
    private mutating func noteFailure(_ failure: RunError) {
        switch failure {
        case .updateFailed where endings.mayFail: endings.isFailed = true
        case .interrupted where endings.isInterrupted: endings.isFailed = true
        default: endings.breach("the run failed: \(failure)")
        }
    }

    /// The program ends when all that it awaits has ended.
    private mutating func finishIfDone() {
        guard !isFinishing else { return }
        let isDone = nextStep == program.steps.steps.count && endings.open == 0
        guard isDone || endings.isFailed else { return }
        isFinishing = true
        endings.isFinished = true
        driver.finish(end, nil)
        turn()
    }

    mutating func schedule(_ happening: Happening, after microseconds: UInt64) {
        agenda.add(happening, at: Instant(nanoseconds: now.nanoseconds + microseconds * 1000))
    }

    private mutating func scheduleBeforeHealing(_ happening: Happening) {
        schedule(happening, after: UInt64(random.below(20_000_000)))
    }

    var isHealed: Bool { now >= Self.healsAt }

    mutating func fails(_ probability: Double) -> Bool { !isHealed && random.chance(probability) }
}
