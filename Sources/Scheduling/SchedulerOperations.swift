/// Operations: submitted, answered, retried, ended once.
extension Scheduler {
    mutating func submitted(
        _ id: OperationID, _ traits: OperationTraits, _ now: Instant, _ actions: inout [Action]
    ) {
        guard operations[id] == nil else { return }
        operations.insert(OperationRecord(traits: traits, position: updates.last), as: id)
        updates.operationOpened()
        if traits.kind == .pure { pureOpen += 1 }
        pending.append(id)
        dispatch(now, &actions)
    }

    mutating func replied(
        _ host: HostID, _ attempt: AttemptID, _ reply: Reply, _ now: Instant,
        _ actions: inout [Action]
    ) {
        guard isConnected(host) else { return }
        hostHeard(host, now)
        guard release(attempt, on: host), let record = operations[attempt.operation] else { return }
        hosts[host.index].failures = 0
        hosts[host.index].measured(microseconds: reply.microseconds)
        weigh(host)
        if record.traits.kind == .pure { measure(record.traits.procedure, reply) }
        close(attempt.operation, reply.succeeded ? .succeeded : .failed, &actions)
        retire(&actions)
        dispatch(now, &actions)
    }

    mutating func workerEnded(
        _ host: HostID, _ executing: AttemptID?, _ now: Instant, _ actions: inout [Action]
    ) {
        guard isConnected(host) else { return }
        hostHeard(host, now)
        guard let attempt = executing, release(attempt, on: host) else { return }
        weigh(host)
        operations[attempt.operation]?.kills += 1
        let kills = operations[attempt.operation]?.kills ?? 0
        if kills >= policy.killsMax {
            close(attempt.operation, .poisoned(kills: kills, host), &actions)
            retire(&actions)
        } else {
            settleLoss(of: attempt, on: host, .workerEnded, &actions)
        }
        dispatch(now, &actions)
    }

    mutating func cancelled(_ id: OperationID, _ now: Instant, _ actions: inout [Action]) {
        guard operations[id] != nil else { return }
        close(id, .cancelled, &actions)
        retire(&actions)
        dispatch(now, &actions)
    }

    /// An attempt that counted is gone with its host.
    mutating func attemptLost(
        _ attempt: AttemptID, on host: HostID, _ cause: RetryCause, _ actions: inout [Action]
    ) {
        guard operations[attempt.operation]?.take(host: host, number: attempt.number) == true
        else { return }
        settleLoss(of: attempt, on: host, cause, &actions)
    }

    /// Ends the operation for its caller. Attempts that still run are told that nobody waits for
    /// them; their hosts get the credit back at once, since a cancelled attempt need not be
    /// answered.
    mutating func close(_ id: OperationID, _ outcome: Outcome, _ actions: inout [Action]) {
        guard let record = operations.remove(id) else { return }
        for placement in record.placements where isConnected(placement.host) {
            let attempt = AttemptID(operation: id, number: placement.number)
            hosts[placement.host.index].inFlight -= 1
            weigh(placement.host)
            actions.append(.sendCancel(placement.host, attempt))
        }
        if record.traits.kind == .pure { pureOpen -= 1 }
        updates.operationClosed(at: record.position)
        actions.append(.finish(id, outcome))
    }

    /// Gives the attempt's credit back; false where it is fenced off: lost, cancelled or answered
    /// before.
    private mutating func release(_ attempt: AttemptID, on host: HostID) -> Bool {
        guard operations[attempt.operation]?.take(host: host, number: attempt.number) == true
        else { return false }
        hosts[host.index].inFlight -= 1
        return true
    }

    private mutating func settleLoss(
        of attempt: AttemptID, on host: HostID, _ cause: RetryCause, _ actions: inout [Action]
    ) {
        guard let record = operations[attempt.operation] else { return }
        if record.traits.kind == .once {
            close(attempt.operation, .fateUnknown(host, cause), &actions)
            retire(&actions)
        } else if !record.isPlaced {
            retries.append(attempt.operation)
            actions.append(.record(.operationRetried(attempt, on: host, cause)))
        }
    }

    private mutating func measure(_ procedure: UInt32, _ reply: Reply) {
        let nanoseconds = Double(reply.microseconds) * 1000
        procedureTimes[procedure] =
            procedureTimes[procedure].map { $0 + (nanoseconds - $0) / 16 } ?? nanoseconds
    }
}
