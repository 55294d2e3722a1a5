import Glibc
import Synchronization

/// The limit of open files of this process, which may have been raised here, and that of the
/// processes that it starts, which is as it was.
public enum ChildLimits {
    /// As it was; -1: it was not raised.
    private static let former = Atomic<Int>(-1)

    /// nil: the system does not say.
    public static func descriptors() -> (soft: Int, hard: Int)? {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            return nil
        }
        return (Int(clamping: limit.rlim_cur), Int(clamping: limit.rlim_max))
    }

    public static func raiseDescriptors(to count: Int) -> Bool {
        var limit = rlimit()
        let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(kind, &limit) == 0 else { return false }
        let soft = Int(clamping: limit.rlim_cur)
        limit.rlim_cur = rlim_t(count)
        guard setrlimit(kind, &limit) == 0 else { return false }
        _ = former.compareExchange(expected: -1, desired: soft, ordering: .relaxed)
        return true
    }

    /// The command, executed under the limit that was.
    static func restored(_ command: [String]) -> [String] {
        let former = former.load(ordering: .relaxed)
        guard former >= 0 else { return command }
        return ["sh", "-c", "ulimit -S -n \"$0\"; exec \"$@\"", "\(former)"] + command
    }
}
