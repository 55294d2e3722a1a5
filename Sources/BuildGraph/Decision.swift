extension Step {
    /// The parts of a step that the log compares.
    struct Identity: Hashable, Sendable {
        var command: Fingerprint
        var environment: Fingerprint
        var tool: String
    }

    var identity: Identity {
        switch action {
        case .command(let command):
            let environment = command.environment.sorted { $0.key < $1.key }
            return Identity(
                command: .of([command.directory] + command.arguments),
                environment: .of(environment.flatMap { [$0.key, $0.value] }), tool: command.tool)
        case .function(let function):
            return Identity(command: .of([function.signature]), environment: .of([]), tool: "")
        }
    }

    /// Why the step must run; nil: its outputs are what it would write.
    ///
    /// - Parameter pending: files whose new content a dry run does not know.
    func reason(
        last: LogEntry?, failedBefore: Bool, pending: Set<String>, files: inout FileStates
    ) -> Reason? {
        if isDelegated { return .decidesItself }
        if failedBefore { return .failedBefore }
        guard let last else { return .neverBuilt }
        let identity = identity
        if last.tool != identity.tool { return .toolChanged(from: last.tool, to: identity.tool) }
        if last.command != identity.command { return .commandChanged }
        if last.environment != identity.environment { return .environmentChanged }
        return inputReason(last: last, pending: pending, files: &files)
            ?? outputReason(last: last, files: &files)
    }

    private func inputReason(
        last: LogEntry, pending: Set<String>, files: inout FileStates
    ) -> Reason? {
        for path in inputs {
            if pending.contains(path) { return .inputPending(path: path) }
            guard let before = last.inputs[path] else { return .inputAdded(path: path) }
            if files.fingerprint(of: path) != before { return .inputChanged(path: path) }
        }
        if last.inputs.count > inputs.count,
            let gone = last.inputs.keys.filter({ !inputs.contains($0) }).min()
        {
            return .inputRemoved(path: gone)
        }
        return Self.firstReason(last.discovered) { path, before in
            if pending.contains(path) { return .inputPending(path: path) }
            guard let now = files.fingerprint(of: path) else { return .headerMissing(path: path) }
            return now == before ? nil : .headerChanged(path: path)
        } ?? last.absent.filter { files.exists($0) }.min().map { .headerAppeared(path: $0) }
    }

    private func outputReason(last: LogEntry, files: inout FileStates) -> Reason? {
        for path in outputs where last.outputs[path] == nil { return .outputMissing(path: path) }
        return Self.firstReason(last.outputs) { path, before in
            guard let now = files.fingerprint(of: path) else { return .outputMissing(path: path) }
            return now == before ? nil : .outputChanged(path: path)
        }
    }

    /// The reason of the first path in order: a dictionary's own order would tell another one in
    /// each build.
    private static func firstReason(
        _ contents: [String: Fingerprint], _ decide: (String, Fingerprint) -> Reason?
    ) -> Reason? {
        var first: (path: String, reason: Reason)?
        for (path, before) in contents {
            guard let reason = decide(path, before) else { continue }
            if first.map({ path < $0.path }) ?? true { first = (path, reason) }
        }
        return first?.reason
    }
}
