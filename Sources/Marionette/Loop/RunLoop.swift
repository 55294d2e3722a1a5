import Driving
import Console
import Glibc
import RunRecords
import Scheduling
import Transport

/// The one thread that owns a run: it hands the driver what tasks submit, what channels bring and what
/// time it is, carries out what that decides, and resumes tasks in batches.
///
/// Used by its own thread alone; everything that comes from elsewhere comes through the submission
/// queue.
final class RunLoop {
    let master: Master
    let connector: any HostConnector
    private let onInterrupt: @Sendable (Int32) -> Void
    let connecting = BackgroundJobs(limit: RunLimits.connectingMax)
    let closing = BackgroundJobs(limit: RunLimits.connectingMax)
    /// Of all that `connecting` does; the run's end cancels it.
    let attempts = Cancellation()

    /// Looked at once for each batch of messages, not for each message.
    @exclusivity(unchecked) var now = RunClock.now
    let driver: Driver
    /// By host.
    @exclusivity(unchecked) var lines: [HostLine?]
    private let poller: ChannelPoller
    /// Hosts whose channels may wait for something else than the poller knows, in that order.
    @exclusivity(unchecked) private var changed: [HostID] = []
    /// Memory that is used again.
    @exclusivity(unchecked) private var ready: [Int] = []
    /// Hosts whose output has ended, until it is known how their slaves ended.
    var ended: [HostID] = []
    @exclusivity(unchecked) private var recorder: RunRecorder
    /// Memory that is used again.
    @exclusivity(unchecked) private var endings: [OperationEnding] = []
    @exclusivity(unchecked) private var spare: [Effect] = []
    private let capsules: CapsuleFiles
    private let journal: Journal?
    private let control: ControlSocket?
    private let seeker: HostSeeker?
    /// Who asked something that is not answered yet.
    private var waiters: [ControlTicket: ControlWaiter] = [:]
    private var tickets = 0
    private var isOver = false
    let buffer = UnsafeMutableRawBufferPointer.allocate(
        byteCount: RunLimits.receiveBuffer, alignment: 16)

    init(_ start: RunStart) throws(RunError) {
        master = start.master
        connector = start.connector
        onInterrupt = start.onInterrupt
        poller = try ChannelPoller(waker: start.master.queue.descriptor)
        recorder = try RunRecorder(start)
        capsules = CapsuleFiles(directory: start.description.directory)
        journal = try Journal(start)
        driver = Driver(
            start.master.interface, start.hosts, policy: start.policy,
            isSerial: start.description.serial, unrecalled: journal?.takeIndex(),
            logPath: recorder.logPath, now: now)
        for procedure in start.master.interface.procedures {
            driver.captures[procedure.number] = start.description.capture?[procedure.name]
        }
        lines = Array(repeating: nil, count: start.hosts.count)
        seeker = HostSeeker(start, now: RunClock.now)
        control = try ControlSocket(start)
    }

    deinit { buffer.deallocate() }

    func run() {
        recorder.begin(
            driver.hosts, driver.interface.name, isSerial: driver.isSerial)
        driver.begin(now)
        carryOut()
        while !isOver {
            now = RunClock.now
            driver.wake(now)
            take(master.queue.takeAll())
            driver.tick()
            carryOut()
            checkEnds()
            seeker?.seek(now)
            sendAll()
            publish()
            driver.answers.resume()
            if !isOver, driver.isThrough { end() }
            guard !isOver else { break }
            wait()
        }
        refuseTheRest()
    }

    /// Sends what there is, until nothing more follows from that.
    private func sendAll() {
        repeat {
            driver.settle()
            carryOut()
            for host in driver.takeSending() { send(to: host) }
        } while !driver.isSettled
    }

    private func publish() {
        let scheduler = driver.scheduler
        master.flight.store(max(Master.flightMin, 2 * scheduler.credit), ordering: .relaxed)
        master.largeFlight.store(
            max(Master.largeFlightMin, 2 * scheduler.workers), ordering: .relaxed)
        recorder.progress(
            now, traffic: traffic, workers: scheduler.workers,
            announced: master.announced.load(ordering: .relaxed))
    }

