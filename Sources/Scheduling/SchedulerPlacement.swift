/// Placement: which operation goes to which host, and when.
extension Scheduler {
    /// Sends what waits, as far as credit reaches.
    mutating func dispatch(_ now: Instant, _ actions: inout [Action]) {
        while let host = placement.top, let id = nextWaiting() {
            send(id, to: host, now, &actions)
        }
        planDoubling(now)
    }

    /// The oldest operation that waits for a host.
    private mutating func nextWaiting() -> OperationID? {
        while let id = retries.popLast() {
            if operations[id] != nil { return id }
        }
        while let id = pending.popFirst() {
            if operations[id] != nil { return id }
        }
        return nil
    }

    private mutating func send(
        _ id: OperationID, to host: HostID, _ now: Instant, _ actions: inout [Action]
    ) {
        guard let record = operations[id] else { return }
        for slot in record.traits.reads {
            guard let version = updates.version(of: slot, at: record.position),
                hosts[host.index].defined.insert(version).inserted
            else { continue }
            actions.append(.sendDefinition(host, version))
        }
        guard let number = operations[id]?.place(on: host, at: now) else { return }
        hosts[host.index].inFlight += 1
        weigh(host)
        let attempt = AttemptID(operation: id, number: number)
        actions.append(.sendOperation(host, attempt, at: record.position))
    }

    /// Slow pure operations are looked for when nothing else is left to send.
    private mutating func planDoubling(_ now: Instant) {
        guard pureOpen > 0, hosts.count > 1, isDrained else { return }
        wake(at: now.advanced(by: policy.doublingInterval))
    }

    private var isDrained: Bool { retries.isEmpty && pending.isEmpty }

    /// Sends a second attempt of each slow pure operation to an idle worker of another host, the
    /// oldest first.
    mutating func doubleSlowOperations(_ now: Instant, _ actions: inout [Action]) {
        guard pureOpen > 0, hosts.count > 1, isDrained else { return }
        wake(at: now.advanced(by: policy.doublingInterval))
        guard hosts.contains(where: hasIdleWorker) else { return }
        let slow = operations.identifiers
            .compactMap { id in slowSince(id, now).map { (id: id, since: $0) } }
            .sorted { $0.since < $1.since }
        for (id, _) in slow {
            guard let host = idleHost(besides: id) else { continue }
            send(id, to: host, now, &actions)
            let number = operations[id]?.attempts ?? 0
            let attempt = AttemptID(operation: id, number: number)
            actions.append(.record(.operationDoubled(attempt, on: host)))
        }
    }

    /// When the operation's only attempt was sent, where it is slow by now.
    private func slowSince(_ id: OperationID, _ now: Instant) -> Instant? {
        guard let record = operations[id], record.traits.kind == .pure,
            record.placements.count == 1, let placement = record.placements.first,
            let mean = procedureTimes[record.traits.procedure]
        else { return nil }
        let age = now.nanoseconds(since: placement.sentAt)
        let limit = UInt64(mean) * policy.doublingFactor + policy.doublingAge.nanoseconds
        return age >= limit ? placement.sentAt : nil
    }

    private func idleHost(besides id: OperationID) -> HostID? {
        hosts.indices
            .filter { hasIdleWorker(hosts[$0]) }
            .filter { operations[id]?.isPlaced(on: HostID(index: $0)) == false }
            .min { (hosts[$0].serviceTime ?? 0) < (hosts[$1].serviceTime ?? 0) }
            .map(HostID.init(index:))
    }

    private func hasIdleWorker(_ host: HostRecord) -> Bool {
        host.standing == .connected && host.inFlight < host.workers
    }
}
