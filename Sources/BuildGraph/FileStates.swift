import Foundation

/// What stat(2) says of a file. Where none of it changed, the content is taken to be the same.
struct FileStamp: Hashable, Sendable {
    var size: Int64
    /// Nanoseconds since 1970.
    var modified: Int64
    /// Change of the inode: differs where a tool restored the time of modification.
    var changed: Int64
    var inode: UInt64

    /// nil: the file does not exist, or is no regular file.
    static func of(_ path: String) -> FileStamp? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return FileStamp(
            size: Int64(status.st_size), modified: nanoseconds(status.st_mtim),
            changed: nanoseconds(status.st_ctim), inode: UInt64(status.st_ino))
    }

    private static func nanoseconds(_ time: timespec) -> Int64 {
        Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }

    static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return nanoseconds(time)
    }
}

/// A file's content as it was when its stamp was taken.
struct KnownFile: Hashable, Sendable {
    var stamp: FileStamp
    var fingerprint: Fingerprint
}

/// The contents of files, read once in a build and only where their stamp changed since the last
/// one.
struct FileStates {
    /// From the log, and what this build learnt.
    private(set) var known: [String: KnownFile]
    /// Learnt in this build; taken by `takeLearnt`.
    private var learnt: Set<String> = []
    /// Asked already in this build; nil: it does not exist.
    private var current: [String: Fingerprint?] = [:]
    private var existing: [String: Bool] = [:]

    /// A file that changed within this time before it was read may change again under the same
    /// stamp, because clocks of file systems tick in steps. Its content is not remembered beyond
    /// this build.
    static let racyNanoseconds: Int64 = 50_000_000

    init(known: [String: KnownFile]) { self.known = known }

    /// nil: no such file.
    mutating func fingerprint(of path: String) -> Fingerprint? {
        if let answer = current[path] { return answer }
        let answer = read(path)
        current[path] = .some(answer)
        return answer
    }

    /// Whether there is anything of this name.
    mutating func exists(_ path: String) -> Bool {
        if let answer = existing[path] { return answer }
        var status = stat()
        let answer = stat(path, &status) == 0
        existing[path] = answer
        return answer
    }

    /// Forgets what this build knows of a file that a step may have written.
    mutating func invalidate(_ path: String) {
        current[path] = nil
        existing[path] = nil
    }

    /// What the log does not know yet.
    mutating func takeLearnt() -> [(path: String, file: KnownFile)] {
        defer { learnt = [] }
        return learnt.sorted().compactMap { path in known[path].map { (path, $0) } }
    }

    private mutating func read(_ path: String) -> Fingerprint? {
        guard let stamp = FileStamp.of(path) else { return nil }
        if let file = known[path], file.stamp == stamp { return file.fingerprint }
        let begin = FileStamp.now
        // A file that can't be read is told by the step that needs it.
        guard let fingerprint = try? Fingerprint.ofFile(path) else { return .unknown }
        // The stamp stands for the content only if nobody wrote while it was read.
        if FileStamp.of(path) == stamp, stamp.changed < begin - Self.racyNanoseconds {
            known[path] = KnownFile(stamp: stamp, fingerprint: fingerprint)
            learnt.insert(path)
        }
        return fingerprint
    }
}
