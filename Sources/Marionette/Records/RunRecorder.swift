import Diagnostics
import Console
import JSONCoding
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
        let path = directory.isEmpty ? nil : "\(directory)/\(LogFile.name)"
        let trace = try TraceOrder(log: path, output: start.description.trace)
        let writing = start.master.recording
        log = EventLog(
            file: try path.map { path throws(RunError) in
                try LogFile(path: path, writing: writing)
            })
        logPath = path
        self.trace = trace
        notes = RunNotes(start.board)
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

    private mutating func emit(
        _ kind: RunEvent.Kind, _ now: Instant, _ fill: (inout RunEvent) -> Void = { _ in }
    ) {
        var event = RunEvent(kind, at: Double(microseconds(now)) / 1e6)
        fill(&event)
        statistics.apply(event)
        log.append(event)
    }

    mutating func begin(
        _ hosts: [RunDescription.HostDescription], _ application: String, isSerial: Bool
    ) {
        emit(.start, origin) { event in
            event.application = application
            event.clock = RunClock.sinceEpoch
            event.serial = isSerial
        }
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
        emit(.host, now) { event in
            event.host = host.name
            event.target = host.target
        }
    }

    mutating func left(_ host: HostID, _ now: Instant) {
        let name = label(of: host)
        emit(.hostLeft, now) { $0.host = name }
        isChanged = true
        notes.note("host '\(name)' has left the run")
    }

    private func label(of host: HostID) -> String { names[rows[host.index]] }

    mutating func greeted(_ identity: slave_identity, _ host: HostID, _ now: Instant) {
        let name = label(of: host)
        emit(.hello, now) { event in
            event.host = name
            event.workers = Int(identity.workers)
            event.process = identity.process
            event.machine = identity.machine.neutral
            event.text = identity.build.neutral
        }
        isChanged = true
    }

    mutating func started(_ start: slave_worker_start, on host: HostID, _ now: Instant) {
        let name = label(of: host)
        emit(.workerStarted, now) { event in
            event.host = name
            event.worker = start.worker
            event.process = start.process
            event.position = start.position
        }
    }

    mutating func ended(
        _ end: slave_worker_end, on host: HostID, _ executed: CalledOperation?,
        _ said: Receipt?, _ now: Instant
    ) {
        let name = label(of: host)
        let procedure = executed.map { interface.name(of: $0.traits.procedure) }
        let attempt = executed == nil ? nil : said?.attempt
        let since = executed == nil ? nil : said?.sent?.microseconds(since: origin)
        emit(.workerEnded, now) { event in
            event.host = name
            event.worker = end.worker
            event.process = end.process
            event.text = end.text
            event.procedure = procedure
            event.attempt = attempt
            event.operation = executed?.place
            event.since = since.map { Double($0) / 1e6 }
        }
        // A worker that ends between operations is the slave's affair: retired positions end
        // theirs.
        guard let procedure else { return }
        notes.note(
            "\(name): worker \(end.worker) (process \(end.process)) \(end.text), executing "
                + "'\(procedure)', attempt \(attempt ?? 1)")
    }

    mutating func retried(
        _ attempt: AttemptID, _ call: CalledOperation?, on host: HostID, _ cause: RetryCause,
        _ now: Instant
    ) {
        let name = label(of: host)
        let procedure = call.map { interface.name(of: $0.traits.procedure) }
        emit(.operationRetried, now) { event in
            event.host = name
            event.procedure = procedure
            event.operation = call?.place
            event.attempt = attempt.number
            event.text = cause.text
        }
    }

    mutating func doubled(
        _ attempt: AttemptID, _ call: CalledOperation?, on host: HostID, _ now: Instant
    ) {
        let name = label(of: host)
        let procedure = call.map { interface.name(of: $0.traits.procedure) }
        emit(.operationDoubled, now) { event in
            event.host = name
            event.procedure = procedure
            event.operation = call?.place
            event.attempt = attempt.number
        }
    }

    /// - Parameter said: the answer that ended it; nil: none did.
    mutating func ended(
        _ call: CalledOperation, _ outcome: OperationLine.Outcome, _ said: Receipt?,
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
        let name = said.map { label(of: $0.host) }
        let procedure = interface.name(of: call.traits.procedure)
        let end = end(of: call, said, now)
        failedCount += 1
        isChanged = true
        emit(.operationFailed, now) { event in
            event.host = name
            event.procedure = procedure
            event.text = (error as? RunError)?.diagnostic.summary ?? "\(error)"
            event.outcome = RunFailureKind(error).rawValue
            event.ended = [end]
            if case .operationPoisoned(_, _, _, _, _, _, .written(let path)) = error as? RunError {
                event.capsule = path
            }
        }
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
        let name = label(of: host)
        let shared = interface.shared[version.slot]
        emit(.transfer, now) { event in
            event.host = name
            event.shared = shared
            event.version = version.version
            event.bytes = bytes
        }
    }

    mutating func lost(
        _ host: HostID, _ reason: String, retryAfter pause: Duration?, _ now: Instant
    ) {
        let name = label(of: host)
        emit(.hostLost, now) { event in
            event.host = name
            event.text = reason
            event.pause = pause.map { Double($0.nanoseconds) / 1e9 }
        }
        isChanged = true
        let next =
            pause.map { "tried again in \((Double($0.nanoseconds) / 1e9).fixed(2)) s" }
            ?? "given up"
        // A transport's own sentence names the host already.
        let text = reason.hasPrefix("host '") ? reason : "host '\(name)' was lost: \(reason)"
        notes.note("warning: \(text) (\(next))")
    }

    mutating func updated(
        _ position: Position, _ update: UpdateStore.Update,
        _ now: Instant
    ) {
        emit(.update, now) { [interface] event in
            event.position = position
            switch update {
            case .context(let procedure, let arguments, _):
                event.procedure = interface.name(of: procedure)
                event.bytes = arguments.count
            case .shared(let slot, let content):
                event.shared = interface.shared[slot]
                event.bytes = content.size
            }
        }
    }

    func tell(_ text: String) { notes.note(text) }

    func warn(_ text: String) { notes.note("warning: \(text)") }

    /// A line of a slave's log, or one that user code wrote.
    mutating func note(
        _ line: String, from host: HostID, of source: OutputSource? = nil, _ now: Instant
    ) {
        let name = label(of: host)
        emit(.log, now) { event in
            event.host = name
            event.worker = source?.worker
            event.procedure = source?.procedure
            event.operation = source?.operation
            event.text = line
        }
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
            let name = names[row]
            emit(.hostProgress, now) { [done, busy] event in
                event.host = name
                event.operations = done[row]
                event.busy = Double(busy[row]) / 1e6
                event.sent = sent[row]
                event.received = received[row]
            }
        }
        let submitted = submittedCount
        let recalled = recalledCount
        let failed = failedCount
        let ended = done.reduce(0, +) + recalled
        let procedure = latest.map(interface.name(of:))
        emit(.progress, now) { event in
            event.operations = ended
            event.recalled = recalled > 0 ? recalled : nil
            event.failed = failed > 0 ? failed : nil
            event.total = submitted + max(0, announced)
            event.procedure = procedure
        }
    }

    private mutating func tellFault() {
        if let fault = log.takeFault() { warn("the event log is not complete: \(fault)") }
    }

    mutating func draining(open count: Int, _ now: Instant) {
        emit(.draining, now) { $0.operations = count }
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
        emit(.end, now) { event in
            event.outcome = outcome.0.rawValue
            event.text = outcome.text
        }
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
        } else {
            notes.remove("run")
        }
        notes.finish()
        return fault
    }
}

/// Who wrote a line, as far as its slave knows.
struct OutputSource {
    /// nil: a replica, which executes context operations.
    var worker: UInt32?
    /// The operation's name.
    var procedure: String?
    /// Where it has not ended.
    var operation: OperationPlace?

    /// `worker 2, 'render': `
    fileprivate var prefix: String {
        let parts = [worker.map { "worker \($0)" }, procedure.map { "'\($0)'" }].compactMap(\.self)
        return parts.isEmpty ? "" : parts.joined(separator: ", ") + ": "
    }
}

extension RetryCause {
    fileprivate var text: String {
        switch self {
        case .workerEnded: "worker ended"
        case .hostLost: "host lost"
        case .hostRemoved: "host removed"
        case .hostRestarted: "host restarted"
        }
    }
}
