/// Every limit of the scheduler.
public struct Policy: Hashable, Sendable {
    /// How often an operation may kill its worker before it fails alone.
    public var killsMax = 3

    /// The first pause before a connection is tried again; it doubles each time.
    public var backOff: Duration = .milliseconds(250)
    public var backOffMax: Duration = .seconds(30)
    /// How often in a row a host may be lost, without one operation done between, before it is
    /// given up. One that can't be reached is not: it may come up at any time.
    public var failuresMax = 8
    /// How long a run waits without any host.
    public var noHostMax: Duration = .seconds(30)

    /// A host that is silent this long is asked whether it lives.
    public var pingAfter: Duration = .seconds(5)
    /// A host that is silent this long counts as lost, but never before it had the difference of the
    /// two to answer.
    public var silenceMax: Duration = .seconds(30)

    /// Each worker has operations for this long waiting beside it, so that it never waits for the
    /// master.
    public var prefetch: Duration = .milliseconds(1)
    /// The fewest and most operations that wait for each worker. Both 0 for a serial run.
    public var prefetchLimits = 1...1024

    /// The most operations of one host that are believed to fit. Slaves hold 65,536, and those of a
    /// group may go beyond this.
    public var heldMax = 32_768

    /// Short operations are sent in groups that take a worker so long together, and of this many at
    /// most; 64 or fewer.
    public var groupMax = 64
    public var groupTime: Duration = .microseconds(250)

    /// The most workers of one host that are believed.
    public var workersMax = 4096
    /// How many positions hosts may have to hold at once; later updates wait. Slaves hold 512.
    public var positionsMax = 256

    /// How fast shared data are believed to travel, in bytes a second, when a host that holds them
    /// is weighed against one that doesn't.
    public var transferRate: Double = 100_000_000

    /// How often slow pure operations are looked for.
    public var doublingInterval: Duration = .milliseconds(50)
    /// A pure operation is slow that takes this many times its procedure's mean, and `doublingAge`.
    public var doublingFactor: UInt64 = 2
    public var doublingAge: Duration = .milliseconds(100)

    public init() {}

    /// One operation at a time, in program order. The only process of the slave answers nothing
    /// while it executes one, however long that takes, or however long a debugger holds it. An
    /// operation that ends it is told at once: whoever looks for a crash wants the first one.
    public static var serial: Policy {
        var policy = Policy()
        policy.prefetchLimits = 0...0
        // One process has one position: an update waits for the operations before it.
        policy.positionsMax = 1
        policy.killsMax = 1
        policy.pingAfter = .seconds(365 * 86_400)
        policy.silenceMax = policy.pingAfter
        return policy
    }
}
