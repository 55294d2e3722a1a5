/// What a run's events add up to: the one place from which the display and the table are drawn.
///
/// A value: events in, sums out. What torn lines told is missing from it, but totals come again with
/// each progress.
public struct RunStatistics: Hashable, Sendable {
    /// One row: a host that left and came back has one.
    public struct Host: Hashable, Sendable {
        public var name: String
        public var target: String
        /// As its slave last said.
        public var workers = 0
        /// That it did, and that failed there.
        public var operations = 0
        public var failures = 0
        /// Seconds that workers spent executing.
        public var busy = 0.0
        /// Bytes to the host.
        public var sent: UInt64 = 0
        /// Attempts that were lost there, and how often the host itself was.
        public var retries = 0
        public var losses = 0
        /// By the user's wish.
        public var hasLeft = false
        /// What killed workers, and how often: `render, killed by SIGSEGV`.
        public var crashes: [String: Int] = [:]
        /// When its slave first answered, in seconds since the run began; nil: never.
        public var helloAt: Double?
        /// Operations a second, over the last few seconds.
        public var rate = 0.0
        var measuredAt = 0.0
    }

    /// In the order in which they joined.
    public private(set) var hosts: [Host] = []
    /// Those that are done.
    public private(set) var operations = 0
    /// Those that ended without a result.
    public private(set) var failed = 0
    /// How many of them failed in which way.
    public private(set) var failures: [RunFailureKind: Int] = [:]
    /// Of the operations, those whose results were in the journal.
    public private(set) var recalled = 0
    /// Those that were submitted or are announced.
    public private(set) var total = 0
    /// The one that the program submitted last; empty: none yet.
    public private(set) var procedure = ""
    /// Second attempts beside slow first ones.
    public private(set) var doubled = 0
    /// The time of the last event, in seconds since the run began.
    public private(set) var now = 0.0
    private var places: [String: Int] = [:]

    /// Of a run without events.
    public init() {}

    /// Operations a second, over the last few seconds.
    public var rate: Double { hosts.reduce(0) { $0 + $1.rate } }
    /// Seconds until everything announced is done; nil where that can't be told.
    public var remaining: Double? {
        guard rate > 0, total > ended else { return nil }
        return Double(total - ended) / rate
    }
    /// Those that are done or failed.
    public var ended: Int { operations + failed }

    /// Takes the log's next event into account.
    public mutating func apply(_ event: RunEvent) {
        now = max(now, event.t)
        switch event.content {
        case .host(let declaration):
            declare(declaration)
            change(declaration.host) { $0.hasLeft = false }
        case .hostLeft(let departure): change(departure.host) { $0.hasLeft = true }
        case .progress(let progress):
            operations = progress.operations
            recalled = progress.recalled
            failed = progress.failed
            total = progress.total
            procedure = progress.procedure ?? procedure
        case .hello(let hello):
            change(hello.host) { host in
                host.workers = hello.workers
                host.helloAt = host.helloAt ?? event.t
            }
        case .hostProgress(let progress):
            change(progress.host) { $0.progressed(progress, at: event.t) }
        case .hostLost(let loss): change(loss.host) { $0.losses += 1 }
        case .operationRetried(let retry): change(retry.host) { $0.retries += 1 }
        case .operationDoubled: doubled += 1
        case .workerEnded(let end):
            // An idle one is the slave's affair.
            guard let execution = end.executing else { return }
            change(end.host) { $0.crashes["\(execution.procedure), \(end.how)", default: 0] += 1 }
        case .operationFailed(let failure):
            failures[failure.kind ?? .failed, default: 0] += 1
            if let host = failure.host { change(host) { $0.failures += 1 } }
        case .start, .workerStarted, .operations, .update, .transfer, .log, .draining, .gap, .end:
            break
        }
    }

    private mutating func declare(_ declaration: RunEvent.Declaration) {
        guard places[declaration.host] == nil else { return }
        places[declaration.host] = hosts.count
        hosts.append(Host(name: declaration.host, target: declaration.target))
    }

    /// A host that was never declared, since its line was torn, has no row.
    private mutating func change(_ name: String, _ body: (inout Host) -> Void) {
        guard let place = places[name] else { return }
        body(&hosts[place])
    }
}

extension RunStatistics.Host {
    fileprivate mutating func progressed(_ progress: RunEvent.HostProgress, at t: Double) {
        let before = operations
        operations = progress.operations
        busy = progress.busy
        sent = progress.sent
        let span = t - measuredAt
        guard span > 0 else { return }
        let latest = Double(operations - before) / span
        // Half of what is shown is of the last two seconds, so that the figure neither jumps nor
        // lags.
        let weight = min(1, span / 2)
        rate = measuredAt == 0 ? latest : rate + (latest - rate) * weight
        measuredAt = t
    }
}
