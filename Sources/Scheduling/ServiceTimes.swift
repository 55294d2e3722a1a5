/// How long operations take, as measured: a procedure's time on a host of slowness 1, times the
/// host's slowness.
struct ServiceTimes: Sendable {
    private struct Times {
        let procedure: UInt32
        /// On a host of slowness 1, in nanoseconds.
        var cost: Double
        /// As measured, wherever it was executed.
        var mean: Double
    }

    /// An interface has few procedures, and one of them is asked for again and again: the first look
    /// is where the last one found it.
    private var procedures: ContiguousArray<Times> = []
    private var latest = 0
    /// The mean cost of all operations; 1 until one was measured.
    private(set) var typical = 1.0
    private var isMeasured = false

    /// What to expect of an operation; of an unmeasured procedure that it is like the others.
    func cost(of procedure: UInt32) -> Double {
        place(of: procedure).map { procedures[$0].cost } ?? typical
    }

    func isKnown(_ procedure: UInt32) -> Bool { place(of: procedure) != nil }

    func mean(of procedure: UInt32) -> Double? { place(of: procedure).map { procedures[$0].mean } }

    private func place(of procedure: UInt32) -> Int? {
        if latest < procedures.count, procedures[latest].procedure == procedure { return latest }
        return procedures.firstIndex { $0.procedure == procedure }
    }

    /// Learns from one operation, and returns the host's new slowness.
    mutating func measured(
        _ procedure: UInt32, nanoseconds: Double, slowness: Double?
    ) -> Double {
        guard let place = place(of: procedure) else {
            let cost = nanoseconds / (slowness ?? 1)
            procedures.append(Times(procedure: procedure, cost: cost, mean: nanoseconds))
            learnTypical(cost)
            return slowness ?? 1
        }
        latest = place
        var times = procedures[place]
        let observed = nanoseconds / times.cost
        times.mean += (nanoseconds - times.mean) / 16
        if let slowness { times.cost += (nanoseconds / slowness - times.cost) / 16 }
        procedures[place] = times
        learnTypical(times.cost)
        return slowness.map { $0 + (observed - $0) / 8 } ?? observed
    }

    private mutating func learnTypical(_ cost: Double) {
        typical = isMeasured ? typical + (cost - typical) / 16 : cost
        isMeasured = true
    }
}
