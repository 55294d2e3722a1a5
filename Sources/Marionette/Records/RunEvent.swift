/// One line of a run's event log, `events.jsonl`: the one source of what is shown of a run.
///
/// Every line is a JSON object with `t` (seconds since the run began) and `event`; which of the
/// other keys it has depends on the event. `Kind` lists them. Readers take lines of events that
/// they don't know for none, and the last line, where it is torn, too (`EventLogReader`).
public struct RunEvent: Codable, Hashable, Sendable {
    public enum Kind: String, Codable, Sendable {
        /// `application`, `clock` (seconds since 1970), `serial`.
        case start
        /// `host`, `target`: a host of the run. Again where one that left comes back.
        case host
        /// `host`, `workers`, `process` (the slave's), `machine`, `text` (its build).
        case hello
        /// `host`, `worker`, `process`, `position`.
        case workerStarted = "worker-started"
        /// `host`, `worker`, `process`, `text` (how); `procedure`, `attempt`, `operation` and
        /// `since` (when that was sent) where it was executing.
        case workerEnded = "worker-ended"
        /// `outcome` (`done`, `cancelled`, `recalled`: from the journal), `procedure`, `host` where
        /// a host answered, and `ended`: operations that ended so, one after the other. `t` is the
        /// first one's.
        case operations
        /// `host`, `procedure`, `operation`, `attempt` (the one that was lost), `text` (why).
        case operationRetried = "operation-retried"
        /// `host`, `procedure`, `operation`, `attempt`: a second one beside a slow first one.
        case operationDoubled = "operation-doubled"
        /// `procedure`, `text`, `outcome` (`RunFailureKind`), `host` where one answered, `ended` with
        /// the one operation, and `capsule` (its path) where the operation killed its workers.
        case operationFailed = "operation-failed"
        /// `host`, `shared` (the variable), `version`, `bytes`: its content begins to travel.
        case transfer
        /// `host`, `text`: a line that the slave wrote; with `worker`, `procedure` and, where that
        /// had not ended, `operation` one that user code wrote.
        case log
        /// `host`, `text` (why), `pause` (seconds until it is tried again; absent: given up).
        case hostLost = "host-lost"
        /// `host`: it was drained or removed, and is gone.
        case hostLeft = "host-left"
        /// `position`, `procedure` or `shared` (the variable), `bytes`.
        case update
        /// `host`, `operations` (that it did), `busy` (worker seconds), `sent`, `received` (bytes):
        /// totals of a host.
        case hostProgress = "host-progress"
        /// `operations` (done), `recalled` (of them, from the journal; absent: none), `failed` (others
        /// that ended without a result; absent: none), `total` (submitted or announced), `procedure`
        /// (the latest): of the run.
        case progress
        /// `operations`: how many are open when the user interrupts the run; what was sent may end.
        case draining
        /// Lines are missing here: they came faster than the disk took them. `text` tells how many.
        case gap
        /// `outcome` (`RunOutcome`), `text`: `done`, or the error that ended the run.
        case end
    }

    public var t: Double
    public var event: Kind
    public var application: String?
    public var clock: Double?
    public var serial: Bool?
    public var host: String?
    public var target: String?
    public var machine: String?
    public var workers: Int?
    public var worker: UInt32?
    public var process: Int32?
    public var position: UInt64?
    public var procedure: String?
    public var operation: OperationPlace?
    public var outcome: String?
    public var ended: [OperationEnd]?
    /// Seconds since the run began.
    public var since: Double?
    public var shared: String?
    public var version: UInt64?
    public var attempt: UInt32?
    public var bytes: Int?
    public var operations: Int?
    public var recalled: Int?
    public var failed: Int?
    public var total: Int?
    public var busy: Double?
    public var sent: UInt64?
    public var received: UInt64?
    public var pause: Double?
    public var text: String?
    public var capsule: String?

    public init(_ event: Kind, at t: Double) {
        self.event = event
        self.t = t
    }
}

/// How a run ended: the `outcome` of `end`.
public enum RunOutcome: String, Codable, Sendable {
    case done
    /// The program threw an error of its own, or passed one of an operation on.
    case threw
    /// The run could not go on.
    case failed
    /// By a signal.
    case interrupted
}

/// How an operation ended that has no result: the `outcome` of `operation-failed`.
public enum RunFailureKind: String, Codable, CaseIterable, Sendable {
    /// By its own word.
    case failed
    /// It killed each worker that executed it.
    case poisoned
    case deadlinePassed = "deadline-passed"
    /// A `once` operation that was sent, and of which no answer came.
    case fateUnknown = "fate-unknown"

    init(_ error: any Error) {
        switch error as? RunError {
        case .operationPoisoned: self = .poisoned
        case .deadlinePassed: self = .deadlinePassed
        case .fateUnknown: self = .fateUnknown
        default: self = .failed
        }
    }
}
