/// Time: reconnecting, silence, deadlines, and the end of a run that has no host.
extension Scheduler {
    mutating func tick(_ actions: inout [Action]) {
        if let hostlessSince, now >= hostlessSince.advanced(by: policy.noHostMax) {
            fail(.noHost(within: policy.noHostMax), &actions)
            return
        }
        while let timer = timers.top, timer.key <= now {
            check(timer.host, &actions)
            guard stage == .running else { return }
        }
        endLateOperations(&actions)
        if let doublingAt, now >= doublingAt { doubleSlowOperations(&actions) }
    }

    private mutating func endLateOperations(_ actions: inout [Action]) {
        guard let first = deadlines.first, first <= now else { return }
        while let id = deadlines.popDue(now, in: operations) {
            close(id, .deadlinePassed, &actions)
        }
        dispatch(&actions)
    }

    /// Sets the host's timer anew, or takes it away.
    private mutating func check(_ host: HostID, _ actions: inout [Action]) {
        switch hosts[host.index].standing {
        case .waiting:
            hosts[host.index].standing = .connecting
            timers.set(host, nil)
            actions.append(.connect(host))
        case .connected:
            checkSilence(host, &actions)
        case .connecting, .givenUp, .left:
            timers.set(host, nil)
        }
    }

    private mutating func checkSilence(_ host: HostID, _ actions: inout [Action]) {
        let heardAt = hosts[host.index].heardAt
        let silentAt = heardAt.advanced(by: policy.silenceMax)
        if now >= silentAt, hosts[host.index].isPinged {
            actions.append(.disconnect(host))
            hostLost(host, false, &actions)
        } else if now >= heardAt.advanced(by: policy.pingAfter) {
            if !hosts[host.index].isPinged {
                hosts[host.index].isPinged = true
                actions.append(.sendPing(host))
            }
            timers.set(host, max(silentAt, now.advanced(by: .milliseconds(1))))
        } else {
            timers.set(host, heardAt.advanced(by: policy.pingAfter))
        }
    }
}
