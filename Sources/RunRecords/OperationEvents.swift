/// What becomes of operations, and of the updates before them.
extension RunEvent {
    /// Operations of one procedure that ended alike, one after the other. The event's time is the
    /// first one's.
    public struct Operations: Codable, Hashable, Sendable {
        public enum Outcome: String, Codable, CaseIterable, Sendable {
            case done
            case cancelled
            /// Its result was in the journal.
            case recalled
        }

        public var outcome: Outcome
        public var procedure: String
        /// The one that answered; nil: none did.
        public var host: String?
        public var ended: [OperationEnd]

        public init(
            outcome: Outcome, procedure: String, host: String? = nil, ended: [OperationEnd]
        ) {
            self.outcome = outcome
            self.procedure = procedure
            self.host = host
            self.ended = ended
        }
    }

    /// An attempt was lost; the operation is sent again.
    public struct Retry: Codable, Hashable, Sendable {
        public enum Cause: String, Codable, CaseIterable, Sendable {
            case workerEnded = "worker ended"
            case hostLost = "host lost"
            case hostRemoved = "host removed"
            case hostRestarted = "host restarted"
        }

        public var host: String
        /// nil: the operation has ended in the meantime.
        public var procedure: String?
        public var operation: OperationPlace?
        /// The one that was lost, from 1.
        public var attempt: UInt32
        public var cause: Cause

        private enum CodingKeys: String, CodingKey {
            case host, procedure, operation, attempt
            case cause = "text"
        }

        public init(
            host: String, procedure: String? = nil, operation: OperationPlace? = nil,
            attempt: UInt32, cause: Cause
        ) {
            self.host = host
            self.procedure = procedure
            self.operation = operation
            self.attempt = attempt
            self.cause = cause
        }
    }

    /// A second attempt goes out beside a slow first one.
    public struct Doubling: Codable, Hashable, Sendable {
        public var host: String
        /// nil: the operation has ended in the meantime.
        public var procedure: String?
        public var operation: OperationPlace?
        /// The second one.
        public var attempt: UInt32

        public init(
            host: String, procedure: String? = nil, operation: OperationPlace? = nil,
            attempt: UInt32
        ) {
            self.host = host
            self.procedure = procedure
            self.operation = operation
            self.attempt = attempt
        }
    }

    /// One operation ended without a result.
    public struct Failure: Hashable, Sendable {
        /// nil: a version wrote it that did not say.
        public var kind: RunFailureKind?
        public var procedure: String
        /// The error's sentence.
        public var text: String
        /// The one that answered; nil: none did.
        public var host: String?
        /// nil: a version wrote it that did not say.
        public var end: OperationEnd?
        /// The path of its capsule; nil: it killed no workers, or none was written.
        public var capsule: String?

        public init(
            kind: RunFailureKind?, procedure: String, text: String, host: String? = nil,
            end: OperationEnd?, capsule: String? = nil
        ) {
            self.kind = kind
            self.procedure = procedure
            self.text = text
            self.host = host
            self.end = end
            self.capsule = capsule
        }
    }

    /// The program called a context operation or modified a shared variable.
    public struct Update: Hashable, Sendable {
        public enum Change: Hashable, Sendable {
            case context(procedure: String)
            case shared(variable: String)
        }

        /// How many updates there are with this one.
        public var position: UInt64
        public var change: Change
        /// Of the arguments or the content, encoded.
        public var bytes: Int

        public init(position: UInt64, change: Change, bytes: Int) {
            self.position = position
            self.change = change
            self.bytes = bytes
        }
    }
}

extension RunEvent.Failure: Codable {
    private enum Key: String, CodingKey { case outcome, procedure, text, host, ended, capsule }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        kind = try container.decodeIfPresent(RunFailureKind.self, forKey: .outcome)
        procedure = try container.decode(String.self, forKey: .procedure)
        text = try container.decode(String.self, forKey: .text)
        host = try container.decodeIfPresent(String.self, forKey: .host)
        if container.contains(.ended) {
            var ended = try container.nestedUnkeyedContainer(forKey: .ended)
            end = try ended.decode(OperationEnd.self)
        }
        capsule = try container.decodeIfPresent(String.self, forKey: .capsule)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encodeIfPresent(kind, forKey: .outcome)
        try container.encode(procedure, forKey: .procedure)
        try container.encode(text, forKey: .text)
        try container.encodeIfPresent(host, forKey: .host)
        // As those that ended well have it: an array of operations.
        try container.encodeIfPresent(end.map { [$0] }, forKey: .ended)
        try container.encodeIfPresent(capsule, forKey: .capsule)
    }
}

extension RunEvent.Update: Codable {
    private enum Key: String, CodingKey { case position, procedure, shared, bytes }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        position = try container.decode(UInt64.self, forKey: .position)
        bytes = try container.decode(Int.self, forKey: .bytes)
        if let procedure = try container.decodeIfPresent(String.self, forKey: .procedure) {
            change = .context(procedure: procedure)
        } else {
            change = .shared(variable: try container.decode(String.self, forKey: .shared))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(position, forKey: .position)
        switch change {
        case .context(let procedure): try container.encode(procedure, forKey: .procedure)
        case .shared(let variable): try container.encode(variable, forKey: .shared)
        }
        try container.encode(bytes, forKey: .bytes)
    }
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
}
