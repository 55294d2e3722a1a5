import Glibc

/// Bounds the handshakes under way with one address, or through one jump host.
///
/// sshd drops connections that have not yet authenticated at random past the tenth (MaxStartups
/// 10:30:100), which a user would see as a host that fails now and then.
final class HandshakeGate: Sendable {
    static let shared = HandshakeGate(width: 8)

    private let width: Int
    private let state = GuardedCounts()

    init(width: Int) { self.width = width }

    /// Waits for a place, and gives it back when `body` ends. What is cancelled needs none.
    func pass<Value, Failure: Error>(
        _ key: String, unless cancellation: Cancellation, _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        guard state.enter(key, width: width, unless: cancellation) else { return try body() }
        defer { state.leave(key) }
        return try body()
    }

    /// Lets one less through from now on: the address dropped one.
    func narrow(_ key: String) { state.narrow(key, from: width) }
}

/// Safe because: `counts` and `widths` are read and written only while `lock` is held.
private final class GuardedCounts: @unchecked Sendable {
    private let lock = SystemLock()
    private let left = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var counts: [String: Int] = [:]
    /// Of those that had to be narrowed.
    private var widths: [String: Int] = [:]

    init() { pthread_cond_init(left, nil) }

    deinit {
        pthread_cond_destroy(left)
        left.deallocate()
    }

    /// false: it was cancelled.
    func enter(_ key: String, width: Int, unless cancellation: Cancellation) -> Bool {
        lock.lock()
        defer { lock.unlock() }
        while counts[key, default: 0] >= widths[key, default: width] {
            if cancellation.isCancelled { return false }
            var soon = timespec()
            clock_gettime(CLOCK_REALTIME, &soon)
            soon.tv_nsec += Int(Cancellation.interval.components.attoseconds / 1_000_000_000)
            soon.tv_sec += soon.tv_nsec / 1_000_000_000
            soon.tv_nsec %= 1_000_000_000
            pthread_cond_timedwait(left, lock.mutex, &soon)
        }
        counts[key, default: 0] += 1
        return true
    }

    func narrow(_ key: String, from width: Int) {
        lock.lock()
        defer { lock.unlock() }
        widths[key] = max(1, widths[key, default: width] - 1)
    }

    func leave(_ key: String) {
        lock.lock()
        defer { lock.unlock() }
        let rest = counts[key, default: 1] - 1
        counts[key] = rest == 0 ? nil : rest
        pthread_cond_broadcast(left)
    }
}
