/// What the scheduler knows of one host.
struct HostRecord: Sendable {
    enum Standing: Hashable, Sendable {
        case waiting(until: Instant)
        case connecting
        case connected
        case givenUp
        case left
    }

    var standing: Standing = .connecting
    /// It gets nothing new, and leaves when it is idle.
    var isDraining = false
    var workers = 0
    /// Attempts sent and neither ended nor cancelled.
    var held: ContiguousArray<AttemptID> = []
    /// The operations that those stand for: each holds a credit.
    var inFlight = 0
    /// What those are expected to take together, in nanoseconds of a host of slowness 1.
    var load = 0.0
    /// The versions whose bytes were sent over this connection.
    var defined: Set<SharedVersion> = []
    /// The slots of which it holds some version.
    var slots = SlotSet()
    /// Failures since the last operation that it did.
    var failures = 0
    /// Of these, the times that it was lost after it had been connected.
    var losses = 0
    /// The mean of a worker's time for an operation, in nanoseconds; nil until one was measured.
    var serviceTime: Double?
    /// How much longer than elsewhere an operation takes here; nil until one was measured.
    var slowness: Double?
    /// The credit as last told to the scheduler's total.
    var credit = 0
    /// It gets no short operation now.
    var isFull = false
    var heardAt = Instant.zero
    /// When it was asked whether it lives; nil: it was heard since.
    var pingedAt: Instant?
    /// A debugger looks at its slave, which may be silent.
    var isHeld = false

    var hasIdleWorker: Bool { standing == .connected && !isDraining && inFlight < workers }

    /// Recent operations weigh most: a host that slows down is noticed within a dozen.
    mutating func measured(nanoseconds: Double) {
        serviceTime = serviceTime.map { $0 + (nanoseconds - $0) / 8 } ?? nanoseconds
    }

    /// How many attempts it may hold at once; the last of them only short ones.
    func credit(prefetch: Double, limits: ClosedRange<Int>, heldMax: Int) -> Int {
        guard standing == .connected, !isDraining else { return 0 }
        let covering = serviceTime.map { prefetch / $0 } ?? 0
        let waiting = min(max(Int(covering), limits.lowerBound), limits.upperBound)
        return min(workers * (1 + waiting), max(workers, heldMax))
    }

    /// How many of any length: what is sent too early can't go to a host that is idle later.
    func basicCredit(_ policy: Policy) -> Int { workers * (1 + policy.prefetchLimits.lowerBound) }

    /// Short operations go in batches: a host that holds all that it may gets no more before half of
    /// those that were sent ahead are done. Each wake-up on their way then serves many.
    mutating func fill(mayHold: Int, basic: Int) {
        if inFlight >= mayHold {
            isFull = true
        } else if inFlight <= mayHold - max(1, (mayHold - basic) / 2) {
            isFull = false
        }
    }

    /// When a further operation would be done here, in nanoseconds from now.
    func finishTime(adding cost: Double) -> Double {
        // An unmeasured host counts as fast: the sooner it is measured, the better the guess.
        (load + cost) * (slowness ?? 1e-6) / Double(max(1, workers))
    }

    /// Everything that belonged to the connection.
    mutating func forgetConnection() {
        workers = 0
        held = []
        inFlight = 0
        load = 0
        defined = []
        slots = []
        pingedAt = nil
        isHeld = false
    }
}
