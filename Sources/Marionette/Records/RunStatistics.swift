import Console

/// What a run's events add up to: the one place from which the display and the table are drawn.
public struct RunStatistics: Hashable, Sendable {
    public struct Host: Hashable, Sendable {
        public var name: String
        public var target: String
        public var workers = 0
        /// That it did, and that failed there.
        public var operations = 0
        public var failures = 0
        /// Seconds that workers spent executing.
        public var busy = 0.0
        public var sent: UInt64 = 0
        public var retries = 0
        public var losses = 0
        /// By the user's wish.
        public var hasLeft = false
        /// What killed workers, and how often: `render, killed by SIGSEGV`.
        public var crashes: [String: Int] = [:]
        /// When its slave first answered; nil: never.
        public var helloAt: Double?
        /// Operations a second, over the last few seconds.
        public var rate = 0.0
        var measuredAt = 0.0
    }

    public private(set) var hosts: [Host] = []
    /// Those that are done.
    public private(set) var operations = 0
    /// Those that ended without a result.
    public private(set) var failed = 0
    public private(set) var failures: [RunFailureKind: Int] = [:]
    /// Of the operations, those whose results were in the journal.
    public private(set) var recalled = 0
    public private(set) var total = 0
    public private(set) var procedure = ""
    public private(set) var doubled = 0
    /// The time of the last event.
    public private(set) var now = 0.0
    private var firstOperationAt: Double?
    private var places: [String: Int] = [:]

    public init() {}

    /// Operations a second.
    public var rate: Double { hosts.reduce(0) { $0 + $1.rate } }
    /// Seconds until everything announced is done; nil where that can't be told.
    public var remaining: Double? {
        guard rate > 0, total > ended else { return nil }
        return Double(total - ended) / rate
    }
    /// Those that are done or failed.
    var ended: Int { operations + failed }

    public mutating func apply(_ event: RunEvent) {
        now = max(now, event.t)
        switch event.event {
        case .host:
            declare(event)
            change(event) { $0.hasLeft = false }
        case .hostLeft: change(event) { $0.hasLeft = true }
        case .progress:
            operations = event.operations ?? operations
            recalled = event.recalled ?? recalled
            failed = event.failed ?? failed
            total = event.total ?? total
            procedure = event.procedure ?? procedure
        case .hello:
            change(event) { host in
                host.workers = event.workers ?? host.workers
                host.helloAt = host.helloAt ?? event.t
            }
        case .hostProgress: change(event) { $0.progressed(event) }
        case .hostLost: change(event) { $0.losses += 1 }
        case .operationRetried: change(event) { $0.retries += 1 }
        case .operationDoubled: doubled += 1
        case .workerEnded:
            guard let procedure = event.procedure else { return }
            let how = event.text.map { "\(procedure), \($0)" } ?? procedure
            change(event) { $0.crashes[how, default: 0] += 1 }
        case .operationFailed:
            let kind = event.outcome.flatMap(RunFailureKind.init(rawValue:)) ?? .failed
            failures[kind, default: 0] += 1
            change(event) { $0.failures += 1 }
        case .start, .workerStarted, .operations, .update, .transfer, .log, .draining, .gap, .end:
            break
        }
    }

    private mutating func declare(_ event: RunEvent) {
        guard let name = event.host, places[name] == nil else { return }
        places[name] = hosts.count
        hosts.append(Host(name: name, target: event.target ?? ""))
    }

    private mutating func change(_ event: RunEvent, _ body: (inout Host) -> Void) {
        guard let name = event.host, let place = places[name] else { return }
        body(&hosts[place])
    }
}

extension RunStatistics.Host {
    fileprivate mutating func progressed(_ event: RunEvent) {
        let before = operations
        operations = event.operations ?? operations
        busy = event.busy ?? busy
        sent = event.sent ?? sent
        let span = event.t - measuredAt
        guard span > 0 else { return }
        let latest = Double(operations - before) / span
        // Half of what is shown is of the last two seconds, so that the figure neither jumps nor
        // lags.
        let weight = min(1, span / 2)
        rate = measuredAt == 0 ? latest : rate + (latest - rate) * weight
        measuredAt = event.t
    }
}
