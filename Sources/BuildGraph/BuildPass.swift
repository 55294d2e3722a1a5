import Foundation

/// What one build knows while it goes on.
struct BuildPass {
    let graph: Graph
    var plan: Plan
    var files: FileStates
    var summary = BuildSummary()
    /// Entries of the steps that ended well, until they are in the log.
    var entries: [Int: LogEntry] = [:]

    /// Contents and time when a step started: what changes later is a change for the next build.
    private var begun: [Int: (inputs: [String: Fingerprint], time: Int64)] = [:]
    /// Outputs that a dry run would make.
    private var pending: Set<String> = []

    init(graph: Graph, plan: Plan, files: FileStates) {
        self.graph = graph
        self.plan = plan
        self.files = files
    }

    /// Every input is made by a step or exists.
    mutating func checkInputs(_ steps: [Int]) throws(GraphError) {
        for index in steps {
            let step = graph.steps[index]
            for path in step.inputs + step.orderOnly where graph.producers[path] == nil {
                guard files.fingerprint(of: path) != nil else {
                    throw .missingInput(path: path, step: step.name)
                }
            }
        }
    }

    /// Why a step must run. nil: it is up to date, and the plan knows.
    mutating func decide(_ index: Int, _ last: LogEntry?, _ failed: Set<String>) -> Reason? {
        let step = graph.steps[index]
        let reason = step.reason(
            last: last, failedBefore: failed.contains(step.key), pending: pending, files: &files)
        guard let reason else {
            summary.upToDate += 1
            plan.succeeded(index)
            return nil
        }
        summary.ran.append((step, reason))
        var inputs: [String: Fingerprint] = [:]
        for path in step.inputs { inputs[path] = files.fingerprint(of: path) ?? .unknown }
        begun[index] = (inputs, FileStamp.now)
        return reason
    }

    /// Takes a step's end into account. A step that lacks an output failed, whatever it said.
    mutating func finish(_ index: Int, _ outcome: StepOutcome) -> StepOutcome {
        let step = graph.steps[index]
        for path in step.outputs { files.invalidate(path) }
        switch outcome {
        case .pretended:
            pending.formUnion(step.outputs)
            plan.succeeded(index)
            return outcome
        case .interrupted:
            summary.wasInterrupted = true
            abandon(index)
            return outcome
        case .failed(let output, let status):
            fail(index, output: output, status: status)
            return outcome
        case .succeeded(let output, let written):
            do throws(StepFault) {
                entries[index] = try entry(index, written: written)
                plan.succeeded(index)
                return outcome
            } catch {
                fail(index, output: output, status: error.summary)
                return .failed(output: output, status: error.summary)
            }
        }
    }

    private struct StepFault: Error { var summary: String }

    private mutating func entry(_ index: Int, written: [String]) throws(StepFault) -> LogEntry {
        let step = graph.steps[index]
        let identity = step.identity
        let (inputs, time) = begun[index] ?? ([:], 0)
        var outputs: [String: Fingerprint] = [:]
        for path in step.outputs + written {
            files.invalidate(path)
            guard let content = files.fingerprint(of: path) else {
                throw StepFault(summary: "it did not write '\(path)'")
            }
            outputs[path] = content
        }
        var entry = LogEntry(
            command: identity.command, environment: identity.environment, tool: identity.tool,
            inputs: inputs, discovered: [:], outputs: outputs)
        try discover(step, since: time, into: &entry)
        return entry
    }

    private mutating func discover(
        _ step: Step, since time: Int64, into entry: inout LogEntry
    ) throws(StepFault) {
        guard let depfile = step.depfile else { return }
        guard let data = FileManager.default.contents(atPath: depfile) else {
            throw StepFault(summary: "it did not write '\(depfile)'")
        }
        let base = step.directory
        let named = Depfile.prerequisites(in: String(decoding: data, as: UTF8.self))
            .map { normalised($0.hasPrefix("/") ? $0 : "\(base)/\($0)") }
        let discovery = step.discovering?(named) ?? Step.Discovery(read: named)
        for absolute in discovery.read where !step.inputs.contains(absolute) {
            // It may have changed after the command read it: the next build must look again.
            let isOlder = FileStamp.of(absolute).map { $0.changed < time } ?? false
            let isMade = graph.producers[absolute] != nil
            let content = isOlder || isMade ? files.fingerprint(of: absolute) : nil
            entry.discovered[absolute] = content ?? .unknown
        }
        for path in discovery.absent {
            if let missing = missing(path) {
                entry.absent.insert(missing)
            } else if FileStamp.of(path).map({ $0.changed >= time }) ?? false {
                // It appeared since the command started, which may have missed it.
                entry.discovered[path] = .unknown
            }
        }
    }

    /// The path itself, or the uppermost directory of it that does not exist: a whole tree of names
    /// is missing with one. nil: it exists.
    private mutating func missing(_ path: String) -> String? {
        guard !files.exists(path) else { return nil }
        var missing = path[...]
        while let slash = missing.lastIndex(of: "/"), slash > missing.startIndex,
            !files.exists(String(missing[..<slash]))
        {
            missing = missing[..<slash]
        }
        return String(missing)
    }

    private mutating func fail(_ index: Int, output: String, status: String) {
        let step = graph.steps[index]
        var command: [String]?
        if case .command(let started) = step.action { command = started.arguments }
        summary.failures.append(
            StepFailure(
                step: step.name, group: step.group, command: command, output: output,
                status: status))
        abandon(index)
    }

    /// Nobody can tell how much of an output was written: away with it.
    private mutating func abandon(_ index: Int) {
        let step = graph.steps[index]
        for path in step.outputs {
            if !step.isDelegated { unlink(path) }
            files.invalidate(path)
        }
        summary.skipped += plan.failed(index)
    }
}

extension Step {
    /// What relative paths of the depfile are relative to.
    var directory: String {
        if case .command(let command) = action { return command.directory }
        return "/"
    }
}

/// Without `.`, `..` and doubled slashes; a path with none of them stays as it is.
func normalised(_ path: String) -> String {
    guard path.contains("/.") || path.contains("//") else { return path }
    return URL(fileURLWithPath: path).standardizedFileURL.path
}
