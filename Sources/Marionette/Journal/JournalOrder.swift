import Driving
import Glibc
import RunRecords

/// Whether a journal can be kept as the run's description wants it.
extension RunDescription.Journal {
    /// A journal is neither written over nor begun by mistake.
    ///
    /// - Throws: `journalExists`, `journalMissing`, `journalNotBegun`, `journalUnusable`.
    public func check() throws(RunError) {
        var status = stat()
        let isThere = stat(path, &status) == 0
        // Nobody shall be told to remove a device or a directory, nor wait for a pipe's writer.
        if isThere, status.st_mode & S_IFMT != S_IFREG {
            throw .journalUnusable(path: path, reason: "it is not a regular file")
        }
        if resume, !isThere { throw .journalMissing(path: path) }
        if !resume, isThere { throw .journalExists(path: path) }
        if !resume, access(Self.directory(of: path), W_OK | X_OK) != 0 {
            throw Self.notBegun(path)
        }
    }

    /// As `errno` tells it.
    static func notBegun(_ path: String) -> RunError {
        let code = errno
        let reason =
            code == ENOENT
            ? "there is no directory '\(directory(of: path))'" : String(cString: strerror(code))
        return .journalNotBegun(path: path, reason: reason, remedy: remedy(path))
    }

    static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// What to type where no journal can be begun.
    static func remedy(_ path: String) -> String {
        let directory = directory(of: path)
        return access(directory, F_OK) == 0
            ? "choose a directory that can be written" : "mkdir -p '\(directory)'"
    }
}
