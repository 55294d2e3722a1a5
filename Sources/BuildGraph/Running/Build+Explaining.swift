extension Build {
    /// Why an output would be made again now, or why not. Nothing is changed, and no build is waited
    /// for.
    ///
    /// - Throws: `GraphError.unknownGoal` and the like, `GraphError.missingInput`.
    public func explain(_ output: String) throws(GraphError) -> Explanation {
        let roots = try graph.producers(of: [output])
        guard let asked = roots.first else { throw .unknownGoal(path: output) }
        let verdicts = try verdicts(roots, explained: asked)
        guard let verdict = verdicts[asked] else {
            preconditionFailure("step '\(graph.steps[asked].name)' was not decided")
        }
        var explanation = Explanation(step: graph.steps[asked], verdict: verdict)
        var next = verdict.reason
        while case .inputPending(let path) = next, let file = graph.paths.find(path),
            let producer = graph.producer(of: file), let reason = verdicts[producer]?.reason
        {
            explanation.causes.append((graph.steps[producer], reason))
            next = reason
        }
        return explanation
    }

    /// What a build would do now with each step of the graph, in its order, without evidence. Nothing
    /// is changed, and no build is waited for.
    public func verdicts() throws(GraphError) -> [Verdict] {
        try verdicts(Array(graph.steps.indices), explained: nil).sorted { $0.key < $1.key }
            .map(\.value)
    }

    /// - Parameter explained: the step whose evidence is wanted.
    private func verdicts(
        _ roots: [Int], explained: Int?
    ) throws(GraphError) -> [Int: Verdict] {
        var files = FileStates(FileNames(graph.paths))
        let log = try BuildLog.open(log, writable: false, files: &files)
        var pass = BuildPass(graph: graph, roots: roots, files: files, log)
        pass.survey(threads: jobs)
        try pass.checkInputs()
        var verdicts: [Int: Verdict] = [:]
        while let index = pass.plan.next() {
            var evidence: [Evidence] = []
            let note: Decision.Note? = index == explained ? { evidence.append($0) } : nil
            if let reason = pass.decide(index, log, note: note) {
                verdicts[index] = .runs(reason)
                _ = pass.finish(index, .pretended)
            } else {
                verdicts[index] = .upToDate(evidence)
            }
        }
        return verdicts
    }
}
