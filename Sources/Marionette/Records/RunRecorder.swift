import Driving
import Diagnostics
import Console
import JSONCoding
import RunRecords
import Scheduling
import WireProtocol

/// Makes the events of a run, writes them to its log, and shows what follows from them.
///
/// Nothing here waits for a disk or a terminal, but `end`: `LogFile` and `RunNotes` have their threads.
struct RunRecorder {
    private var log: EventLog
    /// nil where none is kept.
    let logPath: String?
    private let notes: RunNotes
    private let trace: TraceOrder?
    private let explainer: CrashExplainer
    private var crashes = CrashFolding()
    /// By the host's index.
    private var targets: [String] = []
    /// A host that left and came back has one row, under one name.
    private var names: [String] = []
    /// By the host's index.
    private var rows: [Int] = []
    /// Names as the event log writes them.
    private var hostTexts: [[UInt8]] = []
    private let procedureTexts: [UInt32: [UInt8]]
    private let interface: InterfaceDescription
    private let origin: Instant
    private(set) var statistics = RunStatistics()
    private(set) var nextProgress: Instant?

    private var submittedCount = 0
    private var recalledCount = 0
    private var failedCount = 0
    private var latest: UInt32?
    private var done: [Int] = []
    private var busy: [UInt64] = []
    /// Of the connections that ended.
    private var sent: [UInt64] = []
    private var received: [UInt64] = []
    private var isChanged = false
    private var isStarted = false

    init(_ start: RunStart) throws(RunError) {
        let directory = start.description.directory
        let path = directory.isEmpty ? nil : RunRecord.eventLog(in: directory)
        let trace = try TraceOrder(log: path, output: start.description.trace)
        let writing = start.master.recording
        log = EventLog(
            file: try path.map { path throws(RunError) in
                try LogFile(path: path, writing: writing)
            })
        logPath = path
        self.trace = trace
        notes = RunNotes(start.board)
        explainer = CrashExplainer(start)
        interface = start.master.interface
        procedureTexts = Dictionary(
            interface.procedures.map { ($0.number, Self.text($0.name)) },
            uniquingKeysWith: { first, _ in first })
        origin = RunClock.now
    }

    private static func text(_ name: String) -> [UInt8] {
        JSONWriter.text(name)
    }

    var nextFlush: Instant? { log.nextFlush }

    // MARK: Events

    private func microseconds(_ now: Instant) -> UInt64 { now.microseconds(since: origin) }

    private mutating func emit(_ content: RunEvent.Content, _ now: Instant) {
        let event = RunEvent(content, at: Double(microseconds(now)) / 1e6)
        statistics.apply(event)
        log.append(event)
    }

    mutating func begin(
        _ hosts: [RunDescription.HostDescription], _ application: String, isSerial: Bool
    ) {
        let clock = RunClock.sinceEpoch
        emit(.start(.init(application: application, clock: clock, serial: isSerial)), origin)
        for host in hosts { declare(host, origin) }
    }

    /// A host of the run, from now on.
    mutating func declare(_ host: RunDescription.HostDescription, _ now: Instant) {
        if let row = names.firstIndex(of: host.name) {
            rows.append(row)
        } else {
            rows.append(names.count)
            names.append(host.name)
            hostTexts.append(Self.text(host.name))
            done.append(0)
            busy.append(0)
            sent.append(0)
            received.append(0)
        }
        targets.append(host.target)
        emit(.host(.init(host: host.name, target: host.target)), now)
    }

    mutating func left(_ host: HostID, _ now: Instant) {
        let name = label(of: host)
        emit(.hostLeft(.init(host: name)), now)
        isChanged = true
        notes.note("host '\(name)' has left the run")
    }

    private func label(of host: HostID) -> String { names[rows[host.index]] }

    mutating func greeted(_ identity: slave_identity, _ host: HostID, _ now: Instant) {
        let hello = RunEvent.Hello(
            host: label(of: host), workers: Int(identity.workers), process: identity.process,
            machine: identity.machine.neutral, build: identity.build.neutral)
        emit(.hello(hello), now)
        isChanged = true
    }

    mutating func started(_ start: slave_worker_start, on host: HostID, _ now: Instant) {
        let started = RunEvent.WorkerStart(
            host: label(of: host), worker: start.worker, process: start.process,
            position: start.position)
        emit(.workerStarted(started), now)
    }

    mutating func ended(
        _ end: slave_worker_end, on host: HostID, _ executed: CalledOperation?,
        _ said: Receipt?, _ now: Instant
    ) {
        let name = label(of: host)
        let execution = executed.map { executed in
            RunEvent.WorkerEnd.Execution(
                procedure: interface.name(of: executed.traits.procedure),
                operation: executed.place, attempt: said?.attempt,
                since: said?.sent.map { Double(microseconds($0)) / 1e6 })
        }
        let ended = RunEvent.WorkerEnd(
            host: name, worker: end.worker, process: end.process, how: end.text,
            executing: execution)
        emit(.workerEnded(ended), now)
        // A worker that ends between operations is the slave's affair: retired positions end
        // theirs.
        guard let execution else { return }
        notes.note(
            "\(name): worker \(end.worker) (process \(end.process)) \(end.text), executing "
                + "'\(execution.procedure)', attempt \(execution.attempt ?? 1)")
    }

