import Scheduling

/// Doing what the scheduler decided.
extension RunLoop {
    /// Performs the actions that gathered. None of them makes an event: a link that fails is seen
    /// later in the round, so that actions are performed in the order in which they were decided.
    func perform() {
        // Operations are finished before the run's failure is told, with that failure as their
        // error.
        for case .failRun(let reason) in actions { failure = failure ?? error(of: reason) }
        for action in actions { perform(action) }
        actions.removeAll(keepingCapacity: true)
    }

    private func perform(_ action: Action) {
        switch action {
        case .connect(let host): connect(host)
        case .disconnect(let host): disconnect(host)
        case .sendRetire(let host, let span):
            if let link = links[host.index] {
                link.outbox.call(.retire, SlaveMessages.retire(span))
            }
        case .sendUpdate(let host, let position): sendUpdate(host, position)
        case .sendDefinition(let host, let version):
            if let content = updates.content(version), let link = links[host.index] {
                let bytes = link.outbox.define(version, content)
                recorder.transferred(version, bytes: bytes, to: host, now)
            }
        case .sendOperation(let host, let attempt, let position):
            sendOperation(host, attempt, position)
        case .sendCancel(let host, let attempt): sendCancel(host, attempt)
        case .sendPing(let host): send(host, .ping, .ping)
        case .sendGoodbye(let host): sendGoodbye(host)
        case .finishUpdate(let position):
            if let sink = updates.takeSink(position) {
                answers.add(.result([], host: ""), for: sink)
            }
        case .finish(let id, let outcome): finish(id, outcome)
        case .forgetUpdate(let position): updates.forget(position)
        case .drained: isDrained = true
        case .forget(let version):
            updates.forget(version)
            for case let link? in links { link.outbox.withdraw(version) }
        case .failRun: failRun()
        case .record(let incident): record(incident)
        }
    }

    private func send(
        _ host: HostID, _ procedure: SlaveProcedure, _ awaited: HostLink.Awaited,
        _ arguments: [UInt8] = []
    ) {
        guard let link = links[host.index] else { return }
        link.outbox.call(procedure, arguments, awaited, in: &link.awaited)
    }

    private func sendUpdate(_ host: HostID, _ position: Position) {
        guard let message = updates.message(position) else { return }
        send(host, .update, .update(position), SlaveMessages.update(position, message))
    }

    private func sendOperation(_ host: HostID, _ attempt: AttemptID, _ position: Position) {
        guard let link = links[host.index] else { return }
        guard let group = groups[attempt.operation] else {
            preconditionFailure("an operation is sent that has ended")
        }
        guard !hold(group, attempt, at: position, for: link) else { return }
        send(group, attempt, at: position, over: link)
    }

    func send(
        _ group: CallGroup, _ attempt: AttemptID, at position: Position, over link: HostLink
    ) {
        link.outbox.operations(
            group, attempt, at: position, interface, deadline: timeLeft(for: group), sent: now,
            in: &link.awaited)
    }

    /// In microseconds; 0: it has no deadline.
    private func timeLeft(for group: CallGroup) -> UInt64 {
        guard let deadline = group[0].traits.deadline else { return 0 }
        return UInt64(max(1, deadline.nanoseconds(since: now) / 1000))
    }

    private func sendCancel(_ host: HostID, _ attempt: AttemptID) {
        guard let link = links[host.index] else { return }
        let noted = noted(attempt)
        guard link.held.removeValue(forKey: attempt) == nil else {
            if let noted { notExecuted(noted) }
            return
        }
        let xids = link.forget(attempt)
        guard !xids.isEmpty else { return }
        guard !link.outbox.withdraw(attempt) else {
            if let noted { notExecuted(noted) }
            return
        }
        for xid in xids {
            link.outbox.call(.cancel, SlaveMessages.cancel(xid))
            if let noted { link.withdrawn[xid] = noted }
        }
        // The only process of a serial run hears of it when the operation is over, if it ever is.
        if isSerial { link.restart() }
    }

    func sendGoodbye(_ host: HostID) {
        guard let link = links[host.index], !link.isGoodbyeSent else { return }
        link.isGoodbyeSent = true
        send(host, .goodbye, .goodbye)
    }

    private func record(_ incident: Incident) {
        switch incident {
        case .hostLost(let host, let pause):
            recorder.lost(host, reason(of: host), retryAfter: pause, now)
            notReached(host, isGivenUp: false)
        case .hostGivenUp(let host, _):
            recorder.lost(host, reason(of: host), retryAfter: nil, now)
            notReached(host, isGivenUp: true)
        case .hostLeft(let host): left(host)
        case .hostless(let limit):
            let seconds = limit.components.seconds
            recorder.warn("no host is connected; the run fails if none comes within \(seconds) s")
        case .operationRetried(let attempt, let host, let cause):
            recorder.retried(
                attempt, groups[attempt.operation]?.firstOpen, on: host, cause, now)
        case .operationDoubled(let attempt, let host):
            recorder.doubled(attempt, groups[attempt.operation]?.firstOpen, on: host, now)
        }
    }
}
