/// What happened in a run, and when: one line of its event log, `events.jsonl`, which is the one
/// source of all that is shown of a run.
///
/// A line is a JSON object with `t`, `event` (the kind) and the keys of that kind;
/// Documentation/Formats.md lists them. Reading one throws a `DecodingError` if the kind is not
/// known, or if a key of it is missing or has another type; `EventLogReader` leaves such a line out.
public struct RunEvent: Hashable, Sendable {
    /// Seconds since the run began, to the microsecond.
    public var t: Double
    /// What happened.
    public var content: Content

    /// - Parameter t: seconds since the run began.
    public init(_ content: Content, at t: Double) {
        self.content = content
        self.t = t
    }

    /// What happened. Events about a host say its name in the run.
    public enum Content: Hashable, Sendable {
        case start(Start)
        /// A host of the run. It comes again if a host that left comes back.
        case host(Declaration)
        case hello(Hello)
        case workerStarted(WorkerStart)
        case workerEnded(WorkerEnd)
        case operations(Operations)
        case operationRetried(Retry)
        case operationDoubled(Doubling)
        case operationFailed(Failure)
        case transfer(Transfer)
        case log(LogLine)
        case hostLost(Loss)
        case hostLeft(Departure)
        case update(Update)
        case hostProgress(HostProgress)
        case progress(Progress)
        case draining(Draining)
        case gap(Gap)
        case end(End)
    }

    /// What sort of event it is, as the log and the trace name it.
    public enum Kind: String, Codable, CaseIterable, Sendable {
        case start, host, hello
        case workerStarted = "worker-started"
        case workerEnded = "worker-ended"
        case operations
        case operationRetried = "operation-retried"
        case operationDoubled = "operation-doubled"
        case operationFailed = "operation-failed"
        case transfer, log
        case hostLost = "host-lost"
        case hostLeft = "host-left"
        case update
        case hostProgress = "host-progress"
        case progress, draining, gap, end
    }

    /// What sort of event it is.
    public var kind: Kind { content.kind }

    /// The host that it is about; nil if it is about the run, or no host answered.
    public var host: String? { content.host }
}

extension RunEvent.Content {
    /// What sort of event it is.
    public var kind: RunEvent.Kind {
        switch self {
        case .start: .start
        case .host: .host
        case .hello: .hello
        case .workerStarted: .workerStarted
        case .workerEnded: .workerEnded
        case .operations: .operations
        case .operationRetried: .operationRetried
        case .operationDoubled: .operationDoubled
        case .operationFailed: .operationFailed
        case .transfer: .transfer
        case .log: .log
        case .hostLost: .hostLost
        case .hostLeft: .hostLeft
        case .update: .update
        case .hostProgress: .hostProgress
        case .progress: .progress
        case .draining: .draining
        case .gap: .gap
        case .end: .end
        }
    }

    var host: String? {
        switch self {
        case .host(let declaration): declaration.host
        case .hello(let hello): hello.host
        case .workerStarted(let start): start.host
        case .workerEnded(let end): end.host
        case .operations(let operations): operations.host
        case .operationRetried(let retry): retry.host
        case .operationDoubled(let doubling): doubling.host
        case .operationFailed(let failure): failure.host
        case .transfer(let transfer): transfer.host
        case .log(let line): line.host
        case .hostLost(let loss): loss.host
        case .hostLeft(let departure): departure.host
        case .hostProgress(let progress): progress.host
        case .start, .update, .progress, .draining, .gap, .end: nil
        }
    }
}

// MARK: JSON

extension RunEvent: Codable {
    private enum Key: String, CodingKey { case t, event }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        t = try container.decode(Double.self, forKey: .t)
        content = try Content(try container.decode(Kind.self, forKey: .event), from: decoder)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(t, forKey: .t)
        try container.encode(kind, forKey: .event)
        // Its keys stand beside these two.
        try content.encoded.encode(to: encoder)
    }
}

extension RunEvent.Content {
    fileprivate init(_ kind: RunEvent.Kind, from decoder: any Decoder) throws {
        self =
            switch kind {
            case .start: .start(try .init(from: decoder))
            case .host: .host(try .init(from: decoder))
            case .hello: .hello(try .init(from: decoder))
            case .workerStarted: .workerStarted(try .init(from: decoder))
            case .workerEnded: .workerEnded(try .init(from: decoder))
            case .operations: .operations(try .init(from: decoder))
            case .operationRetried: .operationRetried(try .init(from: decoder))
            case .operationDoubled: .operationDoubled(try .init(from: decoder))
            case .operationFailed: .operationFailed(try .init(from: decoder))
            case .transfer: .transfer(try .init(from: decoder))
            case .log: .log(try .init(from: decoder))
            case .hostLost: .hostLost(try .init(from: decoder))
            case .hostLeft: .hostLeft(try .init(from: decoder))
            case .update: .update(try .init(from: decoder))
            case .hostProgress: .hostProgress(try .init(from: decoder))
            case .progress: .progress(try .init(from: decoder))
            case .draining: .draining(try .init(from: decoder))
            case .gap: .gap(try .init(from: decoder))
            case .end: .end(try .init(from: decoder))
            }
    }

    fileprivate var encoded: any Encodable {
        switch self {
        case .start(let start): start
        case .host(let declaration): declaration
        case .hello(let hello): hello
        case .workerStarted(let start): start
        case .workerEnded(let end): end
        case .operations(let operations): operations
        case .operationRetried(let retry): retry
        case .operationDoubled(let doubling): doubling
        case .operationFailed(let failure): failure
        case .transfer(let transfer): transfer
        case .log(let line): line
        case .hostLost(let loss): loss
        case .hostLeft(let departure): departure
        case .update(let update): update
        case .hostProgress(let progress): progress
        case .progress(let progress): progress
        case .draining(let draining): draining
        case .gap(let gap): gap
        case .end(let end): end
        }
    }
}
