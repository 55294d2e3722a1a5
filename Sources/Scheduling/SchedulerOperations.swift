/// Operations: submitted, answered, retried, ended once.
extension Scheduler {
    mutating func submitted(
        _ id: OperationID, _ traits: OperationTraits, _ actions: inout [Action]
    ) {
        guard !operations.contains(id) else { return }
        guard !isInterrupted else {
            actions.append(.finish(id, .interrupted))
            return
        }
        operations.insert(OperationRecord(traits: traits, position: updates.last), as: id)
        if updates.operationOpened(), updates.last <= released { openReleased += 1 }
        if traits.kind == .pure { pureOpen += 1 }
        if let deadline = traits.deadline { deadlines.add(id, at: deadline) }
        pending.append(id)
        dispatch(&actions)
    }

    mutating func replied(
        _ host: HostID, _ attempt: AttemptID, _ reply: Reply, _ actions: inout [Action]
    ) {
        guard isConnected(host) else { return }
        hostHeard(host)
        guard let traits = operations[attempt.operation]?.traits,
            let placement = release(attempt, on: host, &actions)
        else { return }
        if reply.isMeasured, held[attempt.operation] == nil {
            learn(from: reply, traits, placement)
        }
        weigh(host)
        end(attempt.operation, reply.succeeded ? .succeeded : .failed, &actions)
    }

    mutating func workerEnded(
        _ host: HostID, _ executing: AttemptID?, _ alone: OperationID?,
        _ actions: inout [Action]
    ) {
        guard isConnected(host) else {
            if let alone { actions.append(.finish(alone, .abandoned)) }
            return
        }
        hostHeard(host)
        guard var attempt = executing else { return }
        if let alone {
            guard separate(alone, from: attempt, on: host) else {
                actions.append(.finish(alone, .abandoned))
                return
            }
            attempt = AttemptID(operation: alone, number: attempt.number)
        } else {
            guard release(attempt, on: host, &actions) != nil else { return }
            weigh(host)
            operations[attempt.operation]?.kills += 1
        }
        let record = mustBeOpen(attempt.operation)
        let kills = Int(record.kills)
        // One of 'once' has the same error in a serial run, where the first death would be enough.
        if kills >= policy.killsMax, record.traits.kind != .once {
            close(attempt.operation, .poisoned(kills: kills, host), &actions)
        } else {
            settleLoss(of: attempt, on: host, .workerEnded, &actions)
        }
        dispatch(&actions)
    }

    /// The operation that killed its worker leaves its group, so that only it is blamed and executed
    /// again. The others go on. False where the attempt is fenced off.
    private mutating func separate(
        _ alone: OperationID, from attempt: AttemptID, on host: HostID
    ) -> Bool {
        guard let group = operations[attempt.operation], group.traits.count > 1,
            group.isPlaced(on: host, number: attempt.number)
        else { return false }
        guard let places = operations[attempt.operation]?.leave() else {
            preconditionFailure("a group left its table while it was looked at")
        }
        for left in places {
            hosts[left.host.index].load = max(0, hosts[left.host.index].load - left.cost)
            precondition(hosts[left.host.index].inFlight > 0, "a host holds less than nothing")
            hosts[left.host.index].inFlight -= 1
            weigh(left.host)
        }
        operations.insert(OperationRecord(alone: attempt, from: group), as: alone)
        updates.operationJoined(at: group.position)
        if group.traits.kind == .pure { pureOpen += 1 }
        if let deadline = group.traits.deadline { deadlines.add(alone, at: deadline) }
        return true
    }

    /// How many operations like this one are to be submitted as one: as many as a worker does in
    /// the policy's time, as far as is known, but not so many that a host is filled by a few groups.
    ///
    /// What a group saves is the price of deciding, which is that of one operation.
    public func groupSize(of traits: OperationTraits) -> Int {
        guard traits.kind != .once, let mean = times.mean(of: traits.procedure) else { return 1 }
        let fitting = Int(groupTime / mean)
        return max(1, min(fitting, policy.groupMax, credit / 8))
    }

    /// Ends the operation, where it is open, and goes on with others.
    mutating func end(_ id: OperationID, _ outcome: Outcome, _ actions: inout [Action]) {
        close(id, outcome, &actions)
        dispatch(&actions)
    }

