/// How much the scheduler remembers: what bounds its memory.
public struct Holdings: Hashable, Sendable {
    public var operations: Int
    /// Names in the queues, those of operations that ended meanwhile included.
    public var queuedNames: Int
    /// Attempts that hosts have.
    public var inFlight: Int
    /// Updates that a joining host would be told.
    public var updates: Int
    public var openPositions: Int
    /// Versions that an open or later operation can read.
    public var versions: Int
    /// Which of those were sent, added over the hosts.
    public var definitions: Int
    public var deadlines: Int
}

extension Scheduler {
    /// Counts; visits every host.
    public var holdings: Holdings {
        Holdings(
            operations: operations.count,
            queuedNames: pending.count + retries.count,
            inFlight: hosts.reduce(0) { $0 + $1.held.count },
            updates: updates.keptCount,
            openPositions: updates.openCount,
            versions: updates.versionCount,
            definitions: hosts.reduce(0) { $0 + $1.defined.count },
            deadlines: deadlines.count)
    }
}
