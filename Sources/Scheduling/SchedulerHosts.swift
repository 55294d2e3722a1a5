/// Hosts: joining, leaving and back-off.
extension Scheduler {
    mutating func hostDeclared(_ host: HostID, _ actions: inout [Action]) {
        guard host.index == hosts.count else { return }
        hosts.append(HostRecord())
        if connectedCount == 0, hostlessSince == nil { hostlessSince = now }
        actions.append(.connect(host))
    }

    mutating func hostConnected(_ host: HostID, _ workers: Int, _ actions: inout [Action]) {
        guard knows(host), hosts[host.index].standing == .connecting else {
            if knows(host), hosts[host.index].standing == .left {
                actions.append(.sendGoodbye(host))
            }
            return
        }
        hosts[host.index].standing = .connected
        hosts[host.index].workers = min(max(1, workers), policy.workersMax)
        hosts[host.index].heardAt = now
        self.workers += hosts[host.index].workers
        connectedCount += 1
        hostlessSince = nil
        isHostlessTold = false
        timers.set(host, now.advanced(by: policy.pingAfter))
        replay(to: host, &actions)
        weigh(host)
        dispatch(&actions)
    }

    mutating func hostLost(_ host: HostID, _ permanent: Bool, _ actions: inout [Action]) {
        guard knows(host) else { return }
        let wasConnected = hosts[host.index].standing == .connected
        guard wasConnected || hosts[host.index].standing == .connecting else { return }
        hosts[host.index].failures += 1
        if wasConnected { hosts[host.index].losses += 1 }
        let lost = disconnected(host)
        if hosts[host.index].isDraining {
            leave(host, &actions)
        } else if permanent || hosts[host.index].losses >= policy.failuresMax {
            hosts[host.index].standing = .givenUp
            givenUpCount += 1
            timers.set(host, nil)
            actions.append(
                .record(.hostGivenUp(host, failures: hosts[host.index].failures)))
        } else {
            let pause = backOff(hosts[host.index].failures)
            hosts[host.index].standing = .waiting(until: now.advanced(by: pause))
            timers.set(host, now.advanced(by: pause))
            actions.append(.record(.hostLost(host, retryAfter: pause)))
        }
        weigh(host)
        goOn(without: host, lost, wasConnected, .hostLost, &actions)
    }

    mutating func hostRestarted(_ host: HostID, _ actions: inout [Action]) {
        guard isConnected(host) else { return }
        let lost = disconnected(host)
        hosts[host.index].standing = .connecting
        timers.set(host, nil)
        if connectedCount == 0, hostlessSince == nil { hostlessSince = now }
        actions.append(.connect(host))
        weigh(host)
        takeBack(lost, from: host, .hostRestarted, &actions)
        dispatch(&actions)
    }

    mutating func hostHeard(_ host: HostID) {
        guard knows(host) else { return }
        hosts[host.index].heardAt = now
        hosts[host.index].pingedAt = nil
    }

    mutating func hostDrained(_ host: HostID, _ actions: inout [Action]) {
        guard knows(host), hosts[host.index].standing != .left else { return }
        guard isConnected(host), hosts[host.index].inFlight > 0 else {
            hostRemoved(host, &actions)
            return
        }
        hosts[host.index].isDraining = true
        weigh(host)
        dispatch(&actions)
    }

    mutating func hostRemoved(_ host: HostID, _ actions: inout [Action]) {
        guard knows(host), hosts[host.index].standing != .left else { return }
        let wasConnected = isConnected(host)
        if hosts[host.index].standing == .givenUp { givenUpCount -= 1 }
        let lost = disconnected(host)
        actions.append(wasConnected ? .sendGoodbye(host) : .disconnect(host, .removed))
        leave(host, &actions)
        weigh(host)
        goOn(without: host, lost, wasConnected, .hostRemoved, &actions)
    }

    /// Draining hosts that ended their last operation go.
    mutating func leaveIdle(_ actions: inout [Action]) {
        while stage == .running, let host = leaving.popLast() {
            guard isConnected(host), hosts[host.index].inFlight == 0 else { continue }
            hostRemoved(host, &actions)
        }
    }

    func knows(_ host: HostID) -> Bool { hosts.indices.contains(host.index) }

    func isConnected(_ host: HostID) -> Bool {
        knows(host) && hosts[host.index].standing == .connected
    }

    /// Takes away what belonged to the connection; returns the attempts that were there.
    private mutating func disconnected(_ host: HostID) -> ContiguousArray<AttemptID> {
        if isConnected(host) {
            connectedCount -= 1
            workers -= hosts[host.index].workers
        }
        let held = hosts[host.index].held
        for slot in hosts[host.index].slots { holders[slot].set(host, nil) }
        hosts[host.index].forgetConnection()
        return held
    }

    private mutating func leave(_ host: HostID, _ actions: inout [Action]) {
        hosts[host.index].standing = .left
        leftCount += 1
        timers.set(host, nil)
        actions.append(.record(.hostLeft(host)))
    }

    private mutating func goOn(
        without host: HostID, _ lost: ContiguousArray<AttemptID>, _ wasConnected: Bool,
        _ cause: RetryCause, _ actions: inout [Action]
    ) {
        if leftCount < hosts.count, givenUpCount + leftCount == hosts.count {
            fail(.allHostsGivenUp, &actions)
            return
        }
        if connectedCount == 0, hostlessSince == nil { hostlessSince = now }
        tellHostless(wasConnected, &actions)
        takeBack(lost, from: host, cause, &actions)
        dispatch(&actions)
    }

    /// Once for each time; at the start, when no host has answered at the first try.
    private mutating func tellHostless(_ wasConnected: Bool, _ actions: inout [Action]) {
        guard connectedCount == 0, !isHostlessTold else { return }
        guard wasConnected || !hosts.contains(where: { $0.standing == .connecting }) else { return }
        isHostlessTold = true
        actions.append(.record(.hostless(failsAfter: policy.noHostMax)))
    }

    private func backOff(_ failures: Int) -> Duration {
        let doublings = min(failures - 1, 20)
        return min(policy.backOff * (1 << doublings), policy.backOffMax)
    }

    /// The host's operations go elsewhere, the oldest first. None is blamed: nobody knows which was
    /// executing.
    private mutating func takeBack(
        _ lost: ContiguousArray<AttemptID>, from host: HostID, _ cause: RetryCause,
        _ actions: inout [Action]
    ) {
        let youngestFirst = lost.map { attempt in
            (attempt: attempt, position: mustBeOpen(attempt.operation).position)
        }.sorted {
            ($0.position, $0.attempt.operation.index) > ($1.position, $1.attempt.operation.index)
        }
        for (attempt, _) in youngestFirst
        where operations[attempt.operation]?.take(host: host, number: attempt.number) != nil {
            settleLoss(of: attempt, on: host, cause, &actions)
        }
    }
}