    private var traffic: [Traffic] {
        driver.hosts.indices.map { driver.traffic(of: HostID(index: $0)) }
    }

    /// Waits for channels, submissions or time, and reads what came.
    private func wait() {
        for host in changed {
            lines[host.index]?.isChanged = false
            poller.wait(for: lines[host.index]?.channel.pollDescriptors ?? [], at: host.index)
        }
        changed.removeAll(keepingCapacity: true)
        ready.removeAll(keepingCapacity: true)
        // Whether the journal is so far behind that hosts have to wait: their results would fill the
        // memory.
        let isHeld = journal?.isFull ?? false
        if isHeld { driver.holdHosts() }
        let timeout = master.queue.sleep() ? milliseconds : 0
        let isWoken =
            isHeld
            ? poller.waitForWaker(milliseconds: timeout)
            : poller.wait(milliseconds: timeout, into: &ready)
        now = RunClock.now
        driver.wake(now)
        master.queue.awake(isWoken: isWoken)
        for index in ready {
            receive(from: HostID(index: index))
            send(to: HostID(index: index))
        }
    }

    /// The host's channel was used, made or given up: it may wait for something else.
    func noteChange(of host: HostID) {
        guard lines[host.index]?.isChanged != true else { return }
        lines[host.index]?.isChanged = true
        changed.append(host)
    }

    /// Until the next thing that waits for time, rounded up so that it is then due.
    private var milliseconds: Int32 {
        let now = RunClock.now
        var moments = [
            driver.deadline, recorder.nextProgress, recorder.nextFlush, seeker?.next,
        ]
        // How a process ended is told by no descriptor.
        if !ended.isEmpty { moments.append(now.advanced(by: .milliseconds(2))) }
        guard let first = moments.compactMap(\.self).min() else { return -1 }
        let span = first.nanoseconds(since: now)
        return Int32(clamping: (span + 999_999) / 1_000_000)
    }

    // MARK: What the driver decided

    /// Carries out what the driver decided. Some of it is answered at once, and so has effects.
    func carryOut() {
        if !driver.endings.isEmpty {
            driver.takeEndings(&endings)
            for ending in endings { recorder.take(ending, now) }
        }
        while !driver.effects.isEmpty {
            // Moved out: what is answered at once comes here again.
            var effects: [Effect] = []
            swap(&effects, &spare)
            driver.takeEffects(&effects)
            for effect in effects { carryOut(effect) }
            swap(&effects, &spare)
        }
    }

    private func carryOut(_ effect: Effect) {
        switch effect {
        case .record(let news): recorder.take(news, now)
        case .connect(let host): connect(host)
        case .close(let host, let traffic):
            recorder.closed(host, traffic)
            guard let line = lines[host.index] else { break }
            lines[host.index] = nil
            // Before another channel can have the numbers of its descriptors.
            poller.wait(for: [], at: host.index)
            close(line.connection, line.channel)
        case .stopConnecting: attempts.cancel()
        case .journal(let note): journal?.add(note)
        case .writeCapsule(let call, let capsule):
            let queue = master.queue
            capsules.write(capsule) { record in _ = queue.submit(.capsule(call, record)) }
        case .reply(let ticket, let answer):
            // A hold goes on after its first answer.
            if case .held = answer {
                waiters[ticket]?.answered(answer)
            } else {
                waiters.removeValue(forKey: ticket)?.answered(answer)
            }
        case .makeRoom(let description, let ticket): makeRoom(description, ticket)
        case .found(let host): seeker?.found(host)
        case .missed(let host): seeker?.missed(host, now)
        case .endControl:
            control?.close()
            seeker?.stop()
        case .endBySignal(let signal):
            isOver = true
            onInterrupt(signal)
        }
    }

    private func makeRoom(
        _ description: RunDescription.HostDescription, _ ticket: ControlTicket
    ) {
        do throws(RunError) {
            try DescriptorLimit.raise(for: driver.hosts + [description])
            lines.append(nil)
            driver.admit(description, ticket)
        } catch {
            waiters.removeValue(forKey: ticket)?.answered(.refused(error.diagnostic.summary))
        }
    }

