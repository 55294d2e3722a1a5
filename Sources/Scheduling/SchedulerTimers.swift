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
            guard isLate(id) else { continue }
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
        guard let pingedAt = hosts[host.index].pingedAt else {
            let pingAt = hosts[host.index].heardAt.advanced(by: policy.pingAfter)
            guard now >= pingAt else {
                timers.set(host, pingAt)
                return
            }
            hosts[host.index].pingedAt = now
            actions.append(.sendPing(host))
            timers.set(host, now.advanced(by: answerTime))
            return
        }
        // Since the ping, not since the host was heard: a master that was stopped or suspended for
        // a minute has been silent itself.
        let silentAt = pingedAt.advanced(by: answerTime)
        guard now >= silentAt else {
            timers.set(host, silentAt)
            return
        }
        guard !hosts[host.index].isHeld else {
            timers.set(host, now.advanced(by: policy.pingAfter))
            return
        }
        actions.append(.disconnect(host, .silence))
        hostLost(host, false, &actions)
    }

    private var answerTime: Duration {
        max(.milliseconds(1), policy.silenceMax - policy.pingAfter)
    }
}
