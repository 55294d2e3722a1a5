/// What one build knows while it goes on.
struct BuildPass {
    let graph: Graph
    var plan: Plan
    var files: FileStates
    var summary = BuildSummary()
    /// Entries of the steps that ended well, until they are in the log.
    var entries: [Int: LogEntry] = [:]

    /// In the order of the graph.
    private let steps: [Int]
    private let decision: Decision
    private var begun: [Int: Begun] = [:]

    /// What a step's inputs were when it started, and when that was.
    private struct Begun {
        var inputs: [(file: FileNumber, found: KnownFile?)]
        var time: Int64
        /// Files that the command looked for in vain when it ran last, and that were there now.
        var appeared: [FileNumber] = []
    }

    init(graph: Graph, roots: [Int], files: FileStates, _ log: borrowing BuildLog) {
        self.graph = graph
        decision = Decision(graph: graph)
        let (steps, late) = graph.closure(of: roots) { log.step($0) }
        self.steps = steps
        self.files = files
        plan = Plan(graph: graph, steps: steps, late: late)
    }

    /// Looks at all files that decisions are about, if they are many: on several threads that takes
    /// less time than one by one.
    mutating func survey(threads: Int) {
        files.survey(
            threads: threads, in: [graph.outputs, graph.inputs, graph.orderOnly], of: steps)
    }

    /// Every input is made by a step or exists.
    mutating func checkInputs() throws(GraphError) {
        for step in steps {
            try checkInputs(step, graph.inputs)
            try checkInputs(step, graph.orderOnly)
        }
    }

    private mutating func checkInputs(_ step: Int, _ rows: Rows) throws(GraphError) {
        for index in rows.range(step) {
            let file = rows.values[index]
            guard graph.producer(of: file) == nil, files.state(of: file).content == nil else {
                continue
            }
            throw .missingInput(path: files.path(file), step: graph.steps[step].name)
        }
    }

    var plannedEvent: BuildEvent {
        var (totals, names): ([String: Int], [String: Int]) = ([:], [:])
        for step in steps {
            totals[graph.steps[step].group, default: 0] += 1
            names[graph.steps[step].name, default: 0] += 1
        }
        return .planned(steps: totals, names: names)
    }

    /// Why a step must run. nil: it is up to date, and the plan knows.
    ///
    /// - Parameter note: gets what was found for the step to be up to date.
    mutating func decide(
        _ index: Int, _ log: borrowing BuildLog, note: Decision.Note? = nil
    ) -> Reason? {
        let key = graph.key(of: index)
        let reason = decision.reason(
            for: index, last: log.step(key), failedBefore: log.hasFailed(key), files: &files,
            note: note)
        guard let reason else {
            summary.upToDate += 1
            plan.succeeded(index)
            return nil
        }
        summary.ran.append((graph.steps[index], reason))
        return reason
    }

    /// Takes down what a step begins with.
    mutating func begin(_ index: Int, _ log: borrowing BuildLog) {
        // The clock first: what changes once it was asked for has a later stamp, or this one.
        var begun = Begun(inputs: [], time: FileStamp.now)
        begun.inputs = graph.inputs[index].map { file in
            (file, graph.producer(of: file) == nil ? files.current(file) : files.found(file))
        }
        if let last = log.step(graph.key(of: index)) {
            begun.appeared = last.absent.map(last.file).filter { files.state(of: $0) != .absent }
        }
        self.begun[index] = begun
    }

