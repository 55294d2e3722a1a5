/// Hosts: joining, leaving, silence and back-off.
extension Scheduler {
    mutating func hostDeclared(_ host: HostID, _ now: Instant, _ actions: inout [Action]) {
        guard host.index == hosts.count else { return }
        hosts.append(HostRecord())
        if hostlessSince == nil, hosts.count == 1 { hostless(now) }
        actions.append(.connect(host))
    }

    mutating func hostConnected(
        _ host: HostID, _ workers: Int, _ now: Instant, _ actions: inout [Action]
    ) {
        guard knows(host), hosts[host.index].standing == .connecting else { return }
        hosts[host.index].standing = .connected
        hosts[host.index].workers = max(1, workers)
        hosts[host.index].heardAt = now
        hostlessSince = nil
        wake(at: now.advanced(by: policy.pingAfter))
        replay(to: host, &actions)
        weigh(host)
        dispatch(now, &actions)
    }

    mutating func hostLost(
        _ host: HostID, _ permanent: Bool, _ now: Instant, _ actions: inout [Action]
    ) {
        guard knows(host) else { return }
        switch hosts[host.index].standing {
        case .connected, .connecting: break
        case .waiting, .givenUp: return
        }
        hosts[host.index].failures += 1
        let failures = hosts[host.index].failures
        if permanent || failures >= policy.failuresMax {
            hosts[host.index].standing = .givenUp
            actions.append(.record(.hostGivenUp(host, failures: failures)))
        } else {
            let pause = backOff(failures)
            hosts[host.index].standing = .waiting(until: now.advanced(by: pause))
            wake(at: now.advanced(by: pause))
            actions.append(.record(.hostLost(host, retryAfter: pause)))
        }
        hosts[host.index].forgetConnection()
        weigh(host)
        if !hosts.contains(where: { $0.standing == .connected }) { hostless(now) }
        if hosts.allSatisfy({ $0.standing == .givenUp }) {
            fail(.allHostsGivenUp, &actions)
            return
        }
        takeBackOperations(of: host, &actions)
        dispatch(now, &actions)
    }

    mutating func hostHeard(_ host: HostID, _ now: Instant) {
        guard knows(host) else { return }
        hosts[host.index].heardAt = now
        hosts[host.index].isPinged = false
    }

    func knows(_ host: HostID) -> Bool { hosts.indices.contains(host.index) }

    func isConnected(_ host: HostID) -> Bool {
        knows(host) && hosts[host.index].standing == .connected
    }

    /// Tells the placement how busy the host is; a lost one is out.
    mutating func weigh(_ host: HostID) {
        let record = hosts[host.index]
        guard record.standing == .connected, record.inFlight < record.credit(policy) else {
            placement.set(host, load: nil)
            return
        }
        // An unmeasured host counts as fast: the sooner it is measured, the better the guess.
        let time = record.serviceTime ?? 1
        placement.set(host, load: Double(record.inFlight + 1) * time / Double(record.workers))
    }

    private mutating func hostless(_ now: Instant) {
        guard hostlessSince == nil else { return }
        hostlessSince = now
        wake(at: now.advanced(by: policy.noHostMax))
    }

    private func backOff(_ failures: Int) -> Duration {
        let doublings = min(failures - 1, 20)
        return min(policy.backOff * (1 << doublings), policy.backOffMax)
    }

    /// The host's operations go elsewhere. None is blamed: nobody knows which was executing.
    private mutating func takeBackOperations(of host: HostID, _ actions: inout [Action]) {
        for id in operations.identifiers.reversed() {
            guard let placements = operations[id]?.placements else { continue }
            for placement in placements where placement.host == host {
                attemptLost(
                    AttemptID(operation: id, number: placement.number), on: host, .hostLost,
                    &actions)
            }
        }
    }
}
