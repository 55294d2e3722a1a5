import Foundation

/// What earlier builds did, kept in a file that is only ever appended to (see `LogRecord`).
///
/// Opened for writing it is locked, so that two builds never work on the same outputs. Opened for
/// reading (a dry run) neither the file nor its directory is touched.
struct BuildLog: ~Copyable {
    private(set) var entries: [String: LogEntry] = [:]
    private(set) var failed: Set<String> = []
    private(set) var files: [String: KnownFile] = [:]

    private let path: String
    private var descriptor: Int32 = -1
    private var numbers: [String: Int] = [:]
    private var paths: [String] = []
    private var lines = 0

    /// Lines per live record beyond which the file is written anew.
    static let compactionFactor = 3
    static let compactionMin = 1_000
    static let sizeMax = 1 << 30

    init(path: String, writable: Bool) throws(GraphError) {
        self.path = path
        if writable { try open() }
        let valid = try read()
        guard writable else { return }
        // A line that was cut off by a crash must not be continued by the next one.
        ftruncate(descriptor, off_t(valid))
        if valid == 0 { try append([LogRecord.header + "\n"]) }
        let live = entries.count + failed.count + files.count + paths.count
        if lines > Self.compactionMin, lines > live * Self.compactionFactor { try compact() }
    }

    deinit { releaseLock(descriptor) }

    /// Records that a step ended well.
    mutating func record(_ entry: LogEntry, key: String) throws(GraphError) {
        entries[key] = entry
        failed.remove(key)
        var new: [String] = []
        let record = LogRecord.step(file: number(key, &new), numbered(entry, &new))
        try append(new + [record.line])
    }

    /// Records that a step's outputs are not valid.
    mutating func recordFailure(key: String) throws(GraphError) {
        failed.insert(key)
        var new: [String] = []
        let record = LogRecord.failed(file: number(key, &new))
        try append(new + [record.line])
    }

    mutating func record(_ learnt: [(path: String, file: KnownFile)]) throws(GraphError) {
        guard !learnt.isEmpty else { return }
        var new: [String] = []
        var records: [String] = []
        for (path, file) in learnt {
            files[path] = file
            records.append(LogRecord.seen(file: number(path, &new), file).line)
        }
        try append(new + records)
    }

