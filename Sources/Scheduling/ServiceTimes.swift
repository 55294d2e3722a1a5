/// How long operations take, as measured: a procedure's time on a host of slowness 1, times the
/// host's slowness.
struct ServiceTimes: Sendable {
    private struct Times {
        /// On a host of slowness 1, in nanoseconds.
        var cost: Double
        /// As measured, wherever it was executed.
        var mean: Double
    }

    private var procedures: [UInt32: Times] = [:]
    /// The mean cost of all operations; 1 until one was measured.
    private(set) var typical = 1.0
    private var isMeasured = false

    /// What to expect of an operation; of an unmeasured procedure that it is like the others.
    func cost(of procedure: UInt32) -> Double { procedures[procedure]?.cost ?? typical }

    func isKnown(_ procedure: UInt32) -> Bool { procedures[procedure] != nil }

    func mean(of procedure: UInt32) -> Double? { procedures[procedure]?.mean }

    /// Learns from one operation, and returns the host's new slowness.
    mutating func measured(
        _ procedure: UInt32, nanoseconds: Double, slowness: Double?
    ) -> Double {
        guard var times = procedures[procedure] else {
            let cost = nanoseconds / (slowness ?? 1)
            procedures[procedure] = Times(cost: cost, mean: nanoseconds)
            learnTypical(cost)
            return slowness ?? 1
        }
        let observed = nanoseconds / times.cost
        times.mean += (nanoseconds - times.mean) / 16
        if let slowness { times.cost += (nanoseconds / slowness - times.cost) / 16 }
        procedures[procedure] = times
        learnTypical(times.cost)
        return slowness.map { $0 + (observed - $0) / 8 } ?? observed
    }

    private mutating func learnTypical(_ cost: Double) {
        typical = isMeasured ? typical + (cost - typical) / 16 : cost
        isMeasured = true
    }
}
