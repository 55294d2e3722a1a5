/// A run's event log as a trace for chrome://tracing and ui.perfetto.dev (the JSON of Google's
/// "Trace Event Format").
///
/// The master and each host are processes, workers are threads. An operation is a complete event
/// (`X`) on the worker that executed it, with place, attempt and outcome; an attempt that was lost
/// with its worker too. Transfers, updates, failures and whatever else a host does are instants.
public struct RunTrace: Sendable {
    private var hosts: [String: Host] = [:]
    /// In the order in which they joined.
    private var names: [String] = []
    private var application = ""
    private var instants: [Instantaneous] = []

    struct Host: Sendable {
        var target: String?
        var workers: [UInt32: [Execution]] = [:]
    }

    /// What a worker did, before its place in time is settled.
    struct Execution: Sendable {
        var end: OperationEnd
        var procedure: String
        var outcome: String
        /// The worker's own time is not known: it did not live to tell it.
        var isLost = false
    }

    struct Instantaneous: Sendable {
        var event: RunEvent
        var operation: OperationPlace?
        var outcome: String?
    }

    /// Of a run without events.
    public init() {}

    /// - Parameter events: of one run, in the order of its log.
    public init(_ events: some Sequence<RunEvent>) {
        for event in events { apply(event) }
    }

    /// Reads the log and writes the trace, whole or not at all.
    ///
    /// - Throws: `eventLogUnreadable`, `traceUnwritable`.
    public static func write(log: String, to path: String) throws(RunRecordsError) {
        let trace = RunTrace(try EventLogReader(path: log))
        try trace.write(to: path)
    }

    /// Whether a trace could be written there; leaves nothing.
    ///
    /// - Throws: `traceUnwritable`.
    public static func check(_ path: String) throws(RunRecordsError) {
        _ = try TraceFile(path: path)
    }

    /// Takes the log's next event into account.
    public mutating func apply(_ event: RunEvent) {
        switch event.content {
        case .start(let start): application = start.application
        case .host(let declaration):
            declare(declaration.host)
            hosts[declaration.host]?.target = declaration.target
        case .operations(let operations):
            for end in operations.ended {
                executed(
                    end, operations.procedure, operations.host, operations.outcome.rawValue,
                    isAlwaysShown: operations.outcome == .done, event)
            }
        case .operationFailed(let failure):
            guard let end = failure.end else { return }
            executed(end, failure.procedure, failure.host, "failed", isAlwaysShown: false, event)
        case .workerEnded(let end):
            lost(end, at: event.t)
            instants.append(Instantaneous(event: event))
        case .hostProgress, .progress: break
        case .hello, .workerStarted, .operationRetried, .operationDoubled, .hostLost, .hostLeft,
            .update, .transfer, .log, .draining, .gap, .end:
            instants.append(Instantaneous(event: event))
        }
    }

    private mutating func declare(_ name: String) {
        guard hosts[name] == nil else { return }
        hosts[name] = Host()
        names.append(name)
    }

    /// - Parameter isAlwaysShown: as a slice of its worker, even where that took no time for it.
    private mutating func executed(
        _ end: OperationEnd, _ procedure: String, _ host: String?, _ outcome: String,
        isAlwaysShown: Bool, _ event: RunEvent
    ) {
        // An operation that nobody answered, or whose end its worker did not live to tell.
        guard let host, isAlwaysShown || end.busy > 0 else {
            instants.append(Instantaneous(event: event, operation: end.place, outcome: outcome))
            return
        }
        declare(host)
        hosts[host]?.workers[end.worker, default: []].append(
            Execution(end: end, procedure: procedure, outcome: outcome))
    }

    private mutating func lost(_ ended: RunEvent.WorkerEnd, at t: Double) {
        guard let execution = ended.executing, let place = execution.operation else { return }
        declare(ended.host)
        let end = OperationEnd(
            place: place, attempt: execution.attempt ?? 0, worker: ended.worker,
            sent: microseconds(execution.since ?? t), ended: microseconds(t))
        hosts[ended.host]?.workers[ended.worker, default: []].append(
            Execution(
                end: end, procedure: execution.procedure, outcome: ended.how, isLost: true))
    }

