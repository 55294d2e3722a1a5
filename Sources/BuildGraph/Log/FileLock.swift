import Glibc

/// A lock on a file, which processes of this machine hold in turn. It ends with its owner.
public struct FileLock: ~Copyable, Sendable {
    private let descriptor: Int32

    /// Waits until nobody else holds it. nil: the task was cancelled before.
    ///
    /// - Parameters:
    ///   - path: made, with its directory, where it is missing.
    ///   - onWait: called for each process that is waited for.
    /// - Throws: `GraphError.lockUnusable`.
    public static func take(
        _ path: String, onWait: (LockHolder) -> Void
    ) async throws(GraphError) -> FileLock? {
        try await untilFree(onWait) { () throws(GraphError) in try FileLock(path: path) }
    }

    /// - Throws: `GraphError.busy` where another process holds it; `GraphError.lockUnusable`.
    public init(path: String) throws(GraphError) {
        do {
            try makeDirectories(above: path)
        } catch {
            throw .lockUnusable(path: path, reason: "\(error)")
        }
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0o600)
        guard file >= 0 else { throw .lockUnusable(path: path, reason: lastError()) }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            var status = stat()
            fstat(file, &status)
            close(file)
            throw .busy(log: path, holder: LockHolder(ofFile: status.st_ino))
        }
        descriptor = file
    }

    deinit { releaseLock(descriptor) }
}

/// Unlocks before closing: a process that is just being started elsewhere holds a copy of the
/// descriptor for a moment, and would keep the lock.
func releaseLock(_ descriptor: Int32) {
    guard descriptor >= 0 else { return }
    flock(descriptor, LOCK_UN)
    close(descriptor)
}

/// Tries again and again while another process is busy: a thread that waits in flock(2) can't be
/// cancelled. nil: the task was.
func untilFree<Value: ~Copyable>(
    _ onWait: (LockHolder) -> Void, _ attempt: () throws(GraphError) -> Value
) async throws(GraphError) -> Value? {
    var told: LockHolder?
    while true {
        do throws(GraphError) {
            return try attempt()
        } catch {
            guard case .busy(_, let holder) = error else { throw error }
            // Once for each holder; one that is not known yet may be known the next time.
            if told == nil || holder.process != nil && told?.process != holder.process {
                onWait(holder)
            }
            told = holder
        }
        do { try await Task.sleep(for: Build.lockPause) } catch { return nil }
    }
}
