/// What happens to a run, as the scheduler is told of it.
public enum Event: Hashable, Sendable {
    /// The host belongs to the run from now on. Hosts are declared in the order of their indices.
    case hostDeclared(HostID)
    /// The host's slave answered the hello.
    case hostConnected(HostID, workers: Int)
    /// The connection failed or ended. `permanent`: trying again can't help (another build, a
    /// refused key).
    case hostLost(HostID, permanent: Bool)
    /// The master wants a new connection at once: the host did not fail, and executed nothing of what
    /// it still holds. So it is when the only process of a serial run ends with an operation.
    case hostRestarted(HostID)
    /// Bytes came from the host.
    case hostHeard(HostID)
    /// The user wants the host back: it gets nothing new and leaves when it is idle. A host that
    /// left comes back under another index.
    case hostDrained(HostID)
    /// The user wants the host back at once: its operations go elsewhere.
    case hostRemoved(HostID)
    /// The program made an update; it takes the next position.
    case updateAppended(Change)
    case updateApplied(HostID, Position)
    case updateFailed(HostID, Position)
    /// The program invoked an operation, at the position of the last update appended.
    case operationSubmitted(OperationID, OperationTraits)
    /// A worker ended the attempt, with a result or with a failure of the operation itself.
    case replied(HostID, AttemptID, Reply)
    /// A worker died; the slave replaces it. `executing` is the only attempt to blame. Where that
    /// was sent for a group of operations, the one to blame leaves it under the name `alone`.
    case workerEnded(HostID, executing: AttemptID?, alone: OperationID? = nil)
    /// The caller no longer wants the operation.
    case cancelled(OperationID)
    /// A debugger looks at the worker that has the operation: until `operationReleased` it is neither
    /// late nor slow.
    case operationHeld(OperationID)
    case operationReleased(OperationID)
    /// A debugger looks at the host's slave: until `hostReleased` it may be silent.
    case hostHeld(HostID)
    case hostReleased(HostID)
    /// Time passed; due at `Scheduler.deadline` or later.
    case tick
    /// The user wants the run to end soon: what was sent may end, nothing more is sent.
    case interrupted
    /// The program ended. Operations that are still open are cancelled.
    case programFinished
}

/// An update of what operations see.
public enum Change: Hashable, Sendable {
    /// `replacing`: nothing of earlier updates by this procedure is left after it.
    case context(procedure: UInt32, replacing: Bool = false)
    /// It replaces the slot's earlier versions. `bytes`: what a host that reads it must be sent.
    case shared(SharedVersion, bytes: UInt64 = 0)
}

/// What may be done about an operation whose attempt failed or is slow.
public enum OperationKind: Hashable, Sendable {
    /// Executed again after a failure, never twice at once.
    case worker
    /// May be executed twice at once.
    case pure
    /// Executed at most once.
    case once
}

/// What the scheduler needs to know of an operation.
public struct OperationTraits: Hashable, Sendable {
    public var procedure: UInt32
    public var kind: OperationKind
    /// The shared variables that it reads.
    public var reads: SlotSet
    /// When it ends for its caller, done or not.
    public var deadline: Instant?
    /// How many operations of the program it stands for: short ones are placed, sent and answered
    /// in groups (`Scheduler.groupSize`).
    public var count: UInt32

    public init(
        procedure: UInt32, kind: OperationKind, reads: SlotSet = [], deadline: Instant? = nil,
        count: UInt32 = 1
    ) {
        self.procedure = procedure
        self.kind = kind
        self.reads = reads
        self.deadline = deadline
        self.count = count
    }
}

/// How an attempt was answered.
public struct Reply: Hashable, Sendable {
    public var succeeded: Bool
    /// The worker's own time for it; the sum of those of a group.
    public var microseconds: UInt64
    /// A worker executed it: `microseconds` says how long such operations take.
    public var isMeasured: Bool

    public init(succeeded: Bool, microseconds: UInt64, isMeasured: Bool = true) {
        self.succeeded = succeeded
        self.microseconds = microseconds
        self.isMeasured = isMeasured
    }
}
