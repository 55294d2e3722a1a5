import Scheduling

/// A scheduler with hosts and a clock, and shorthands to feed it.
struct SchedulerBench {
    var scheduler: Scheduler
    var now = Instant.zero
    var names = OperationTable<Int>()

    /// Hosts 0 … with so many workers each, all connected.
    init(workers: [Int] = [2], policy: Policy = Policy()) {
        scheduler = Scheduler(policy: policy)
        for index in workers.indices { send(.hostDeclared(HostID(index: index))) }
        for (index, count) in workers.enumerated() {
            send(.hostConnected(HostID(index: index), workers: count))
        }
    }

    /// Hosts that have yet to answer.
    init(hosts: Int) {
        scheduler = Scheduler()
        for index in 0..<hosts { send(.hostDeclared(HostID(index: index))) }
    }

    @discardableResult
    mutating func send(_ event: Event) -> [Action] { scheduler.handle(event, now: now) }

    mutating func pass(_ span: Duration) { now = now.advanced(by: span) }

    @discardableResult
    mutating func tick(after span: Duration) -> [Action] {
        pass(span)
        return send(.tick)
    }

    /// Submits an operation; returns its name and what the scheduler did.
    mutating func submit(
        _ kind: OperationKind = .worker, reads: SlotSet = [], procedure: UInt32 = 1,
        deadline: Instant? = nil
    ) -> (id: OperationID, actions: [Action]) {
        let id = names.insert(0)
        let traits = OperationTraits(
            procedure: procedure, kind: kind, reads: reads, deadline: deadline)
        return (id, send(.operationSubmitted(id, traits)))
    }

    mutating func write(slot: Int, version: UInt64, bytes: UInt64 = 0) -> [Action] {
        send(.updateAppended(.shared(SharedVersion(slot: slot, version: version), bytes: bytes)))
    }

    /// The operation ends, as long after the last event as its worker took for it.
    mutating func succeed(
        _ id: OperationID, attempt: UInt32 = 1, on host: HostID = .zero,
        microseconds: UInt64 = 1_000_000
    ) -> [Action] {
        pass(.microseconds(microseconds))
        let reply = Reply(succeeded: true, microseconds: microseconds)
        return send(.replied(host, AttemptID(operation: id, number: attempt), reply))
    }

    mutating func kill(_ id: OperationID, attempt: UInt32, on host: HostID = .zero) -> [Action] {
        send(.workerEnded(host, executing: AttemptID(operation: id, number: attempt)))
    }
}

extension HostID {
    static let zero = HostID(index: 0)
    static let one = HostID(index: 1)
    static let two = HostID(index: 2)
}

extension [Action] {
    /// Where the operations went.
    var hosts: [HostID] {
        compactMap { if case .sendOperation(let host, _, _) = $0 { host } else { nil } }
    }

    /// The attempts sent, with host and position.
    var sent: [Action] {
        filter { if case .sendOperation = $0 { true } else { false } }
    }

    var outcomes: [Outcome] {
        compactMap { if case .finish(_, let outcome) = $0 { outcome } else { nil } }
    }
}

func attempt(_ id: OperationID, _ number: UInt32) -> AttemptID {
    AttemptID(operation: id, number: number)
}
