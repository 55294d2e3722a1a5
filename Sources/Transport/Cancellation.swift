import Glibc
import Synchronization

/// Ends what waits for a host on other threads: all that was started with it returns soon, with an
/// error, and what is started with it later does so at once.
public final class Cancellation: Sendable {
    private let isSet = Atomic<Bool>(false)
    /// The first is readable for ever once it is cancelled, so that poll(2) can wait with it. Empty
    /// where the process had no descriptor left: the waits look at `isCancelled` now and then.
    private let ends: [Int32]

    /// What nobody cancels.
    static let never = Cancellation()

    public init() {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        self.ends = socketpair(AF_UNIX, kind, 0, &ends) == 0 ? ends : []
    }

    deinit { for end in ends { close(end) } }

    public func cancel() {
        isSet.store(true, ordering: .releasing)
        for end in ends { shutdown(end, Int32(SHUT_RDWR)) }
    }

    public var isCancelled: Bool { isSet.load(ordering: .acquiring) }

    /// How long a wait may last that no descriptor can end.
    static let interval: Duration = .milliseconds(100)

    /// Waits as `poll` does, and no longer than until it is cancelled.
    func wait(for descriptors: [PollDescriptor], atMost limit: Duration) {
        guard !isCancelled else { return }
        guard let descriptor = ends.first else {
            poll(descriptors, for: min(limit, Self.interval))
            return
        }
        let own = PollDescriptor(descriptor: descriptor, wantsRead: true, wantsWrite: false)
        poll(descriptors + [own], for: limit)
    }
}
