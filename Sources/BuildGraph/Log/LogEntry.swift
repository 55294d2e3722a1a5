/// A file with a content that it had.
struct FileVersion: Hashable, Sendable {
    var file: FileNumber
    var content: Fingerprint
}

/// What the log is told of a step that ended well.
struct LogEntry: Hashable, Sendable {
    var identity: Step.Identity
    /// In the order of the step.
    var inputs: [FileVersion]
    /// What the command was found to have read, without `inputs`, in the order of its depfile.
    var discovered: [FileVersion] = []
    /// The step's outputs and what a function wrote beyond them.
    var outputs: [FileVersion]
    /// What must not exist: names that the command looked for, or directories above them.
    var absent: [FileNumber] = []
}

/// What the log knows of a step, where it stands there.
struct LoggedStep {
    fileprivate let words: LogWords
    fileprivate let position: Int
    fileprivate let versions: [FileVersion]
    fileprivate let texts: [FileNumber]

    init(words: LogWords, position: Int, versions: [FileVersion], texts: [FileNumber]) {
        self.words = words
        self.position = position
        self.versions = versions
        self.texts = texts
    }

    var command: Fingerprint { words.content(position + 2) }
    var environment: Fingerprint { words.content(position + 6) }
    /// The text that names the tool.
    var tool: FileNumber { texts[Int(words[position + 10])] }

    private func count(_ list: Int) -> Int { Int(words[position + 11 + list]) }

    private func list(_ list: Int) -> Range<Int> {
        var start = position + LogFormat.stepHead
        for earlier in 0..<list { start += count(earlier) }
        return start..<start + count(list)
    }

    /// Where lists of versions lie, for `version`.
    var inputs: Range<Int> { list(0) }
    var discovered: Range<Int> { list(1) }
    var outputs: Range<Int> { list(2) }
    var absent: Range<Int> { list(3) }

    func version(_ index: Int) -> FileVersion { versions[Int(words[index])] }
    func file(_ index: Int) -> FileNumber { texts[Int(words[index])] }

    /// All of it, in memory of its own.
    func entry(toolText: String) -> LogEntry {
        LogEntry(
            identity: Step.Identity(command: command, environment: environment, tool: toolText),
            inputs: inputs.map(version), discovered: discovered.map(version),
            outputs: outputs.map(version), absent: absent.map(file))
    }
}
