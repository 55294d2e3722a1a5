/// Placement: which operation goes to which host, and when.
extension Scheduler {
    /// Sends what waits, as far as credit reaches.
    mutating func dispatch(_ actions: inout [Action]) {
        guard stage == .running else { return }
        while ahead.top != nil, let id = oldestWaiting(released: true),
            let host = hostForOperation(id)
        {
            takeOldestWaiting()
            send(id, to: host, &actions)
        }
        planDoubling()
    }

    // MARK: What waits

    /// The oldest operation that waits for a host; `released`: only one that hosts can execute.
    mutating func oldestWaiting(released isReleased: Bool) -> OperationID? {
        while let id = retries.last {
            if operations.contains(id) { return id }
            retries.removeLast()
            staleNames -= 1
        }
        while let id = pending.first {
            if let position = operations[id]?.position {
                return isReleased && position > released ? nil : id
            }
            pending.popFirst()
            staleNames -= 1
        }
        return nil
    }

    /// Right after `oldestWaiting`, which cleared the way.
    private mutating func takeOldestWaiting() {
        if retries.popLast() == nil { pending.popFirst() }
    }

    /// An operation ended while it waited; its name is still in the queue.
    mutating func leftQueue() {
        staleNames += 1
        guard staleNames > 64, staleNames * 2 > pending.count + retries.count else { return }
        let operations = operations
        pending.keep { operations[$0] != nil }
        retries.removeAll { operations[$0] == nil }
        staleNames = 0
    }

    private var waitingCount: Int { pending.count + retries.count - staleNames }

    // MARK: Which host

    /// Tells the placement how busy the host is; one that takes nothing is out.
    mutating func weigh(_ host: HostID) {
        let index = host.index
        let mayHold = hosts[index].credit(
            prefetch: prefetch, limits: policy.prefetchLimits, heldMax: policy.heldMax)
        credit += mayHold - hosts[index].credit
        hosts[index].credit = mayHold
        let inFlight = hosts[index].inFlight
        let basic = hosts[index].basicCredit(policy)
        hosts[index].fill(mayHold: mayHold, basic: basic)
        let time =
            hosts[index].isFull ? nil : hosts[index].finishTime(adding: times.typical)
        let isReady = inFlight < basic
        ahead.set(host, time)
        ready.set(host, isReady ? time : nil)
        for slot in hosts[index].slots { holders[slot].set(host, isReady ? time : nil) }
    }

    /// The host where the operation is done first, as far as one can tell.
    private func hostForOperation(_ id: OperationID) -> HostID? {
        let procedure = mustBeOpen(id).traits.procedure
        // Only what is known to be short is sent further ahead: it can't be called back. By the mean
        // and not by the cost, which is known only up to a factor that the hosts' slowness has.
        let isShort = times.mean(of: procedure).map { $0 <= prefetch } ?? false
        let heap = isShort ? ahead : ready
        let failedOn = operations[id]?.failedOn
        guard let best = (heap.top(besides: failedOn) ?? heap.top)?.host else { return nil }
        guard let record = operations[id], !record.traits.reads.isEmpty,
            let holder = holder(for: record), holder != best
        else { return best }
        return isWorthSending(to: best, instead: holder, record) ? best : holder
    }

    /// The best host that holds the largest of the shared data that the operation reads.
    private func holder(for record: OperationRecord) -> HostID? {
        let slot = dataSlot(of: record)
        guard let slot, slot < holders.count else { return nil }
        return holders[slot].top(besides: record.failedOn)?.host
    }

    private func dataSlot(of record: OperationRecord) -> Int? {
        record.traits.reads.max {
            updates.bytes(of: $0, at: record.position) < updates.bytes(of: $1, at: record.position)
        }
    }

    /// Whether the operation is done sooner on a host that must be sent the data first. The
    /// transfer is shared by all waiting operations that will follow there.
    private func isWorthSending(
        to other: HostID, instead holder: HostID, _ record: OperationRecord
    ) -> Bool {
        guard let slot = dataSlot(of: record), !hosts[other.index].slots.contains(slot)
        else { return true }
        guard !hosts[holder.index].hasIdleWorker else { return false }
        guard hosts[other.index].hasIdleWorker else { return false }
        // Nothing known of the time that it would wait: idle workers are worse than a transfer.
        guard let holderSlowness = hosts[holder.index].slowness,
            times.isKnown(record.traits.procedure)
        else { return true }
        let bytes = Double(updates.bytes(of: slot, at: record.position))
        let part = Double(hosts[other.index].workers) / Double(max(1, workers))
        let followers = max(1, Double(waitingCount) * part)
        let transfer = bytes / policy.transferRate * 1e9 / followers
        let cost = times.cost(of: record.traits.procedure)
        let there = transfer + cost * (hosts[other.index].slowness ?? 1)
        let here = hosts[holder.index].finishTime(adding: 0) + cost * holderSlowness
        return there < here
    }

    mutating func send(_ id: OperationID, to host: HostID, _ actions: inout [Action]) {
        let record = mustBeOpen(id)
        for slot in record.traits.reads {
            guard let version = updates.version(of: slot, at: record.position) else { continue }
            hold(slot, host)
            guard hosts[host.index].defined.insert(version).inserted else { continue }
            actions.append(.sendDefinition(host, version))
        }
        let cost = times.cost(of: record.traits.procedure) * Double(record.traits.count)
        let seat = hosts[host.index].held.count
        guard let number = operations[id]?.place(on: host, seat: seat, cost: cost, at: now)
        else { preconditionFailure("an operation ended while it was sent") }
        let attempt = AttemptID(operation: id, number: number)
        hosts[host.index].held.append(attempt)
        hosts[host.index].inFlight += record.count
        hosts[host.index].load += cost
        weigh(host)
        actions.append(.sendOperation(host, attempt, at: record.position))
    }

    private mutating func hold(_ slot: Int, _ host: HostID) {
        hosts[host.index].slots.insert(slot)
        while holders.count <= slot { holders.append(HostHeap()) }
    }
}
