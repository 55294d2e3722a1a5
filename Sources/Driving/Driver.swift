import RunRecords
import Scheduling

/// A run without its surroundings: what tasks submit, what slaves say, and time go in; bytes for slaves,
/// endings for callers and effects come out.
///
/// It decides, and does nothing: it has no channel, no clock, no thread and no file. The master's
/// thread (`RunLoop`) is around it, and the simulation puts another world there. After each call its
/// effects are to be carried out (`takeEffects`); at the end of a turn, with `settle`, sessions that
/// failed are taken away.
///
/// An operation is in one place: the group in `groups` that has it, until it leaves that group, once.
/// So it ends once, however many answers come.
///
/// Checks that no two accesses overlap are left out where an operation would meet dozens of them; no
/// method is called while one of these is being changed.
package final class Driver {
    package let interface: InterfaceDescription
    package let isSerial: Bool
    /// Where the run's events are recorded, for messages.
    package let logPath: String?
    /// The run keeps a journal; false from when that failed.
    package var hasJournal: Bool

    /// Of the call that is being executed.
    @exclusivity(unchecked) package private(set) var now: Instant
    @exclusivity(unchecked) package var scheduler: Scheduler
    @exclusivity(unchecked) package var groups = OperationTable<CallGroup>()
    @exclusivity(unchecked) private var actions: [Action] = []
    @exclusivity(unchecked) package private(set) var effects: [Effect] = []
    /// For the record of the run; their order beside effects means nothing.
    @exclusivity(unchecked) package private(set) var endings: [OperationEnding] = []
    @exclusivity(unchecked) package var answers = AnswerBatch()

    @exclusivity(unchecked) package var hosts: [RunDescription.HostDescription]
    @exclusivity(unchecked) package var sessions: [HostSession?]
    /// Sessions with something to send.
    @exclusivity(unchecked) private var sending: [HostID] = []
    /// Sessions that something was heard from.
    @exclusivity(unchecked) private var heard: [HostID] = []
    /// Sessions that can't go on.
    package var failing: [HostSession] = []
    /// Slaves that have not answered hello, and until when they may; soonest first.
    package var hellos: [(session: HostSession, until: Instant)] = []
    /// Slaves that were sent away, and until when they may be there; soonest first.
    var goodbyes: [(session: HostSession, until: Instant)] = []
    /// Hosts, by name, on which a slave was executed.
    package var executed: Set<String> = []
    /// Hosts, by name, of which it was told what their shells printed before a slave.
    var preludes: Set<String> = []
    /// What each host was last lost for.
    package var reasons: [SessionFailure?]

    package var updates = UpdateStore()
    package var poisoned: [OperationPlace: Poisoned] = [:]
    /// By procedure, how many operations that succeed still leave a capsule.
    package var captures: [UInt32: Int] = [:]
    /// How many do so yet of all procedures, and where the program asks for it.
    package var captureRoom = DrivingLimits.capturesMax
    /// The operations that the journal knew at the start and that have not come again.
    package var unrecalled: JournalIndex
    /// Those that it was asked for.
    package var recalls: [OperationPlace: CalledOperation] = [:]

    package enum Departure { case left, givenUp }
    /// Hosts that are to leave, and those that are gone.
    package var departures: Set<HostID> = []
    package var gone: [HostID: Departure] = [:]
    /// Who waits for a host to join, or to leave.
    package var greetings: [HostID: ControlTicket] = [:]
    package var farewells: [HostID: [ControlTicket]] = [:]
    /// Debuggers that wait for a worker, or have one.
    package var holds: [ControlTicket: Hold] = [:]

    /// Why the run ended before its program.
    package var failure: RunError?
    /// What the program threw.
    package var threw: String?
    /// Who waits for the end, and until when slaves have time.
    package var ending: Ending?
    /// The signal that drains the run, whether it is drained, and who waits for its end.
    package var interruption: Int32?
    package var isDrained = false
    package var patient: [any CallSink] = []

    package struct Ending {
        package var sinks: [any CallSink] = []
        package var until: Instant
        package var signal: Int32?
    }

    /// - Parameters:
    ///   - unrecalled: what the journal knows; nil: the run keeps none.
    ///   - logPath: where the run's events are recorded; nil: nowhere.
    package init(
        _ interface: InterfaceDescription, _ hosts: [RunDescription.HostDescription],
        policy: Policy, isSerial: Bool, unrecalled: JournalIndex?, logPath: String?, now: Instant
    ) {
        self.interface = interface
        self.hosts = hosts
        self.isSerial = isSerial
        self.logPath = logPath
        self.now = now
        hasJournal = unrecalled != nil
        self.unrecalled = unrecalled ?? JournalIndex()
        scheduler = Scheduler(policy: isSerial ? .serial : policy)
        sessions = Array(repeating: nil, count: hosts.count)
        reasons = Array(repeating: nil, count: hosts.count)
    }

    // MARK: Time and turns

    package func begin(_ now: Instant) {
        self.now = now
        for host in hosts.indices { feed(.hostDeclared(HostID(index: host))) }
    }

    /// What follows is at this time.
    package func wake(_ now: Instant) { self.now = now }

    /// Time has passed: what waited for it happens.
    package func tick() {
        noteLife()
        feed(.tick)
        while let first = hellos.first, first.session.isOpen || first.until <= now {
            hellos.removeFirst()
            guard !first.session.isOpen else { continue }
            let seconds = DrivingLimits.helloMax.components.seconds
            fail(first.session, "its slave did not answer within \(seconds) s")
        }
        while let first = goodbyes.first, first.until <= now {
            goodbyes.removeFirst()
            let host = first.session.host
            if sessions[host.index] === first.session { drop(host) }
        }
        endLateHolds()
    }

    /// The end of a turn: takes the sessions away that can't go on, and ends the run once it is
    /// drained.
    package func settle() {
        noteLife()
        while !failing.isEmpty { takeAway(failing.removeFirst()) }
        checkDrained()
    }

    /// Nothing is to be sent, and no session to be taken away.
    package var isSettled: Bool { sending.isEmpty && failing.isEmpty }

    /// When `tick` is due next; nil where nothing waits for time.
    package var deadline: Instant? {
        let moments = [
            scheduler.deadline, ending?.until, hellos.first?.until, goodbyes.first?.until,
            lateHold,
        ]
        return moments.compactMap(\.self).min()
    }

    /// Whether nothing is waited for any more: every slave has ended, or had its time.
    package var isThrough: Bool {
        guard let ending else { return false }
        return now >= ending.until || sessions.allSatisfy { $0 == nil }
    }

    // MARK: What comes out

    /// Exchanges what is to be done for an empty list, whose memory is used on.
    package func takeEffects(_ list: inout [Effect]) {
        list.removeAll(keepingCapacity: true)
        swap(&list, &effects)
    }

    /// Likewise.
    package func takeEndings(_ list: inout [OperationEnding]) {
        list.removeAll(keepingCapacity: true)
        swap(&list, &endings)
    }

    /// Hosts that have something to send and were not named since.
    package func takeSending() -> [HostID] {
        defer { sending.removeAll(keepingCapacity: true) }
        for host in sending { sessions[host.index]?.isListed = false }
        return sending
    }

    /// Hands over what waits to be sent to a host; `send` returns how many bytes it took, 0 where it
    /// would have to wait.
    package func drain<Failure: Error>(
        _ host: HostID, _ send: (UnsafeRawBufferPointer) throws(Failure) -> Int
    ) throws(Failure) {
        guard let session = sessions[host.index] else { return }
        try session.drain(send)
        if session.isHeard { heard.append(host) }
    }

    package func traffic(of host: HostID) -> Traffic { sessions[host.index]?.traffic ?? Traffic() }

    /// How the run ended.
    package var outcome: (RunOutcome, text: String) {
        switch failure {
        case .interrupted(let signal)?:
            (.interrupted, RunError.interrupted(signal: signal).diagnostic.summary)
        case let failure?: (.failed, failure.diagnostic.summary)
        case nil: threw.map { (.threw, $0) } ?? (.done, "done")
        }
    }

    // MARK: Inside

    package func want(_ effect: Effect) { effects.append(effect) }

    package func record(_ news: RunNews) { effects.append(.record(news)) }

    package func recordEnd(
        _ operation: CalledOperation, _ outcome: OperationOutcome, _ receipt: Receipt?
    ) {
        endings.append(
            OperationEnding(operation: operation, outcome: outcome, receipt: receipt))
    }

    /// Tells the scheduler and does what it decides.
    ///
    /// - Parameter said: what a slave said, where that is the cause.
    package func feed(_ event: Event, said: Receipt? = nil) {
        scheduler.handle(event, now: now, into: &actions)
        perform(said)
    }

    /// Tells the scheduler; `perform` does what it decided.
    package func announce(_ event: Event) { scheduler.handle(event, now: now, into: &actions) }

    /// Performs the actions that gathered. None of them makes an event: a session that fails is seen
    /// later in the turn, so that actions are performed in the order in which they were decided.
    package func perform(_ said: Receipt? = nil) {
        // Operations are finished before the run's failure is told, with that failure as their
        // error.
        for case .failRun(let reason) in actions { failure = failure ?? error(of: reason, said) }
        for action in actions { perform(action, said) }
        actions.removeAll(keepingCapacity: true)
    }

    /// The host's session, which is given something to send.
    package func outgoing(_ host: HostID) -> HostSession? {
        guard let session = sessions[host.index] else { return nil }
        if !session.isListed {
            session.isListed = true
            sending.append(host)
        }
        return session
    }

    package func hear(_ session: HostSession) {
        guard !session.isHeard else { return }
        session.isHeard = true
        heard.append(session.host)
    }

    package func noteLife() {
        guard !heard.isEmpty else { return }
        for host in heard {
            guard let session = sessions[host.index], session.isHeard else { continue }
            session.isHeard = false
            feed(.hostHeard(host))
        }
        heard.removeAll(keepingCapacity: true)
    }

    package func fail(_ session: HostSession, _ reason: String, permanent: Bool = false) {
        fail(session, SessionFailure(reason: reason, permanent: permanent))
    }

    package func fail(_ session: HostSession, _ failure: SessionFailure) {
        if session.fail(failure) { failing.append(session) }
    }

    /// Ends the slave of a serial run, because another one is wanted or because an operation killed it:
    /// the host is not at fault, and what else it was given was not executed.
    package func restart(_ session: HostSession) {
        fail(session, SessionFailure(reason: "its slave was replaced", isRestart: true))
    }
}