    // MARK: Crashes

    func crashed(_ said: slave_crash, on host: HostID, _ executed: CalledOperation) {
        let crash = Crash(
            host: label(of: host), target: targets[host.index],
            procedure: interface.name(of: executed.traits.procedure), operation: executed.place,
            signal: said.signal.neutral)
        explainer.explain(crash, said)
    }

    mutating func explained(_ crash: Crash, _ text: CrashText, _ now: Instant) {
        for line in crashes.lines(of: crash, text) {
            let written = RunEvent.LogLine(
                host: crash.host, text: line, procedure: crash.procedure,
                operation: crash.operation)
            emit(.log(written), now)
            notes.note(line)
        }
    }

    /// At the run's end: what is not explained by then is left out.
    func awaitExplanations() { explainer.wait() }

    mutating func retried(
        _ attempt: AttemptID, _ call: CalledOperation?, on host: HostID, _ cause: RetryCause,
        _ now: Instant
    ) {
        let retry = RunEvent.Retry(
            host: label(of: host), procedure: call.map { interface.name(of: $0.traits.procedure) },
            operation: call?.place, attempt: attempt.number, cause: cause.recorded)
        emit(.operationRetried(retry), now)
    }

    mutating func doubled(
        _ attempt: AttemptID, _ call: CalledOperation?, on host: HostID, _ now: Instant
    ) {
        let doubling = RunEvent.Doubling(
            host: label(of: host), procedure: call.map { interface.name(of: $0.traits.procedure) },
            operation: call?.place, attempt: attempt.number)
        emit(.operationDoubled(doubling), now)
    }

    /// - Parameter said: the answer that ended it; nil: none did.
    mutating func ended(
        _ call: CalledOperation, _ outcome: OperationOutcome, _ said: Receipt?,
        _ now: Instant
    ) {
        let procedure = call.traits.procedure
        if outcome == .done, let said { done[rows[said.host.index]] += 1 }
        log.append(
            end(of: call, said, now),
            OperationLine.Key(
                outcome: outcome, host: said.map { rows[$0.host.index] }, procedure: procedure),
            now
        ) {
            OperationLine.Names(
                host: said.map { hostTexts[rows[$0.host.index]] } ?? [],
                procedure: procedureTexts[procedure] ?? [])
        }
    }

    /// Its result was in the journal.
    mutating func recalled(_ call: CalledOperation, _ now: Instant) {
        recalledCount += 1
        isChanged = true
        ended(call, .recalled, nil, now)
    }

    mutating func failed(
        _ call: CalledOperation, _ error: any Error, _ said: Receipt?, _ now: Instant
    ) {
        var failure = RunEvent.Failure(
            kind: RunFailureKind(error), procedure: interface.name(of: call.traits.procedure),
            text: (error as? RunError)?.diagnostic.summary ?? "\(error)",
            host: said.map { label(of: $0.host) }, end: end(of: call, said, now))
        if case .operationPoisoned(_, _, _, _, _, _, .written(let path)) = error as? RunError {
            failure.capsule = path
        }
        failedCount += 1
        isChanged = true
        emit(.operationFailed(failure), now)
    }

    private func end(of call: CalledOperation, _ said: Receipt?, _ now: Instant)
        -> OperationEnd
    {
        OperationEnd(
            place: call.place, attempt: said?.attempt ?? 0, worker: said?.worker ?? 0,
            sent: microseconds(said?.sent ?? now), ended: microseconds(now),
            busy: said?.microseconds ?? 0)
    }

    mutating func transferred(
        _ version: SharedVersion, bytes: Int, to host: HostID, _ now: Instant
    ) {
        let transfer = RunEvent.Transfer(
            host: label(of: host), shared: interface.shared[version.slot],
            version: version.version, bytes: bytes)
        emit(.transfer(transfer), now)
    }

    mutating func lost(
        _ host: HostID, _ reason: String, retryAfter pause: Duration?, _ now: Instant
    ) {
        let name = label(of: host)
        let seconds = pause.map { Double($0.nanoseconds) / 1e9 }
        emit(.hostLost(.init(host: name, reason: reason, pause: seconds)), now)
        isChanged = true
        let next = seconds.map { "tried again in \($0.fixed(2)) s" } ?? "given up"
        // A transport's own sentence names the host already.
        let text = reason.hasPrefix("host '") ? reason : "host '\(name)' was lost: \(reason)"
        notes.note("warning: \(text) (\(next))")
    }

    mutating func updated(
        _ position: Position, _ update: UpdateStore.Update,
        _ now: Instant
    ) {
        let change: RunEvent.Update.Change
        let bytes: Int
        switch update {
        case .context(let procedure, let arguments, _):
            change = .context(procedure: interface.name(of: procedure))
            bytes = arguments.count
        case .shared(let slot, let content):
            change = .shared(variable: interface.shared[slot])
            bytes = content.size
        }
        emit(.update(.init(position: position, change: change, bytes: bytes)), now)
    }

