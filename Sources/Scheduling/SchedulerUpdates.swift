/// Updates: one order for every host.
extension Scheduler {
    mutating func updateAppended(_ change: Change, _ actions: inout [Action]) {
        guard !isInterrupted else { return }
        forget(updates.append(change).dropped, &actions)
        releaseUpdates(&actions)
    }

    /// Sends the next updates to every host, as long as hosts need not hold too many positions.
    /// Whoever waits for an update that is held back submits nothing more: that bounds the rest.
    private mutating func releaseUpdates(_ actions: inout [Action]) {
        while openReleased < policy.positionsMax, let next = updates.next(after: released) {
            let dead = updates.dead(below: next)
            for index in hosts.indices where hosts[index].standing == .connected {
                let host = HostID(index: index)
                // Before the update: where nothing older is open, the older replica ends with it.
                if !dead.isEmpty { actions.append(.sendRetire(host, dead)) }
                actions.append(.sendUpdate(host, next))
            }
            released = next
            if updates.isOpen(next) { openReleased += 1 }
        }
    }

    /// An operation at the position ended.
    mutating func closed(at position: Position, _ actions: inout [Action]) {
        guard let dropped = updates.operationClosed(at: position), stage == .running else { return }
        if position <= released { openReleased -= 1 }
        let dead = updates.dead(below: position)
        if position < updates.last, dead.lowerBound <= released {
            for index in hosts.indices where hosts[index].standing == .connected {
                actions.append(.sendRetire(HostID(index: index), dead))
            }
        }
        forget(dropped, &actions)
        releaseUpdates(&actions)
    }

    private mutating func forget(_ dropped: [UpdateLog.Dropped], _ actions: inout [Action]) {
        for update in dropped {
            if let version = update.version {
                for index in hosts.indices { hosts[index].defined.remove(version) }
                actions.append(.forget(version))
            }
            actions.append(.forgetUpdate(update.position))
        }
    }

    /// The first host answers for all: every replica does the same with the same updates.
    mutating func updateApplied(
        _ host: HostID, _ position: Position, _ actions: inout [Action]
    ) {
        guard isConnected(host) else { return }
        hostHeard(host)
        guard position > appliedSomewhere, position <= released else { return }
        for applied in (appliedSomewhere + 1)...position { actions.append(.finishUpdate(applied)) }
        appliedSomewhere = position
        isUpdateDoubted = false
    }

    /// A host that can't do what another one did is broken. What no host did yet is believed to be
    /// impossible when a second one says so, or there is none to ask.
    mutating func updateFailed(
        _ host: HostID, _ position: Position, _ actions: inout [Action]
    ) {
        guard isConnected(host), position <= released else { return }
        if position > appliedSomewhere, isUpdateDoubted || connectedCount == 1 {
            fail(.updateFailed(host, position), &actions)
            return
        }
        if position > appliedSomewhere { isUpdateDoubted = true }
        actions.append(.disconnect(host, .updateFailed(position)))
        hostLost(host, false, &actions)
    }

    /// Brings a host that joins to where the others are, by the updates that still matter.
    mutating func replay(to host: HostID, _ actions: inout [Action]) {
        var last: Position = 0
        var told: Range<Position>?
        while let next = updates.next(after: last), next <= released {
            let dead = updates.dead(below: next)
            if !dead.isEmpty, dead != told {
                actions.append(.sendRetire(host, dead))
                told = dead
            }
            actions.append(.sendUpdate(host, next))
            last = next
        }
    }
}