    // MARK: What comes from elsewhere

    /// Calls in a row are taken together.
    private func take(_ submissions: [Submission]) {
        var calls: [Call] = []
        for submission in submissions {
            if case .calls(let more) = submission {
                calls += more
                continue
            }
            take(calls)
            calls.removeAll(keepingCapacity: true)
            take(submission)
            carryOut()
        }
        take(calls)
        carryOut()
    }

    private func take(_ calls: [Call]) {
        guard !calls.isEmpty else { return }
        master.taken.wrappingAdd(driver.take(calls), ordering: .relaxed)
    }

    private func take(_ submission: Submission) {
        switch submission {
        case .calls(let calls): take(calls)
        case .cancel(let calls): driver.cancel(calls)
        case .context(let procedure, let arguments, let sink):
            driver.append(.context(procedure: procedure, arguments: arguments, sink))
        case .shared(let slot, let content): driver.append(.shared(slot: slot, content))
        case .connection(let host, let outcome): connected(host, outcome)
        case .interrupted(let signal): driver.interrupt(signal, softly: signal == SIGINT)
        case .control(let request, let waiter):
            tickets += 1
            let ticket = ControlTicket(number: tickets)
            waiters[ticket] = waiter
            driver.control(request, ticket)
        case .holdAttached(let waiter): ticket(of: waiter).map(driver.attached)
        case .holdClosed(let waiter):
            guard let ticket = ticket(of: waiter) else { break }
            waiters[ticket] = nil
            driver.controlClosed(ticket)
        case .sought(let host, let outcome): driver.sought(host, outcome)
        case .recalled(let call, let memory): driver.recalled(call, memory)
        case .intended(let host, let attempt): driver.intended(host, attempt)
        case .journalHasRoom: break
        case .journalFailed(let error): driver.journalFailed(error)
        case .finish(let sink, let threw): driver.finish(sink, threw)
        case .capsule(let call, let record): driver.capsuleWritten(call, record)
        case .explained(let crash, let text): recorder.explained(crash, text, now)
        }
    }

    private func ticket(of waiter: ControlWaiter) -> ControlTicket? {
        waiters.first { $0.value === waiter }?.key
    }

    // MARK: The end

    /// Every slave has ended, or had its time.
    private func end() {
        let signal = driver.ending?.signal
        driver.dropAll()
        driver.endControl()
        carryOut()
        connecting.wait(atMost: RunLimits.cancellingMax)
        capsules.wait(atMost: signal == nil ? RunLimits.capsuleTime : DrivingLimits.goodbyeMax)
        recorder.awaitExplanations()
        // Connections that were made in the meantime are closed as well.
        take(master.queue.takeAll())
        driver.endPoisoned()
        carryOut()
        closing.wait(atMost: DrivingLimits.goodbyeMax)
        now = RunClock.now
        journal?.close()
        // A run that did all but write its trace has not done all that was asked of it.
        driver.endAll(recorder.end(driver.outcome, traffic, now))
        isOver = true
        if let signal { onInterrupt(signal) }
    }

    /// The run is over: whoever still waits is told so.
    private func refuseTheRest() {
        driver.endAll(nil)
        master.failure.withLock { [failure = driver.failure] in $0 = failure }
        for submission in master.queue.close() { refuse(submission) }
        driver.answers.resume()
        carryOut()
    }

    /// A submission that came when nobody took any more.
    private func refuse(_ submission: Submission) {
        switch submission {
        case .calls(let calls): driver.refuse(calls)
        case .context(_, _, let sink): driver.refuse(sink)
        case .connection(_, .open(let connection, let channel)): close(connection, channel)
        case .finish(let sink, _): driver.answers.add(driver.runEnding, for: sink)
        case .control(_, let waiter): waiter.answered(.refused("the run is ending"))
        case .connection, .cancel, .shared, .interrupted, .recalled, .intended, .sought,
            .holdAttached, .holdClosed, .journalHasRoom, .journalFailed, .capsule, .explained:
            break
        }
    }
}
