/// What the scheduler knows of one host.
struct HostRecord: Sendable {
    enum Standing: Hashable, Sendable {
        case waiting(until: Instant)
        case connecting
        case connected
        case givenUp
    }

    var standing: Standing = .connecting
    var workers = 0
    /// Attempts sent and neither ended nor cancelled: each holds a credit.
    var inFlight = 0
    /// The versions whose bytes were sent over this connection.
    var defined: Set<SharedVersion> = []
    /// Failures since the last operation that it did.
    var failures = 0
    /// The mean of a worker's time for an operation, in nanoseconds; nil until one was measured.
    var serviceTime: Double?
    var heardAt = Instant.zero
    var isPinged = false

    /// Recent operations weigh most: a host that slows down is noticed within a dozen.
    mutating func measured(microseconds: UInt64) {
        // Below a tenth of a microsecond nothing is measured; it only keeps loads above zero.
        let nanoseconds = max(100, Double(microseconds) * 1000)
        serviceTime = serviceTime.map { $0 + (nanoseconds - $0) / 8 } ?? nanoseconds
    }

    /// How many attempts it may hold at once.
    func credit(_ policy: Policy) -> Int {
        guard workers > 0 else { return 0 }
        let limits = policy.prefetchLimits
        let covering = serviceTime.map { Double(policy.prefetch.nanoseconds) / $0 } ?? 0
        let waiting = min(max(Int(covering), limits.lowerBound), limits.upperBound)
        return workers * (1 + waiting)
    }

    /// Everything that belonged to the connection.
    mutating func forgetConnection() {
        workers = 0
        inFlight = 0
        defined = []
        isPinged = false
    }
}
