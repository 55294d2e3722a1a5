/// Since when a debugger looks at an operation's worker.
struct HeldTime: Sendable {
    var since: Instant
    /// Its deadline came meanwhile.
    var isOverdue = false
}

/// Time stands still for what a debugger looks at.
extension Scheduler {
    mutating func hold(_ id: OperationID) {
        guard operations.contains(id), held[id] == nil else { return }
        held[id] = HeldTime(since: now)
    }

    /// The operation has as much time as it had when it was held.
    mutating func release(_ id: OperationID) {
        guard let time = held.removeValue(forKey: id), operations.contains(id) else { return }
        let pause = Duration.nanoseconds(now.nanoseconds(since: time.since))
        operations[id]?.pause(for: pause)
        guard time.isOverdue, let deadline = mustBeOpen(id).traits.deadline else { return }
        deadlines.add(id, at: deadline)
    }

    /// The operation's deadline may be in the past: what it had to wait for a debugger was added to it.
    /// False: it has more time, or waits for the debugger still.
    mutating func isLate(_ id: OperationID) -> Bool {
        if held[id] != nil {
            held[id]?.isOverdue = true
            return false
        }
        guard let deadline = operations[id]?.traits.deadline, deadline > now else { return true }
        deadlines.add(id, at: deadline)
        return false
    }

    mutating func hold(_ host: HostID) {
        guard isConnected(host) else { return }
        hosts[host.index].isHeld = true
    }

    mutating func release(_ host: HostID) {
        guard isConnected(host) else { return }
        hosts[host.index].isHeld = false
        hostHeard(host)
    }
}
