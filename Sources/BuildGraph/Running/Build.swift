import Glibc

/// One pass over a graph: runs the steps whose outputs are not what they should be, several at
/// once.
///
/// A step is decided when all that it needs has ended, by the contents that its inputs have then.
/// So a step that wrote the same bytes again makes nothing else run (early cut-off).
public struct Build: Sendable {
    public var graph: Graph
    /// The path of the log file.
    public var log: String
    public var executor: any StepExecutor
    /// How many steps run at once.
    public var jobs: Int
    /// While the machine's load is this or more, no further step starts beside one that runs.
    public var loadLimit: Double?
    /// After a failure go on with what does not need the failed step.
    public var keepsGoing: Bool

    /// How many processes wait for a processor, over the last minute.
    var loadAverage: @Sendable () -> Double = {
        var load = 0.0
        return getloadavg(&load, 1) == 1 ? load : 0
    }

    public init(
        graph: Graph, log: String, executor: any StepExecutor = LocalExecutor(),
        jobs: Int = processorCount(), loadLimit: Double? = nil, keepsGoing: Bool = false
    ) {
        self.graph = graph
        self.log = log
        self.executor = executor
        self.jobs = max(1, jobs)
        self.loadLimit = loadLimit
        self.keepsGoing = keepsGoing
    }

    /// Does `work` while no build can use the log; for removing what builds made. A log that can't
    /// be used guards nothing: it goes with the rest.
    ///
    /// - Throws: `GraphError.busy` where a build is at work, and what `work` throws.
    public static func removing(log: String, _ work: () throws -> Void) throws {
        var status = stat()
        guard stat(log, &status) == 0 else { return try work() }
        let held: LogFile
        do throws(GraphError) {
            held = try LogFile(log, locks: true)
        } catch {
            guard case .logUnusable = error else { throw error }
            return try work()
        }
        try work()
        _ = consume held
    }

    /// Makes `goals`, or everything. Cancelling the task ends running commands and removes their
    /// outputs.
    ///
    /// - Parameters:
    ///   - goals: outputs of steps.
    ///   - onEvent: called in order, one call at a time.
    public func run(
        goals: [String]? = nil, onEvent: (BuildEvent) -> Void = { _ in }
    ) async throws(GraphError) -> BuildSummary {
        let roots = try graph.producers(of: goals)
        var files = FileStates(FileNames(graph.paths))
        guard var log = try await openLog(&files, onEvent) else {
            var summary = BuildSummary()
            summary.wasInterrupted = true
            summary.skipped = graph.closure(of: roots) { _ in nil }.steps.count
            return summary
        }
        var pass = BuildPass(graph: graph, roots: roots, files: files, log)
        files = FileStates()
        pass.survey(threads: jobs)
        try pass.checkInputs()
        onEvent(pass.plannedEvent)
        let fault = await act(&pass, &log, onEvent)
        if let fault { throw fault }
        pass.summary.wasInterrupted = pass.summary.wasInterrupted || Task.isCancelled
        pass.summary.skipped += pass.plan.unfinished
        if executor.writes { try log.record(pass.files.takeLearnt(), files: pass.files) }
        return pass.summary
    }

    /// Waits for the build that holds the log. nil: this one was cancelled before.
    private func openLog(
        _ files: inout FileStates, _ onEvent: (BuildEvent) -> Void
    ) async throws(GraphError) -> BuildLog? {
        try await untilFree({ onEvent(.waiting(for: $0)) }) { () throws(GraphError) in
            try BuildLog.open(log, writable: executor.writes, files: &files)
        }
    }

    /// How long a build that waits for another one pauses before it looks again.
    static let lockPause = Duration.milliseconds(50)

    /// Keeps `jobs` steps running until nothing more may start. Returns what made the log unusable.
    private func act(
        _ pass: inout BuildPass, _ log: inout BuildLog, _ onEvent: (BuildEvent) -> Void
    ) async -> GraphError? {
        let start = FileStamp.now
        return await withTaskGroup(of: (Int, StepOutcome).self) { group in
            var running = 0
            while true {
                while running < jobs, mayStart(pass, beside: running),
                    let index = pass.plan.next()
                {
                    guard let reason = pass.decide(index, log) else {
                        onEvent(.upToDate(graph.steps[index]))
                        continue
                    }
                    let (step, executor) = (graph.steps[index], executor)
                    onEvent(.started(step, reason))
                    if executor.writes {
                        step.makeDirectories()
                        await FileStamp.tick(after: start)
                        pass.begin(index, log)
                    }
                    group.addTask { (index, await executor.execute(step)) }
                    running += 1
                }
                guard let (index, outcome) = await group.next() else { return nil }
                running -= 1
                let checked = pass.finish(index, outcome)
                onEvent(.finished(graph.steps[index], checked))
                do throws(GraphError) {
                    try record(index, checked, pass: &pass, log: &log)
                } catch {
                    group.cancelAll()
                    return error
                }
            }
        }
    }

    private func mayStart(_ pass: BuildPass, beside running: Int) -> Bool {
        guard !Task.isCancelled, !pass.summary.wasInterrupted,
            keepsGoing || pass.summary.failures.isEmpty
        else { return false }
        guard let loadLimit, running > 0 else { return true }
        return loadAverage() < loadLimit
    }

    private func record(
        _ index: Int, _ outcome: StepOutcome, pass: inout BuildPass, log: inout BuildLog
    ) throws(GraphError) {
        let key = graph.key(of: index)
        switch outcome {
        case .pretended: return
        case .failed, .interrupted: try log.recordFailure(key: key, files: pass.files)
        case .succeeded:
            guard let entry = pass.entries.removeValue(forKey: index) else {
                preconditionFailure(
                    "step '\(graph.steps[index].name)' succeeded and left no entry for the log")
            }
            try log.record(entry, key: key, files: &pass.files)
        }
    }
}

extension Step {
    func makeDirectories() {
        // Where one can't be made, the step itself fails and tells why.
        for path in outputs { try? makeDirectories(above: path) }
        if let depfile { try? makeDirectories(above: depfile) }
    }

    private func makeDirectories(above path: String) throws {
        try BuildGraph.makeDirectories(above: path)
    }
}

/// How many processors this process may use.
public func processorCount() -> Int {
    // /proc says which ones a container or taskset leaves: `Cpus_allowed:  00000000,0000000f`.
    let status = String(decoding: (try? fileContents("/proc/self/status")) ?? [], as: UTF8.self)
    let line = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed:") } ?? ""
    let count = line.split(separator: ":").last.map { mask in
        mask.reduce(0) { $0 + ($1.hexDigitValue ?? 0).nonzeroBitCount }
    }
    return count.flatMap { $0 > 0 ? $0 : nil } ?? max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
}
