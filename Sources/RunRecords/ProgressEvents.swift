/// What the run as a whole does.
extension RunEvent {
    /// The run begins.
    public struct Start: Codable, Hashable, Sendable {
        /// Its name in the interface.
        public var application: String
        /// Seconds since 1970.
        public var clock: Double
        /// One local process, one operation at a time.
        public var serial: Bool

        public init(application: String, clock: Double, serial: Bool) {
            self.application = application
            self.clock = clock
            self.serial = serial
        }
    }

    /// How far the run is.
    public struct Progress: Hashable, Sendable {
        /// Those that are done.
        public var operations: Int
        /// Of them, those whose results were in the journal.
        public var recalled: Int
        /// Others, which ended without a result.
        public var failed: Int
        /// Those that were submitted, or are announced.
        public var total: Int
        /// The latest one's; nil: there was none.
        public var procedure: String?

        public init(
            operations: Int, recalled: Int = 0, failed: Int = 0, total: Int,
            procedure: String? = nil
        ) {
            self.operations = operations
            self.recalled = recalled
            self.failed = failed
            self.total = total
            self.procedure = procedure
        }
    }

    /// The user interrupts the run; what was sent may end.
    public struct Draining: Codable, Hashable, Sendable {
        /// How many operations are.
        public var open: Int

        private enum CodingKeys: String, CodingKey {
            case open = "operations"
        }

        public init(open: Int) {
            self.open = open
        }
    }

    /// Lines are missing here: they came faster than the disk took them.
    public struct Gap: Codable, Hashable, Sendable {
        /// How many: `3 lines are missing`.
        public var text: String

        public init(text: String) {
            self.text = text
        }
    }

    /// The run is over.
    public struct End: Codable, Hashable, Sendable {
        /// nil: a version wrote it that did not say.
        public var outcome: RunOutcome?
        /// `done`, or the sentence of the error that ended it.
        public var text: String

        public init(outcome: RunOutcome?, text: String) {
            self.outcome = outcome
            self.text = text
        }
    }
}

extension RunEvent.Progress: Codable {
    private enum Key: String, CodingKey { case operations, recalled, failed, total, procedure }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        operations = try container.decode(Int.self, forKey: .operations)
        // A key that is missing stands for none.
        recalled = try container.decodeIfPresent(Int.self, forKey: .recalled) ?? 0
        failed = try container.decodeIfPresent(Int.self, forKey: .failed) ?? 0
        total = try container.decode(Int.self, forKey: .total)
        procedure = try container.decodeIfPresent(String.self, forKey: .procedure)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(operations, forKey: .operations)
        if recalled > 0 { try container.encode(recalled, forKey: .recalled) }
        if failed > 0 { try container.encode(failed, forKey: .failed) }
        try container.encode(total, forKey: .total)
        try container.encodeIfPresent(procedure, forKey: .procedure)
    }
}

/// How a run ended: the `outcome` of `end`.
public enum RunOutcome: String, Codable, CaseIterable, Sendable {
    case done
    /// The program threw an error of its own, or passed one of an operation on.
    case threw
    /// The run could not go on.
    case failed
    /// By a signal.
    case interrupted
}
