/// Updates: one order for every host.
extension Scheduler {
    mutating func updateAppended(_ change: Change, _ actions: inout [Action]) {
        let position = updates.append(change)
        // Before the update: where nothing older is open, the older replica ends with it.
        retire(&actions)
        for index in hosts.indices where hosts[index].standing == .connected {
            actions.append(.sendUpdate(HostID(index: index), position))
        }
    }

    /// The first host answers for all: every replica does the same with the same updates.
    mutating func updateApplied(
        _ host: HostID, _ position: Position, _ actions: inout [Action]
    ) {
        guard isConnected(host), position > appliedSomewhere, position <= updates.last else {
            return
        }
        for applied in (appliedSomewhere + 1)...position { actions.append(.finishUpdate(applied)) }
        appliedSomewhere = position
    }

    /// Tells every host which positions are dead, once for each that died.
    mutating func retire(_ actions: inout [Action]) {
        let oldest = updates.oldestOpen
        guard oldest > retiredBelow else { return }
        retiredBelow = oldest
        for index in hosts.indices where hosts[index].standing == .connected {
            actions.append(.sendRetire(HostID(index: index), below: oldest))
        }
        for version in updates.prune() {
            for index in hosts.indices { hosts[index].defined.remove(version) }
            actions.append(.forget(version))
        }
    }

    /// Brings a host that joins to the program's position. The master holds the updates' contents.
    mutating func replay(to host: HostID, _ actions: inout [Action]) {
        if retiredBelow > 0 { actions.append(.sendRetire(host, below: retiredBelow)) }
        guard updates.last > 0 else { return }
        for position in 1...updates.last { actions.append(.sendUpdate(host, position)) }
    }
}