    /// Takes a step's end into account. A step that lacks an output failed, whatever it said.
    mutating func finish(_ index: Int, _ outcome: StepOutcome) -> StepOutcome {
        for file in graph.outputs[index] { files.invalidate(file) }
        switch outcome {
        case .pretended:
            for file in graph.outputs[index] { files.setPending(file) }
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
        guard let begun = begun.removeValue(forKey: index) else {
            preconditionFailure("step '\(step.name)' ended and was not begun")
        }
        var outputs: [FileVersion] = []
        for file in graph.outputs[index] + written.map({ files.number(of: $0) }) {
            files.invalidate(file)
            guard let found = files.current(file) else {
                throw StepFault(summary: "it did not write '\(files.path(file))'")
            }
            outputs.append(FileVersion(file: file, content: found.content))
        }
        let inputs = begun.inputs.map { file, found in
            FileVersion(file: file, content: content(of: file, found, since: begun.time))
        }
        var entry = LogEntry(identity: step.identity, inputs: inputs, outputs: outputs)
        try discover(index, begun, into: &entry)
        return entry
    }

    /// What a step read of an input: known only if nobody wrote the file while the step ran, else it
    /// runs again next time. Even if the file has its old content again, the step may have read
    /// another one.
    private mutating func content(
        of file: FileNumber, _ found: KnownFile?, since time: Int64
    ) -> Fingerprint {
        guard let found, let now = files.current(file), now.stamp == found.stamp else {
            return .unknown
        }
        if found.stamp.changed < time { return found.content }
        // Written just before the step began, or within the same tick of the clock after that.
        files.invalidate(file)
        return files.current(file)?.content == found.content ? found.content : .unknown
    }

    private mutating func discover(
        _ index: Int, _ begun: Begun, into entry: inout LogEntry
    ) throws(StepFault) {
        let step = graph.steps[index]
        guard let depfile = step.depfile else { return }
        guard let bytes = try? fileContents(depfile) else {
            throw StepFault(summary: "it did not write '\(depfile)'")
        }
        let base = step.directory
        let named = Depfile.prerequisites(in: bytes)
            .map { normalised($0.hasPrefix("/") ? $0 : "\(base)/\($0)") }
        let discovery = step.discovering?(named) ?? Step.Discovery(read: named)
        var seen = Set(graph.inputs[index])
        for path in discovery.read {
            let file = files.number(of: path)
            guard seen.insert(file).inserted else { continue }
            entry.discovered.append(
                FileVersion(file: file, content: discoveredContent(file, since: begun.time)))
        }
        for path in discovery.absent {
            if let missing = missing(path) {
                if seen.insert(missing).inserted { entry.absent.append(missing) }
            } else {
                let file = files.number(of: path)
                guard let now = files.current(file), now.stamp.changed >= begun.time,
                    !begun.appeared.contains(file)
                else { continue }
                // It appeared since the command started, which may have missed it.
                entry.discovered.append(FileVersion(file: file, content: .unknown))
            }
        }
    }

    /// The file may have changed after the command read it: then the next build must look again. One
    /// that a step made before this one began may have been written in the same tick of the clock.
    private mutating func discoveredContent(
        _ file: FileNumber, since time: Int64
    ) -> Fingerprint {
        guard let now = files.current(file) else { return .unknown }
        let isMade = graph.producer(of: file) != nil
        let isOlder = now.stamp.changed < time || isMade && now.stamp.changed == time
        return isOlder ? now.content : .unknown
    }

    /// The path itself, or the uppermost directory of it that does not exist: a whole tree of names
    /// is missing with one. nil: it exists.
    private mutating func missing(_ path: String) -> FileNumber? {
        guard isMissing(path) else { return nil }
        var missing = path[...]
        while let slash = missing.lastIndex(of: "/"), slash > missing.startIndex,
            isMissing(String(missing[..<slash]))
        {
            missing = missing[..<slash]
        }
        return files.number(of: String(missing))
    }

    /// What was there earlier in this build may be gone.
    private mutating func isMissing(_ path: String) -> Bool {
        let file = files.number(of: path)
        if files.state(of: file) == .absent { return true }
        _ = files.current(file)
        return files.state(of: file) == .absent
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
        begun[index] = nil
        let isDelegated = graph.steps[index].isDelegated
        for file in graph.outputs[index] {
            if !isDelegated { files.remove(file) }
            files.invalidate(file)
        }
        summary.skipped += plan.failed(index)
    }
}

extension Graph {
    /// The steps that some steps need, with these, in the order of the graph, and what they need by
    /// what the log says that they read or looked for.
    ///
    /// - Parameter logged: what the log knows of the step with this first output.
    func closure(
        of roots: [Int], logged: (FileNumber) -> LoggedStep?
    ) -> (steps: [Int], late: LateNeeds) {
        var late = LateNeeds()
        var isFound = [Bool](repeating: false, count: steps.count)
        var pending: [Int] = []
        func find(_ step: Int) {
            guard !isFound[step] else { return }
            isFound[step] = true
            pending.append(step)
        }
        roots.forEach(find)
        while let step = pending.popLast() {
            for index in needs.range(step) { find(Int(needs.values[index])) }
            guard let last = logged(key(of: step)) else { continue }
            func add(_ file: FileNumber) {
                guard let producer = producer(of: file), producer != step,
                    !needs[step].contains(UInt32(producer))
                else { return }
                late.add(step, needs: producer)
                find(producer)
            }
            for index in last.discovered { add(last.version(index).file) }
            for index in last.absent { add(last.file(index)) }
        }
        return (isFound.indices.filter { isFound[$0] }, late)
    }
}