    func tell(_ text: String) { notes.note(text) }

    func warn(_ text: String) { notes.note("warning: \(text)") }

    /// A line of a slave's log, or one that user code wrote.
    mutating func note(
        _ line: String, from host: HostID, of source: OutputSource? = nil, _ now: Instant
    ) {
        let name = label(of: host)
        let written = RunEvent.LogLine(
            host: name, text: line, worker: source?.worker, procedure: source?.procedure,
            operation: source?.operation)
        emit(.log(written), now)
        notes.note("\(name): \(source?.prefix ?? "")\(line)")
    }

    // MARK: Operations

    mutating func submitted(_ procedure: UInt32, _ count: Int) {
        submittedCount += count
        latest = procedure
        isChanged = true
    }

    mutating func replied(_ host: HostID, microseconds: UInt64) {
        busy[rows[host.index]] += microseconds
        isChanged = true
    }

    /// Records and shows progress where something changed and it is time.
    mutating func progress(
        _ now: Instant, traffic: @autoclosure () -> [Traffic], workers: Int, announced: Int
    ) {
        defer {
            log.flush(now)
            tellFault()
        }
        guard isChanged else { return }
        if let nextProgress, now < nextProgress { return }
        guard isStarted else {
            // Runs that end at once show no progress at all.
            isStarted = true
            nextProgress = now.advanced(by: RunLimits.progressInterval)
            return
        }
        emitTotals(now, traffic(), announced: announced)
        notes.update("run", statistics.progressLine(workers: workers))
        if let rates = statistics.rateLine { notes.update("run.rates", rates) }
        nextProgress = nil
        isStarted = false
        isChanged = false
    }

    /// - Parameter traffic: of each host's connection that is open.
    private mutating func emitTotals(_ now: Instant, _ traffic: [Traffic], announced: Int) {
        var (sent, received) = (sent, received)
        for (host, traffic) in traffic.enumerated() {
            sent[rows[host]] += traffic.sent
            received[rows[host]] += traffic.received
        }
        for row in names.indices {
            let progress = RunEvent.HostProgress(
                host: names[row], operations: done[row], busy: Double(busy[row]) / 1e6,
                sent: sent[row], received: received[row])
            emit(.hostProgress(progress), now)
        }
        let progress = RunEvent.Progress(
            operations: done.reduce(0, +) + recalledCount, recalled: recalledCount,
            failed: failedCount, total: submittedCount + max(0, announced),
            procedure: latest.map(interface.name(of:)))
        emit(.progress(progress), now)
    }

    private mutating func tellFault() {
        if let fault = log.takeFault() { warn("the event log is not complete: \(fault)") }
    }

    mutating func draining(open count: Int, _ now: Instant) {
        emit(.draining(.init(open: count)), now)
        notes.noteInterruption(
            "interrupted: what was sent to hosts may end; Ctrl-C again stops it")
    }

    /// A connection's traffic counts on after it.
    mutating func closed(_ host: HostID, _ traffic: Traffic) {
        sent[rows[host.index]] += traffic.sent
        received[rows[host.index]] += traffic.received
    }

    /// Returns when the record is written, and what there is to show was shown.
    ///
    /// - Returns: why the trace is not there, if nothing else went wrong; else it is noted.
    mutating func end(
        _ outcome: (RunOutcome, text: String), _ traffic: [Traffic], _ now: Instant
    ) -> RunError? {
        emitTotals(now, traffic, announced: 0)
        emit(.end(.init(outcome: outcome.0, text: outcome.text)), now)
        log.finish()
        tellFault()
        var fault: RunError?
        do throws(RunError) { try trace?.write() } catch {
            if outcome.0 == .done { fault = error } else { notes.note(error.diagnostic.rendered) }
        }
        notes.remove("run.rates")
        if statistics.ended > 0 {
            notes.finish("run", statistics.closingLine)
            for line in [""] + statistics.table { notes.note(line) }
            for line in crashes.summary { notes.note(line) }
        } else {
            notes.remove("run")
        }
        notes.finish()
        return fault
    }
}

extension RetryCause {
    fileprivate var recorded: RunEvent.Retry.Cause {
        switch self {
        case .workerEnded: .workerEnded
        case .hostLost: .hostLost
        case .hostRemoved: .hostRemoved
        case .hostRestarted: .hostRestarted
        }
    }
}

extension RunFailureKind {
    init(_ error: any Error) {
        switch error as? RunError {
        case .operationPoisoned: self = .poisoned
        case .deadlinePassed: self = .deadlinePassed
        case .fateUnknown: self = .fateUnknown
        default: self = .failed
        }
    }
}

extension OutputSource {
    /// `worker 2, 'render': `
    fileprivate var prefix: String {
        let parts = [worker.map { "worker \($0)" }, procedure.map { "'\($0)'" }].compactMap(\.self)
        return parts.isEmpty ? "" : parts.joined(separator: ", ") + ": "
    }
}