    private mutating func open() throws(GraphError) {
        let directory = URL(fileURLWithPath: path).deletingLastPathComponent().path
        try? FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        while true {
            // Without waiting: a pipe in its place would wait for a writer.
            descriptor = Glibc.open(
                path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0o644)
            guard descriptor >= 0 else { throw .logUnusable(path: path, reason: lastError()) }
            var mine = stat()
            guard fstat(descriptor, &mine) == 0, mine.st_mode & S_IFMT == S_IFREG else {
                shut()
                throw .logUnusable(path: path, reason: "it is no regular file")
            }
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                shut()
                throw .busy(log: path, holder: LockHolder(ofFile: mine.st_ino))
            }
            var current = stat()
            if stat(path, &current) == 0, mine.st_ino == current.st_ino { return }
            // A build that compacts replaces the file: a lock on the replaced one guards nothing.
            releaseLock(descriptor)
        }
    }

    private mutating func shut() {
        close(descriptor)
        descriptor = -1
    }

    /// Returns how many bytes from the beginning are valid.
    private mutating func read() throws(GraphError) -> Int {
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
        else { return 0 }
        guard data.count <= Self.sizeMax else { return 0 }
        let bytes = [UInt8](data)
        var position = 0
        while let end = bytes[position...].firstIndex(of: 0x0a) {
            let line = bytes[position..<end]
            if position == 0 {
                // Another version's log: begin again. Its lines might mean something else.
                guard line.elementsEqual(LogRecord.header.utf8) else { return 0 }
            } else {
                guard let record = LogRecord(line: line), apply(record) else { return position }
                lines += 1
            }
            position = end + 1
        }
        return position
    }

    /// False: the record names a file that the log does not know.
    private mutating func apply(_ record: LogRecord) -> Bool {
        switch record {
        case .file(let path):
            numbers[path] = paths.count
            paths.append(path)
        case .seen(let file, let known):
            guard paths.indices.contains(file) else { return false }
            files[paths[file]] = known
        case .failed(let file):
            guard paths.indices.contains(file) else { return false }
            failed.insert(paths[file])
        case .step(let file, let numbered):
            guard paths.indices.contains(file),
                numbered.files.allSatisfy({ paths.indices.contains($0.number) }),
                numbered.absent.allSatisfy(paths.indices.contains)
            else { return false }
            entries[paths[file]] = named(numbered)
            failed.remove(paths[file])
        }
        return true
    }

    private func named(_ numbered: LogEntry.Numbered) -> LogEntry {
        func files(_ range: Range<Int>) -> [String: Fingerprint] {
            Dictionary(
                numbered.files[range].map { (paths[$0.number], $0.content) },
                uniquingKeysWith: { $1 })
        }
        let discovered = numbered.inputs + numbered.discovered
        return LogEntry(
            command: numbered.command, environment: numbered.environment, tool: numbered.tool,
            inputs: files(0..<numbered.inputs), discovered: files(numbered.inputs..<discovered),
            outputs: files(discovered..<numbered.files.count),
            absent: Set(numbered.absent.map { paths[$0] }))
    }

    private mutating func numbered(
        _ entry: LogEntry, _ new: inout [String]
    ) -> LogEntry.Numbered {
        var files: [(number: Int, content: Fingerprint)] = []
        for group in [entry.inputs, entry.discovered, entry.outputs] {
            for (path, content) in group.sorted(by: { $0.key < $1.key }) {
                files.append((number(path, &new), content))
            }
        }
        return LogEntry.Numbered(
            command: entry.command, environment: entry.environment, tool: entry.tool, files: files,
            inputs: entry.inputs.count, discovered: entry.discovered.count,
            absent: entry.absent.sorted().map { number($0, &new) })
    }

    /// The number of a path; a new one's line is added to `new`.
    private mutating func number(_ path: String, _ new: inout [String]) -> Int {
        if let number = numbers[path] { return number }
        numbers[path] = paths.count
        paths.append(path)
        new.append(LogRecord.file(path).line)
        return paths.count - 1
    }

    /// All lines go out in one write, so that a crash cuts at most the last one.
    private mutating func append(_ text: [String]) throws(GraphError) {
        guard descriptor >= 0 else { return }
        lines += text.count
        var bytes = Array(text.joined().utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 || errno == EINTR else {
                throw .logUnusable(path: path, reason: lastError())
            }
            bytes = bytes.dropFirst(max(0, count))
        }
    }

    /// Writes the live records to a new file, which replaces the log and is locked like it.
    private mutating func compact() throws(GraphError) {
        let (oldEntries, oldFailed, oldFiles) = (entries, failed, files)
        let temporary = "\(path).new"
        let old = descriptor
        unlink(temporary)
        descriptor = Glibc.open(temporary, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw .logUnusable(path: temporary, reason: lastError())
        }
        (numbers, paths, lines) = ([:], [], 0)
        try append([LogRecord.header + "\n"])
        // What is gone from the disk needs no record: it would be made again anyway.
        for (key, entry) in oldEntries where FileStamp.of(key) != nil {
            try record(entry, key: key)
        }
        for key in oldFailed.sorted() { try recordFailure(key: key) }
        try record(oldFiles.filter { FileStamp.of($0.key) != nil }.map { ($0.key, $0.value) })
        fsync(descriptor)
        guard rename(temporary, path) == 0 else {
            throw .logUnusable(path: path, reason: lastError())
        }
        releaseLock(old)
    }
}

/// The words of the operating system for its last error.
func lastError() -> String { String(cString: strerror(errno)).lowercased() }
