import Glibc

/// The file of a build log: locked from being opened until it is given up, read whole, only ever
/// appended to.
struct LogFile: ~Copyable {
    let path: String
    private var descriptor: Int32 = -1

    static let sizeMax = 1 << 30

    /// - Parameter locks: the file is made, with its directory, where it is missing, and locked. Else
    ///   it is for reading, and neither of them is touched.
    /// - Throws: `GraphError.busy`, `GraphError.logUnusable`.
    init(_ path: String, locks: Bool) throws(GraphError) {
        self.path = path
        guard locks else { return }
        do throws(SystemFailure) {
            try makeDirectories(above: path)
        } catch {
            throw .directoryUnusable(error.diagnostic.summary)
        }
        while true {
            // Without waiting: a pipe in its place would wait for a writer.
            descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0o644)
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
            descriptor = -1
        }
    }

    deinit { releaseLock(descriptor) }

    private mutating func shut() {
        close(descriptor)
        descriptor = -1
    }

    /// The whole file, but for a part of a word at its end. A copy: another build may cut off a torn
    /// end while a dry run reads.
    func read() -> [UInt32] {
        let file = descriptor >= 0 ? descriptor : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { return [] }
        defer { if descriptor < 0 { close(file) } }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            status.st_size <= Self.sizeMax
        else { return [] }
        return [UInt32](unsafeUninitializedCapacity: Int(status.st_size) / 4) { words, count in
            let bytes = UnsafeMutableRawBufferPointer(words)
            var filled = 0
            while filled < words.count * 4 {
                let read = pread(
                    file, bytes.baseAddress.map { $0 + filled }, words.count * 4 - filled,
                    off_t(filled))
                if read < 0, errno == EINTR { continue }
                guard read > 0 else { break }
                filled += read
            }
            count = filled / 4
        }
    }

    /// Drops what lies behind so many words.
    func cut(to words: Int) { ftruncate(descriptor, off_t(words * 4)) }

    /// In one write where the system lets it, so that a crash cuts at most the last block.
    func append(_ words: [UInt32]) throws(GraphError) {
        let isDone = words.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = write(
                    descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                guard count > 0 || errno == EINTR else { return false }
                rest = rest.dropFirst(max(0, count))
            }
            return true
        }
        guard isDone else { throw .logUnusable(path: path, reason: lastError()) }
    }

    /// Puts another file in this one's place, which is locked like it.
    ///
    /// - Parameter fill: appends what the new file has.
    mutating func replace(
        _ fill: (borrowing LogFile) throws(GraphError) -> Void
    ) throws(GraphError) {
        let temporary = "\(path).new"
        unlink(temporary)
        let new = try LogFile(temporary, locks: true)
        try fill(new)
        fsync(new.descriptor)
        guard rename(temporary, path) == 0 else {
            throw .logUnusable(path: path, reason: lastError())
        }
        swap(to: new)
    }

    /// The descriptors change places: the old file is given up with `other`.
    private mutating func swap(to other: consuming LogFile) {
        (descriptor, other.descriptor) = (other.descriptor, descriptor)
    }
}

/// The words of the operating system for its last error.
func lastError() -> String { String(cString: strerror(errno)).lowercased() }
