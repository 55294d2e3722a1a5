import Console
import Glibc
import Scheduling
import Transport

/// The one thread that owns a run: it takes what tasks submit, feeds the scheduler, does what that
/// decides, reads and writes every channel, and resumes tasks in batches.
///
/// Used by its own thread alone; everything that comes from elsewhere comes through the submission
/// queue. So the checks that no two accesses overlap are left out where an operation would meet
/// dozens of them; no method is called while one of these is being changed.
final class RunLoop {
    let master: Master
    let interface: InterfaceDescription
    @exclusivity(unchecked) var hosts: [RunDescription.HostDescription]
    let connector: any HostConnector
    let onInterrupt: @Sendable (Int32) -> Void
    let connecting = BackgroundJobs(limit: RunLimits.connectingMax)
    let closing = BackgroundJobs(limit: RunLimits.connectingMax)
    /// Of all that `connecting` does; the run's end cancels it.
    let attempts = Cancellation()
    let isSerial: Bool

    /// Looked at once for each batch of messages, not for each message.
    @exclusivity(unchecked) var now = RunClock.now
    @exclusivity(unchecked) var scheduler: Scheduler
    @exclusivity(unchecked) var groups = OperationTable<CallGroup>()
    @exclusivity(unchecked) var actions: [Action] = []
    @exclusivity(unchecked) var answers = AnswerBatch()
    @exclusivity(unchecked) var links: [HostLink?]
    /// What each host was last lost for.
    var reasons: [LinkFailure?]
    var updates = UpdateStore()
    @exclusivity(unchecked) var recorder: RunRecorder
    let capsules: CapsuleFiles
    var poisoned: [OperationPlace: Poisoned] = [:]
    @exclusivity(unchecked) var journal: Journal?
    /// The operations that the journal knew at the start and that have not come again.
    var unrecalled = JournalIndex()
    /// Those that it was asked for.
    var recalls: [OperationPlace: CalledOperation] = [:]
    let control: ControlSocket?
    let seeker: HostSeeker?
    enum Departure { case left, givenUp }
    /// Hosts that are to leave, and those that are gone.
    var departures: Set<HostID> = []
    var gone: [HostID: Departure] = [:]
    /// Who waits for a host to join, or to leave.
    var greetings: [HostID: ControlWaiter] = [:]
    var farewells: [HostID: [ControlWaiter]] = [:]
    /// The message from a slave that is being handled.
    @exclusivity(unchecked) var incoming: Incoming?

    /// Why the run ended before its program.
    var failure: RunError?
    /// What the program threw.
    var threw: String?
    /// Who waits for the end, and until when slaves have time.
    var ending: Ending?
    var isOver = false
    /// The signal that drains the run, whether it is drained, and who waits for its end.
    var interruption: Int32?
    var isDrained = false
    var patient: [any CallSink] = []
    @exclusivity(unchecked) var buffer = UnsafeMutableRawBufferPointer.allocate(
        byteCount: RunLimits.receiveBuffer, alignment: 16)
    /// How much of the buffer the last read filled, and a copy of that, made for the first result.
    @exclusivity(unchecked) var received: (count: Int, copy: [UInt8]) = (0, [])
    /// The large record that is being handled: its result stays there.
    var largeRecord: [UInt8]?

    struct Ending {
        var sinks: [any CallSink] = []
        var until: Instant
        var signal: Int32?
    }

    init(_ start: RunStart) throws(RunError) {
        master = start.master
        interface = start.master.interface
        connector = start.connector
        onInterrupt = start.onInterrupt
        isSerial = start.description.serial
        hosts = start.hosts
        scheduler = Scheduler(policy: isSerial ? .serial : start.policy)
        links = Array(repeating: nil, count: hosts.count)
        reasons = Array(repeating: nil, count: hosts.count)
        recorder = try RunRecorder(start)
        capsules = CapsuleFiles(directory: start.description.directory)
        journal = try Journal(start)
        if let journal { unrecalled = journal.takeIndex() }
        seeker = HostSeeker(start, now: RunClock.now)
        control = try ControlSocket(start)
    }

    deinit { buffer.deallocate() }

    func run() {
        recorder.begin(hosts, interface.name, isSerial: isSerial)
        for index in hosts.indices { feed(.hostDeclared(HostID(index: index))) }
        while !isOver {
            now = RunClock.now
            take(master.queue.takeAll())
            feed(.tick)
            checkLinks()
            seeker?.seek(now)
            for case let link? in links {
                link.flush()
                noteLife(of: link)
            }
            checkFailures()
            checkDrained()
            publish()
            answers.resume()
            checkEnding()
            guard !isOver else { break }
            wait()
        }
        refuseTheRest()
    }

    /// Tells the scheduler and does what it decides.
    func feed(_ event: Event) {
        scheduler.handle(event, now: now, into: &actions)
        perform()
    }

    private func publish() {
        let credit = scheduler.credit
        master.flight.store(max(Master.flightMin, 2 * credit), ordering: .relaxed)
        master.largeFlight.store(
            max(Master.largeFlightMin, 2 * scheduler.workers), ordering: .relaxed)
        recorder.progress(
            now, links: links, workers: scheduler.workers,
            announced: master.announced.load(ordering: .relaxed))
    }

    /// Waits for channels, submissions or time, and reads what came.
    private func wait() {
        var descriptors = [
            pollfd(fd: master.queue.descriptor, events: Int16(POLLIN), revents: 0)
        ]
        var ranges: [(link: HostLink, range: Range<Int>)] = []
        let isHeld = holdsHosts()
        for case let link? in links where !isHeld {
            let start = descriptors.count
            for wanted in link.channel.pollDescriptors {
                let events = (wanted.wantsRead ? POLLIN : 0) | (wanted.wantsWrite ? POLLOUT : 0)
                descriptors.append(
                    pollfd(fd: wanted.descriptor, events: Int16(events), revents: 0))
            }
            ranges.append((link, start..<descriptors.count))
        }
        let timeout = master.queue.sleep() ? milliseconds : 0
        _ = poll(&descriptors, nfds_t(descriptors.count), timeout)
        now = RunClock.now
        master.queue.awake(isWoken: descriptors[0].revents != 0)
        for (link, range) in ranges where descriptors[range].contains(where: { $0.revents != 0 }) {
            receive(from: link)
        }
    }

    /// Until the next thing that waits for time, rounded up so that it is then due.
    private var milliseconds: Int32 {
        let now = RunClock.now
        var moments = [
            scheduler.deadline, ending?.until, recorder.nextProgress, recorder.nextFlush,
            seeker?.next,
        ]
        for case let link? in links {
            switch link.stage {
            case .greeting(let until): moments.append(until)
            // How a process ended is told by no descriptor.
            case .ended: moments.append(now.advanced(by: .milliseconds(2)))
            case .open: break
            }
        }
        guard let first = moments.compactMap(\.self).min() else { return -1 }
        let span = first.nanoseconds(since: now)
        return Int32(clamping: (span + 999_999) / 1_000_000)
    }

    /// The run is over: whoever still waits is told so.
    private func refuseTheRest() {
        let error = failure ?? .runEnded
        master.failure.withLock { [failure] in $0 = failure }
        endRecalls()
        for submission in master.queue.close() { refuse(submission, error) }
        for sink in (ending?.sinks ?? []) + patient {
            let ending: CallEnding = failure.map { .failure($0) } ?? .result([], host: "")
            answers.add(ending, for: sink)
        }
        answers.resume()
    }
}
