import Glibc

/// What stat(2) says of a file. Where none of it changed, the content is taken to be the same.
struct FileStamp: Hashable, Sendable {
    var size: Int64
    /// Nanoseconds since 1970.
    var modified: Int64
    /// Change of the inode: differs where a tool restored the time of modification.
    var changed: Int64
    var inode: UInt64

    init(size: Int64, modified: Int64, changed: Int64, inode: UInt64) {
        self.size = size
        self.modified = modified
        self.changed = changed
        self.inode = inode
    }

    init(_ status: stat) {
        size = Int64(status.st_size)
        modified = Self.nanoseconds(status.st_mtim)
        changed = Self.nanoseconds(status.st_ctim)
        inode = UInt64(status.st_ino)
    }

    /// nil: the file does not exist, or is no regular file.
    static func of(_ path: String) -> FileStamp? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return FileStamp(status)
    }

    private static func nanoseconds(_ time: timespec) -> Int64 {
        Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }

    /// The clock that the kernel stamps files by, which ticks some hundred times a second: a file that
    /// is written from now on gets no earlier time.
    static var now: Int64 {
        var time = timespec()
        clock_gettime(clockid_t(CLOCK_REALTIME_COARSE), &time)
        return nanoseconds(time)
    }

    /// Waits until the clock is beyond `time`, a few milliseconds at most: what was written before this
    /// build can be told from what changes while a step runs.
    static func tick(after time: Int64) async {
        while now <= time, !Task.isCancelled { try? await Task.sleep(for: .milliseconds(1)) }
    }

    /// Whether a file of this stamp may change again at `time` or later and keep the stamp, because
    /// clocks of file systems tick in steps: 50 ms are more than any tick; where all times are whole
    /// seconds, as on FAT, a tick takes up to two.
    func isRacy(at time: Int64) -> Bool {
        let isCoarse = changed % 1_000_000_000 == 0 && modified % 1_000_000_000 == 0
        return changed >= time - (isCoarse ? 2_000_000_000 : 50_000_000)
    }
}

/// A file's content as it was when its stamp was taken.
struct KnownFile: Hashable, Sendable {
    var stamp: FileStamp
    var content: Fingerprint
}
