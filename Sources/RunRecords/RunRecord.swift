import Glibc

/// The files of a run's record, and whether the run goes on.
public enum RunRecord {
    /// The path of `run.json` in a run's directory.
    public static func description(in directory: String) -> String { "\(directory)/run.json" }

    /// The path of `events.jsonl` in a run's directory.
    public static func eventLog(in directory: String) -> String { "\(directory)/events.jsonl" }

    /// Whether the run whose directory this is goes on: its master holds a lock on its event log
    /// until its process ends, in whatever way.
    public static func isAlive(directory: String) -> Bool {
        let file = open(eventLog(in: directory), O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else { return false }
        defer { close(file) }
        return flock(file, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }
}
