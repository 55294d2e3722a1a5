extension Step {
    /// The parts of a step that the log compares.
    struct Identity: Hashable, Sendable {
        var command: Fingerprint
        var environment: Fingerprint
        /// As text, so that a change can be told.
        var tool: String
    }

    var identity: Identity {
        switch action {
        case .command(let command):
            var line = TextFingerprint()
            line.add(command.directory)
            for argument in command.arguments { line.add(argument) }
            var environment = TextFingerprint()
            if !command.environment.isEmpty {
                for (name, value) in command.environment.sorted(by: { $0.key < $1.key }) {
                    environment.add(name)
                    environment.add(value)
                }
            }
            return Identity(
                command: line.value, environment: environment.value, tool: command.tool)
        case .function(let function):
            return Identity(
                command: TextFingerprint.of([function.signature]),
                environment: TextFingerprint().value, tool: "")
        }
    }
}

/// Whether a step must run: the rules in order, each of which says why where it says yes.
struct Decision {
    let graph: Graph

    /// Gets what each rule found that said no.
    typealias Note = (Evidence) -> Void

    /// nil: the step's outputs are what it would write.
    ///
    /// - Parameters:
    ///   - last: what is known of its last run that ended well.
    ///   - note: nil: nobody asked.
    func reason(
        for step: Int, last: LoggedStep?, failedBefore: Bool, files: inout FileStates, note: Note?
    ) -> Reason? {
        if graph.steps[step].isDelegated { return .decidesItself }
        if failedBefore { return .failedBefore }
        guard let last else { return .neverBuilt }
        return identityReason(step, last, files, note)
            ?? inputReason(step, last, &files, note)
            ?? discoveredReason(last, &files, note)
            ?? absentReason(last, &files, note)
            ?? outputReason(step, last, &files, note)
    }

    private func identityReason(
        _ step: Int, _ last: LoggedStep, _ files: FileStates, _ note: Note?
    ) -> Reason? {
        let identity = graph.steps[step].identity
        // The same tool has the same number: its text is needed only where it is told.
        if files.names.find(identity.tool) != last.tool {
            return .toolChanged(from: files.path(last.tool), to: identity.tool)
        }
        if last.command != identity.command { return .commandChanged }
        if last.environment != identity.environment { return .environmentChanged }
        note?(.sameCommand(tool: identity.tool))
        return nil
    }

    private func inputReason(
        _ step: Int, _ last: LoggedStep, _ files: inout FileStates, _ note: Note?
    ) -> Reason? {
        let now = graph.inputs.range(step)
        let before = last.inputs
        // Made only where the files are others, or came in another order.
        var contents: [FileNumber: Fingerprint]?
        for (index, place) in now.enumerated() {
            let file = graph.inputs.values[place]
            let state = files.state(of: file)
            if state == .pending { return .inputPending(path: files.path(file)) }
            var recorded: Fingerprint?
            if index < before.count {
                let version = last.version(before.lowerBound + index)
                if version.file == file { recorded = version.content }
            }
            if recorded == nil {
                contents = contents ?? Self.contents(last)
                recorded = contents?[file]
            }
            guard let recorded else { return .inputAdded(path: files.path(file)) }
            guard isSame(state, recorded) else {
                let path = files.path(file)
                return recorded == .unknown
                    ? .changedMeanwhile(path: path) : .inputChanged(path: path)
            }
            note?(.sameInput(path: files.path(file), wasRead: files.wasRead(file)))
        }
        guard before.count > now.count else { return nil }
        let mine = Set(graph.inputs[step])
        return before.map { last.version($0).file }.first { !mine.contains($0) }
            .map { .inputRemoved(path: files.path($0)) }
    }

    private static func contents(_ last: LoggedStep) -> [FileNumber: Fingerprint] {
        Dictionary(
            last.inputs.map { (last.version($0).file, last.version($0).content) },
            uniquingKeysWith: { $1 })
    }

    private func discoveredReason(
        _ last: LoggedStep, _ files: inout FileStates, _ note: Note?
    ) -> Reason? {
        for index in last.discovered {
            let version = last.version(index)
            let state = files.state(of: version.file)
            if isSame(state, version.content) {
                note?(
                    .sameHeader(
                        path: files.path(version.file), wasRead: files.wasRead(version.file)))
                continue
            }
            let path = files.path(version.file)
            return switch state {
            case .pending: .inputPending(path: path)
            case .absent, .other: .headerMissing(path: path)
            case .file where version.content == .unknown: .changedMeanwhile(path: path)
            case .file: .headerChanged(path: path)
            }
        }
        return nil
    }

    private func absentReason(
        _ last: LoggedStep, _ files: inout FileStates, _ note: Note?
    ) -> Reason? {
        for index in last.absent {
            let file = last.file(index)
            switch files.state(of: file) {
            case .absent: note?(.stillAbsent(path: files.path(file)))
            case .pending: return .inputPending(path: files.path(file))
            case .other, .file: return .headerAppeared(path: files.path(file))
            }
        }
        return nil
    }

    private func outputReason(
        _ step: Int, _ last: LoggedStep, _ files: inout FileStates, _ note: Note?
    ) -> Reason? {
        let recorded = last.outputs
        // The log has the step's outputs first, and then what a function wrote beyond them.
        for (index, place) in graph.outputs.range(step).enumerated() {
            let file = graph.outputs.values[place]
            guard index < recorded.count,
                last.version(recorded.lowerBound + index).file == file
                    || recorded.contains(where: { last.version($0).file == file })
            else { return .outputMissing(path: files.path(file)) }
        }
        for index in recorded {
            let version = last.version(index)
            let state = files.state(of: version.file)
            let path = note == nil ? "" : files.path(version.file)
            guard isSame(state, version.content) else {
                let path = files.path(version.file)
                return state.content == nil
                    ? .outputMissing(path: path) : .outputChanged(path: path)
            }
            note?(.sameOutput(path: path, wasRead: files.wasRead(version.file)))
        }
        return nil
    }

    /// A content that nobody knows is the same as none.
    private func isSame(_ state: FileState, _ content: Fingerprint) -> Bool {
        guard case .file(let now) = state else { return false }
        return now == content && now != .unknown
    }
}
