import Glibc

/// What earlier builds did, kept in a file that is only ever appended to (see `LogFormat`).
///
/// Opened for writing it is locked, so that two builds never work on the same outputs. Opened for
/// reading (a dry run) neither the file nor its directory is touched.
struct BuildLog: ~Copyable {
    private var file: LogFile
    private let isWritable: Bool
    /// As it was when the log was opened; numbers go on.
    private var index: LogIndex

    /// Items per live one beyond which the file is written anew.
    static let compactionFactor = 3
    static let compactionMin = 1_000
    /// About how many words one block of a log that is written anew has.
    static let blockWords = 1 << 14

    /// - Parameter files: gets the paths that the log knows and what it knows of their content.
    static func open(
        _ path: String, writable: Bool, files: inout FileStates
    ) throws(GraphError) -> BuildLog {
        var log = BuildLog(try LogFile(path, locks: writable), isWritable: writable, &files)
        if writable { try log.prepare(&files) }
        return log
    }

    private init(_ file: consuming LogFile, isWritable: Bool, _ files: inout FileStates) {
        index = LogIndex(file.read(), &files)
        self.file = file
        self.isWritable = isWritable
    }

    private mutating func prepare(_ files: inout FileStates) throws(GraphError) {
        // A block that was cut off by a crash must not be continued by the next one.
        file.cut(to: index.validCount)
        if index.validCount == 0 { try file.append(LogFormat.signature) }
        // A file has a path, a content and a stamp.
        let live = index.stepCount + index.failed.count + 3 * index.texts.count
        if index.itemCount > max(Self.compactionMin, live * Self.compactionFactor) {
            try compact(&files)
        }
    }

    /// Whether a step's outputs are not valid.
    func hasFailed(_ file: FileNumber) -> Bool { index.failed.contains(file) }

    /// What an earlier build knew of the step whose first output this is.
    func step(_ file: FileNumber) -> LoggedStep? { index.step(file) }

    /// Records that a step ended well.
    mutating func record(
        _ entry: LogEntry, key: FileNumber, files: inout FileStates
    ) throws(GraphError) {
        var block = LogBlock()
        index.add(entry, key: key, &files, to: &block)
        try append(block)
    }

    /// Records that a step's outputs are not valid.
    mutating func recordFailure(key: FileNumber, files: FileStates) throws(GraphError) {
        var block = LogBlock()
        index.addFailed(key, files, to: &block)
        try append(block)
    }

    /// Records what a build found out about files.
    mutating func record(
        _ learnt: [(file: FileNumber, contents: KnownFile)], files: FileStates
    ) throws(GraphError) {
        guard !learnt.isEmpty else { return }
        var block = LogBlock()
        for (file, known) in learnt { index.add(known, of: file, files, to: &block) }
        try append(block)
    }

    private mutating func append(_ block: consuming LogBlock) throws(GraphError) {
        guard isWritable else { return }
        try file.append(block.finished())
    }

    /// Writes what still counts to a new file, which replaces the log.
    private mutating func compact(_ files: inout FileStates) throws(GraphError) {
        let blocks = live(&files)
        try file.replace { file throws(GraphError) in
            for block in blocks { try file.append(block) }
        }
        // Positions are those of the new file.
        index = LogIndex(file.read(), &files)
    }

    private func live(_ files: inout FileStates) -> [[UInt32]] {
        var new = LogIndex([], &files)
        var blocks = [LogFormat.signature]
        var block = LogBlock()
        func flush(from least: Int) {
            guard block.size > least else { return }
            blocks.append(block.finished())
            block = LogBlock()
        }
        // What is gone from the disk needs no item: it would be made again anyway.
        for (file, contents) in files.allKnown where FileStamp.of(files.path(file)) != nil {
            new.add(contents, of: file, files, to: &block)
            flush(from: Self.blockWords)
        }
        for key in index.steps where FileStamp.of(files.path(key)) != nil {
            guard let step = index.step(key) else { continue }
            new.add(step.entry(toolText: files.path(step.tool)), key: key, &files, to: &block)
            flush(from: Self.blockWords)
        }
        for key in index.failed.sorted() { new.addFailed(key, files, to: &block) }
        flush(from: LogBlock().size)
        return blocks
    }
}
