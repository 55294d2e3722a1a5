/// The end of a run is guarded against stragglers by second attempts of `pure` operations.
extension Scheduler {
    /// Slow pure operations are looked for when nothing else is left to send.
    mutating func planDoubling() {
        guard doublingAt == nil, mayDouble else { return }
        doublingAt = now.advanced(by: policy.doublingInterval)
    }

    private var mayDouble: Bool {
        pureOpen > 0 && connectedCount > 1 && retries.isEmpty && pending.isEmpty && !isInterrupted
    }

    /// Sends a second attempt of each slow pure operation to an idle worker of another host, the
    /// oldest first.
    mutating func doubleSlowOperations(_ actions: inout [Action]) {
        doublingAt = nil
        guard mayDouble else { return }
        planDoubling()
        let slow = slowOperations()
        guard !slow.isEmpty else { return }
        let fastest = hosts.indices.filter { hosts[$0].hasIdleWorker }
            .sorted { (hosts[$0].slowness ?? 1) < (hosts[$1].slowness ?? 1) }
        for (id, first) in slow {
            let other = fastest.first { $0 != first.host.index && hosts[$0].hasIdleWorker }
            guard let host = other.map(HostID.init(index:)) else { continue }
            send(id, to: host, &actions)
            let attempt = AttemptID(operation: id, number: mustBeOpen(id).attempts)
            actions.append(.record(.operationDoubled(attempt, on: host)))
        }
    }

    /// Those with one attempt that is out for too long, the oldest first.
    private func slowOperations() -> [(id: OperationID, placement: OperationRecord.Placement)] {
        var slow: [(id: OperationID, placement: OperationRecord.Placement)] = []
        for host in hosts.indices {
            for attempt in hosts[host].held {
                guard let placement = slowPlacement(of: attempt.operation) else { continue }
                slow.append((attempt.operation, placement))
            }
        }
        return slow.sorted { $0.placement.sentAt < $1.placement.sentAt }
    }

    private func slowPlacement(of id: OperationID) -> OperationRecord.Placement? {
        guard held[id] == nil, let record = operations[id], record.traits.kind == .pure,
            let placement = record.onlyPlacement,
            let mean = times.mean(of: record.traits.procedure)
        else { return nil }
        let age = Double(now.nanoseconds(since: placement.sentAt))
        let expected = mean * Double(record.count) * Double(policy.doublingFactor)
        let limit = expected + Double(policy.doublingAge.nanoseconds)
        return age >= limit ? placement : nil
    }
}
