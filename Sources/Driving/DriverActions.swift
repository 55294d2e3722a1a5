import Scheduling

/// Doing what the scheduler decided.
extension Driver {
    package func perform(_ action: Action, _ said: Receipt?) {
        switch action {
        case .connect(let host): want(.connect(host))
        case .disconnect(let host, let cause): disconnect(host, cause, said)
        case .sendRetire(let host, let span):
            outgoing(host)?.outbox.call(.retire, SlaveMessages.retire(span))
        case .sendUpdate(let host, let position): sendUpdate(host, position)
        case .sendDefinition(let host, let version):
            if let content = updates.content(version), let session = outgoing(host) {
                let bytes = session.outbox.define(version, content)
                record(.transferred(version, bytes: bytes, host))
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
        case .finish(let id, let outcome): finish(id, outcome, said)
        case .forgetUpdate(let position): updates.forget(position)
        case .drained: isDrained = true
        case .forget(let version):
            updates.forget(version)
            for case let session? in sessions { session.outbox.withdraw(version) }
        case .failRun: failRun()
        case .record(let incident): note(incident)
        }
    }

    private func send(
        _ host: HostID, _ procedure: SlaveProcedure, _ awaited: HostSession.Awaited,
        _ arguments: [UInt8] = []
    ) {
        guard let session = outgoing(host) else { return }
        session.outbox.call(procedure, arguments, awaited, in: &session.awaited)
    }

    private func sendUpdate(_ host: HostID, _ position: Position) {
        guard let message = updates.message(position) else { return }
        send(host, .update, .update(position), SlaveMessages.update(position, message))
    }

    private func sendOperation(_ host: HostID, _ attempt: AttemptID, _ position: Position) {
        guard let session = sessions[host.index] else { return }
        guard let group = groups[attempt.operation] else {
            preconditionFailure("an operation is sent that has ended")
        }
        guard !hold(group, attempt, at: position, for: session) else { return }
        send(group, attempt, at: position, to: host)
    }

    package func send(
        _ group: CallGroup, _ attempt: AttemptID, at position: Position, to host: HostID
    ) {
        guard let session = outgoing(host) else { return }
        let xids = session.outbox.operations(
            group, attempt, at: position, interface, deadline: timeLeft(for: group), sent: now,
            in: &session.awaited)
        groups[attempt.operation]?.sent(attempt.number, to: host, under: xids)
        if !holds.isEmpty { askForHold(of: group, xids, on: host) }
    }

    /// In microseconds; 0: it has no deadline.
    private func timeLeft(for group: CallGroup) -> UInt64 {
        guard let deadline = group[0].traits.deadline else { return 0 }
        return UInt64(max(1, deadline.nanoseconds(since: now) / 1000))
    }

    private func sendCancel(_ host: HostID, _ attempt: AttemptID) {
        guard let session = sessions[host.index] else { return }
        let noted = noted(attempt)
        guard session.held.removeValue(forKey: attempt) == nil else {
            if let noted { notExecuted(noted) }
            return
        }
        guard let group = groups[attempt.operation] else {
            preconditionFailure("an operation is cancelled that has ended")
        }
        guard let span = group.span(of: attempt.number) else { return }
        for xid in session.forget(attempt, span) {
            guard sendCancel(xid, session) else {
                if let noted { notExecuted(noted) }
                continue
            }
            if let noted { session.withdrawn[xid] = noted }
            // The only process of a serial run hears of it when the operation is over, if it ever is.
            if isSerial { restart(session) }
        }
    }

    /// Tells the slave that nobody waits for this operation any more; false where it was not sent
    /// yet and never will be.
    private func sendCancel(_ xid: UInt32, _ session: HostSession) -> Bool {
        guard !session.outbox.withdraw(xid) else { return false }
        outgoing(session.host)?.outbox.call(.cancel, SlaveMessages.cancel(xid))
        return true
    }

    /// Tells slaves that nobody waits for this member of a group any more.
    package func cancel(_ member: Int, of id: OperationID) {
        for placement in groups[id]?.placements ?? [] {
            let attempt = AttemptID(operation: id, number: placement.attempt)
            guard let session = sessions[placement.host.index] else { continue }
            for xid in session.forget(attempt, placement.span, member) {
                _ = sendCancel(xid, session)
            }
        }
    }

    package func sendGoodbye(_ host: HostID) {
        guard let session = sessions[host.index], !session.isGoodbyeSent else { return }
        session.isGoodbyeSent = true
        goodbyes.append((session, now.advanced(by: DrivingLimits.goodbyeMax)))
        session.outbox.withdrawAll()
        send(host, .goodbye, .goodbye)
    }

    private func note(_ incident: Incident) {
        switch incident {
        case .hostLost(let host, let pause):
            record(.lost(host, reason: reason(of: host), retryAfter: pause))
            notReached(host, isGivenUp: false)
        case .hostGivenUp(let host, _):
            record(.lost(host, reason: reason(of: host), retryAfter: nil))
            notReached(host, isGivenUp: true)
        case .hostLeft(let host): left(host)
        case .hostless(let limit):
            let seconds = limit.components.seconds
            record(
                .warning("no host is connected; the run fails if none comes within \(seconds) s"))
        case .operationRetried(let attempt, let host, let cause):
            record(.retried(attempt, groups[attempt.operation]?.firstOpen, host, cause))
        case .operationDoubled(let attempt, let host):
            record(.doubled(attempt, groups[attempt.operation]?.firstOpen, host))
        }
    }
}
