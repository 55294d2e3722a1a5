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

    /// Waits for a place, and gives it back when `body` ends.
    func pass<Value, Failure: Error>(
        _ key: String, _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        state.enter(key, width: width)
        defer { state.leave(key) }
        return try body()
    }
}

/// Safe because: `counts` is read and written only while `lock` is held.
private final class GuardedCounts: @unchecked Sendable {
    private let lock = SystemLock()
    private let left = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var counts: [String: Int] = [:]

    init() { pthread_cond_init(left, nil) }

    deinit {
        pthread_cond_destroy(left)
        left.deallocate()
    }

    func enter(_ key: String, width: Int) {
        lock.lock()
        defer { lock.unlock() }
        while counts[key, default: 0] >= width { pthread_cond_wait(left, lock.mutex) }
        counts[key, default: 0] += 1
    }

    func leave(_ key: String) {
        lock.lock()
        defer { lock.unlock() }
        let rest = counts[key, default: 1] - 1
        counts[key] = rest == 0 ? nil : rest
        pthread_cond_broadcast(left)
    }
}
