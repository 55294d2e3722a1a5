/// Time: reconnecting, silence, and the end of a run that has no host.
extension Scheduler {
    mutating func tick(_ now: Instant, _ actions: inout [Action]) {
        guard let deadline, now >= deadline else { return }
        self.deadline = nil
        if let hostlessSince {
            let end = hostlessSince.advanced(by: policy.noHostMax)
            if now >= end {
                fail(.noHost(within: policy.noHostMax), &actions)
                return
            }
            wake(at: end)
        }
        for index in hosts.indices { check(HostID(index: index), now, &actions) }
        guard stage == .running else { return }
        doubleSlowOperations(now, &actions)
    }

    private mutating func check(_ host: HostID, _ now: Instant, _ actions: inout [Action]) {
        switch hosts[host.index].standing {
        case .waiting(let until) where now >= until:
            hosts[host.index].standing = .connecting
            actions.append(.connect(host))
        case .waiting(let until):
            wake(at: until)
        case .connected:
            checkSilence(host, now, &actions)
        case .connecting, .givenUp:
            break
        }
    }

    private mutating func checkSilence(
        _ host: HostID, _ now: Instant, _ actions: inout [Action]
    ) {
        let record = hosts[host.index]
        if now >= record.heardAt.advanced(by: policy.silenceMax), record.isPinged {
            actions.append(.disconnect(host))
            hostLost(host, false, now, &actions)
        } else if now >= record.heardAt.advanced(by: policy.pingAfter) {
            if !record.isPinged {
                hosts[host.index].isPinged = true
                actions.append(.sendPing(host))
            }
            wake(
                at: max(
                    record.heardAt.advanced(by: policy.silenceMax),
                    now.advanced(by: .milliseconds(1))))
        } else {
            wake(at: record.heardAt.advanced(by: policy.pingAfter))
        }
    }
}
