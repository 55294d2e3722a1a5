import Diagnostics
import Foundation

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
    /// After a failure go on with what does not need the failed step.
    public var keepsGoing: Bool

    public init(
        graph: Graph, log: String, executor: any StepExecutor = LocalExecutor(),
        jobs: Int = ProcessInfo.processInfo.activeProcessorCount, keepsGoing: Bool = false
    ) {
        self.graph = graph
        self.log = log
        self.executor = executor
        self.jobs = max(1, jobs)
        self.keepsGoing = keepsGoing
    }

    /// Does `work` while no build can use the log; for removing what builds made. A log that can't
    /// be used guards nothing: it goes with the rest.
    ///
    /// - Throws: `GraphError.busy` where a build is at work, and what `work` throws.
    public static func removing(log: String, _ work: () throws -> Void) throws {
        guard FileManager.default.fileExists(atPath: log) else { return try work() }
        let held: BuildLog
        do throws(GraphError) {
            held = try BuildLog(path: log, writable: true)
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
    /// - Parameter onEvent: called in order, one call at a time.
    public func run(
        goals: [String]? = nil, onEvent: (BuildEvent) -> Void = { _ in }
    ) async throws(GraphError) -> BuildSummary {
        let steps = try graph.closure(of: goals)
        guard var log = try await openLog(onEvent) else {
            var summary = BuildSummary()
            summary.wasInterrupted = true
            summary.skipped = steps.count
            return summary
        }
        var pass = BuildPass(
            graph: graph, plan: Plan(graph: graph, steps: steps),
            files: FileStates(known: log.files))
        try pass.checkInputs(steps)
        var (totals, names): ([String: Int], [String: Int]) = ([:], [:])
        for step in steps {
            totals[graph.steps[step].group, default: 0] += 1
            names[graph.steps[step].name, default: 0] += 1
        }
        onEvent(.planned(steps: totals, names: names))
        let fault = await act(&pass, &log, onEvent)
        if let fault { throw fault }
        pass.summary.wasInterrupted = pass.summary.wasInterrupted || Task.isCancelled
        pass.summary.skipped += pass.plan.unfinished
        if executor.writes { try log.record(pass.files.takeLearnt()) }
        return pass.summary
    }

    /// Waits for the build that holds the log. nil: this one was cancelled before.
    private func openLog(_ onEvent: (BuildEvent) -> Void) async throws(GraphError) -> BuildLog? {
        try await untilFree({ onEvent(.waiting(for: $0)) }) { () throws(GraphError) in
            try BuildLog(path: log, writable: executor.writes)
        }
    }

    /// How long a build that waits for another one pauses before it looks again.
    static let lockPause = Duration.milliseconds(50)

    /// Keeps `jobs` steps running until nothing more may start. Returns what made the log unusable.
    private func act(
        _ pass: inout BuildPass, _ log: inout BuildLog, _ onEvent: (BuildEvent) -> Void
    ) async -> GraphError? {
        await withTaskGroup(of: (Int, StepOutcome).self) { group in
            var running = 0
            while true {
                while running < jobs, mayStart(pass), let index = pass.plan.next() {
                    let step = graph.steps[index]
                    guard let reason = pass.decide(index, log.entries[step.key], log.failed) else {
                        onEvent(.upToDate(step))
                        continue
                    }
                    onEvent(.started(step, reason))
                    let executor = executor
                    if executor.writes { step.makeDirectories() }
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

    private func mayStart(_ pass: BuildPass) -> Bool {
        !Task.isCancelled && !pass.summary.wasInterrupted
            && (keepsGoing || pass.summary.failures.isEmpty)
    }

    private func record(
        _ index: Int, _ outcome: StepOutcome, pass: inout BuildPass, log: inout BuildLog
    ) throws(GraphError) {
        let step = graph.steps[index]
        switch outcome {
        case .pretended: return
        case .failed, .interrupted: try log.recordFailure(key: step.key)
        case .succeeded:
            guard let entry = pass.entries.removeValue(forKey: index) else {
                preconditionFailure("step '\(step.name)' succeeded and left no entry for the log")
            }
            try log.record(entry, key: step.key)
        }
    }
}

extension Step {
    func makeDirectories() {
        for path in outputs + (depfile.map { [$0] } ?? []) {
            let directory = URL(fileURLWithPath: path).deletingLastPathComponent().path
            // Where it can't be made, the step itself fails and tells why.
            try? FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true)
        }
    }
}