    private func microseconds(_ seconds: Double) -> UInt64 {
        UInt64(exactly: (seconds * 1e6).rounded()) ?? 0
    }

    // MARK: Writing

    private static let masterProcess = 1

    /// Writes it as a whole: beside the file first, and then in its place.
    ///
    /// - Throws: `traceUnwritable`; the file is then as it was before.
    public func write(to path: String) throws(RunRecordsError) {
        let file = try TraceFile(path: path)
        write(into: file)
        try file.finish()
    }

    private func write(into file: TraceFile) {
        file.metadata("process_name", process: Self.masterProcess, "master of \(application)")
        file.metadata(
            "thread_name", process: Self.masterProcess, thread: Self.masterProcess, "program")
        for (index, name) in names.enumerated() {
            guard let host = hosts[name] else { continue }
            let title = host.target.map { "\(name) (\($0))" } ?? name
            let process = process(index)
            file.metadata("process_name", process: process, title)
            file.metadata(
                "thread_name", process: process, thread: Self.slaveThread(process), "slave")
            for (worker, executions) in host.workers.sorted(by: { $0.key < $1.key }) {
                let thread = Self.thread(process, worker)
                file.metadata(
                    "thread_name", process: process, thread: thread, "worker \(worker)")
                for slice in TraceLayout.slices(executions) {
                    file.slice(slice, process: process, thread: thread)
                }
            }
        }
        for instant in instants { write(instant, into: file) }
    }

    private func write(_ instant: Instantaneous, into file: TraceFile) {
        let event = instant.event
        guard let name = event.host, let index = names.firstIndex(of: name) else {
            file.instant(instant, process: Self.masterProcess, thread: Self.masterProcess)
            return
        }
        let process = process(index)
        // A worker that executed nothing has no line.
        let worker = event.content.worker.flatMap {
            hosts[name]?.workers[$0] == nil ? nil : $0
        }
        let thread = worker.map { Self.thread(process, $0) } ?? Self.slaveThread(process)
        file.instant(instant, process: process, thread: thread)
    }

    private func process(_ index: Int) -> Int { Self.masterProcess + 1 + index }

    /// Threads have numbers of their own across processes: viewers take equal ones for the same.
    private static func thread(_ process: Int, _ worker: UInt32) -> Int {
        process * 100_000 + Int(worker)
    }

    private static func slaveThread(_ process: Int) -> Int { process * 100_000 + 99_999 }
}

extension RunEvent.Content {
    /// The worker on whose line an instant is drawn.
    fileprivate var worker: UInt32? {
        switch self {
        case .workerStarted(let start): start.worker
        case .workerEnded(let end): end.worker
        case .log(let line): line.worker
        case .start, .host, .hello, .operations, .operationRetried, .operationDoubled,
            .operationFailed, .transfer, .hostLost, .hostLeft, .update, .hostProgress, .progress,
            .draining, .gap, .end:
            nil
        }
    }
}

/// Where a worker's executions stand in time. The log tells when the master learnt of each end, and
/// how long the worker took; answers that came together really came one after the other.
enum TraceLayout {
    struct Slice: Hashable {
        var start: UInt64
        var end: UInt64
        var place: OperationPlace
        var attempt: UInt32
        var procedure: String
        var outcome: String
    }

    /// In order; no two overlap, because a worker executes one operation at a time.
    static func slices(_ executions: [RunTrace.Execution]) -> [Slice] {
        let ordered = executions.sorted { $0.end.ended < $1.end.ended }
        var slices: [Slice] = []
        slices.reserveCapacity(ordered.count)
        var limit = UInt64.max
        for (index, execution) in ordered.enumerated().reversed() {
            let end = min(execution.end.ended, limit)
            var start = end - min(end, execution.end.busy)
            if execution.isLost {
                let before = index > 0 ? ordered[index - 1].end.ended : 0
                start = min(end, max(execution.end.sent, before))
            }
            slices.append(
                Slice(
                    start: start, end: end, place: execution.end.place,
                    attempt: execution.end.attempt, procedure: execution.procedure,
                    outcome: execution.outcome))
            limit = start
        }
        return slices.reversed()
    }
}
