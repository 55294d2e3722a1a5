import Scheduling

/// What the network and the user do to a cluster, and what must hold after each step.
extension SimulatedCluster {
    /// Cuts some hosts off, in one direction or in both, for a while.
    mutating func partition() {
        guard !isHealed else { return }
        let share = Double(random.within(1...10)) / 10
        let direction = random.below(3)
        let longest = Self.healsAt.nanoseconds(since: now) / 1_000_000
        let end = now.advanced(by: .milliseconds(random.below(Int(longest))))
        for index in hosts.indices where random.chance(share) {
            if direction != 1 { hosts[index].cutToHost = end }
            if direction != 2 { hosts[index].cutToMaster = end }
            // A connection may also be reset when the network is back.
            guard random.chance(0.3) else { continue }
            let host = HostID(index: index)
            agenda.add(.hostCrashes(host, session: hosts[index].session), at: end)
        }
    }

    mutating func userActs() {
        let host = HostID(index: random.below(hosts.count))
        switch random.below(3) {
        case 0: declareHost()
        case 1:
            ledger.hostUnwanted(host)
            feed(.hostDrained(host))
        default:
            ledger.hostUnwanted(host)
            feed(.hostRemoved(host))
        }
    }

    /// What the scheduler and the slaves remember is bounded by what is open.
    mutating func checkBounds() {
        // Counting visits every host.
        guard hosts.count < 50 || steps % hosts.count == 0, !ledger.isFailed else { return }
        let held = scheduler.holdings
        let open = ledger.open
        let subjects = RandomProgram.slots + RandomProgram.replacingProcedures
        let positions = held.openPositions + 1
        check(held.operations == open, "\(held.operations) of \(open) operations are known")
        check(held.queuedNames <= 2 * open + 66, "\(held.queuedNames) names for \(open)")
        check(held.inFlight <= 2 * open, "\(held.inFlight) attempts for \(open) operations")
        check(held.openPositions <= open, "\(held.openPositions) positions for \(open)")
        let most = program.plainUpdates + subjects * positions
        check(held.updates <= most, "\(held.updates) updates are kept, at most \(most)")
        check(
            held.versions <= RandomProgram.slots * positions,
            "\(held.versions) versions are kept for \(positions) positions")
        let definitions = held.versions * hosts.count
        check(held.definitions <= definitions, "\(held.definitions) definitions are known")
        let deadlines = 2 * ledger.openWithDeadline + 66
        check(held.deadlines <= deadlines, "\(held.deadlines) deadlines are waited for")
        let kept = (updates: updates.count, versions: contents.count)
        check(kept.updates == held.updates, "\(kept.updates) contents of updates are kept")
        check(kept.versions == held.versions, "\(kept.versions) contents of versions are kept")
        let replicas = scheduler.policy.positionsMax + 1
        for host in hosts {
            let count = host.slave?.replicaCount ?? 0
            check(count <= replicas, "a slave holds \(count) positions, at most \(replicas)")
        }
    }

    private mutating func check(_ holds: Bool, _ text: @autoclosure () -> String) {
        if !holds { ledger.breach(text()) }
    }
}