    /// Ends the operation for its caller. Attempts that still run are told that nobody waits for
    /// them; their hosts get the credit back at once, since a cancelled attempt need not be
    /// answered.
    mutating func close(_ id: OperationID, _ outcome: Outcome, _ actions: inout [Action]) {
        guard let record = operations.remove(id) else { return }
        if !held.isEmpty { held[id] = nil }
        if record.isQueued { leftQueue() }
        if let placement = record.first { cancel(id, placement, record.count, &actions) }
        if let placement = record.second { cancel(id, placement, record.count, &actions) }
        if record.traits.kind == .pure { pureOpen -= 1 }
        if let deadline = record.traits.deadline, deadline > now { deadlines.leave(operations) }
        actions.append(.finish(id, outcome))
        closed(at: record.position, &actions)
    }

    private mutating func cancel(
        _ id: OperationID, _ placement: OperationRecord.Placement, _ count: Int,
        _ actions: inout [Action]
    ) {
        guard isConnected(placement.host) else { return }
        let attempt = AttemptID(operation: id, number: placement.number)
        actions.append(.sendCancel(placement.host, attempt))
        vacate(placement, count)
        weigh(placement.host)
    }

    /// An attempt that counted is lost.
    mutating func settleLoss(
        of attempt: AttemptID, on host: HostID, _ cause: RetryCause, _ actions: inout [Action]
    ) {
        operations[attempt.operation]?.failedOn = host
        guard let record = operations[attempt.operation], !record.isPlaced else { return }
        if record.traits.kind == .once, cause != .hostRestarted {
            close(attempt.operation, .fateUnknown(host, cause), &actions)
        } else if isInterrupted {
            close(attempt.operation, .interrupted, &actions)
        } else {
            operations[attempt.operation]?.isQueued = true
            retries.append(attempt.operation)
            actions.append(.record(.operationRetried(attempt, on: host, cause)))
        }
    }

    /// An operation that a host holds, or that was looked at a moment ago, has not ended.
    func mustBeOpen(_ id: OperationID) -> OperationRecord {
        guard let record = operations[id] else {
            preconditionFailure("operation \(id.index) ended while something still holds it")
        }
        return record
    }

    /// Gives the attempt's credit back; nil where it is fenced off: lost, cancelled or answered
    /// before.
    private mutating func release(
        _ attempt: AttemptID, on host: HostID, _ actions: inout [Action]
    ) -> OperationRecord.Placement? {
        let placement = operations[attempt.operation]?.take(host: host, number: attempt.number)
        guard let placement, let record = operations[attempt.operation] else { return nil }
        vacate(placement, record.count)
        // Of a group that was sent twice the host may still have what the other one answered.
        if record.isGroup, record.attempts > 1 {
            actions.append(.sendCancel(host, attempt))
        }
        return placement
    }

    /// Takes the attempt out of its host's list; the last one there takes its seat.
    private mutating func vacate(_ placement: OperationRecord.Placement, _ count: Int) {
        let index = placement.host.index
        precondition(hosts[index].inFlight >= count, "a host holds less than nothing")
        hosts[index].inFlight -= count
        let last = hosts[index].held.removeLast()
        if Int(placement.seat) < hosts[index].held.count {
            hosts[index].held[Int(placement.seat)] = last
            precondition(operations.contains(last.operation), "a host holds what has ended")
            operations[last.operation]?.move(
                host: placement.host, number: last.number, toSeat: placement.seat)
        }
        // Exactly nothing when nothing is there: differences of fractions would gather.
        let rest = hosts[index].load - placement.cost
        hosts[index].load = hosts[index].held.isEmpty ? 0 : max(0, rest)
        if hosts[index].isDraining, hosts[index].held.isEmpty { leaving.append(placement.host) }
    }

    private mutating func learn(
        from reply: Reply, _ traits: OperationTraits, _ placement: OperationRecord.Placement
    ) {
        let index = placement.host.index
        // No worker can have taken longer than the attempt is old, whatever its clock says. Below
        // a tenth of a microsecond nothing is measured; it only keeps loads above zero.
        let age = Double(now.nanoseconds(since: placement.sentAt))
        let mean = Double(reply.microseconds) * 1000 / Double(traits.count)
        let nanoseconds = max(100, min(mean, max(age, 1000)))
        hosts[index].failures = 0
        hosts[index].losses = 0
        hosts[index].measured(nanoseconds: nanoseconds)
        hosts[index].slowness = times.measured(
            traits.procedure, nanoseconds: nanoseconds, slowness: hosts[index].slowness)
    }
}
