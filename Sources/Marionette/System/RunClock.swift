import Glibc
import Scheduling

/// The run's own clock: monotonic, and shared by all of this process's parts.
enum RunClock {
    static var now: Instant {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Instant(nanoseconds: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
    }

    /// Seconds since 1970, to find a run's events beside those of other logs.
    static var sinceEpoch: Double {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}

extension Instant {
    func microseconds(since earlier: Instant) -> UInt64 { nanoseconds(since: earlier) / 1000 }
}
