import Diagnostics
import Scheduling
import WireProtocol

/// Sessions that begin and end.
extension Driver {
    /// The host was reached, and its slave started. Where nothing goes on any more its channel is to
    /// be closed.
    package func connected(_ host: HostID) {
        let session = HostSession(host: host)
        guard scheduler.stage == .running else {
            want(.close(host, Traffic()))
            return
        }
        sessions[host.index] = session
        hellos.append((session, now.advanced(by: DrivingLimits.helloMax)))
        let workers = isSerial ? 1 : hosts[host.index].workers
        let hello = SlaveMessages.hello(hash: interface.hash, workers: workers)
        outgoing(host)?.outbox.call(.hello, hello, .hello, in: &session.awaited)
    }

    /// The host could not be reached, or no slave could be started there.
    package func unreached(_ host: HostID, _ reason: String, permanent: Bool) {
        let failure = SessionFailure(reason: reason, permanent: permanent, isUnreached: true)
        lost(host, failure)
    }

    /// The host's channel can't be used any more.
    package func broken(_ host: HostID, _ reason: String, permanent: Bool = false) {
        if let session = sessions[host.index] { fail(session, reason, permanent: permanent) }
    }

    /// The slave began. Lines that the host's shell printed before it are told once.
    package func began(_ host: HostID, printed: [String], errors: [String]) {
        guard preludes.insert(hosts[host.index].name).inserted else { return }
        for line in errors { record(.line(line, host, nil)) }
        guard let first = printed.first else { return }
        let note =
            "the shell there printed '\(first)' before the slave began: a login file there, such"
            + " as ~/.bashrc, should print in interactive shells alone"
        record(.line(note, host, nil))
    }

    /// The slave's process ended, or its channel without a word on how.
    package func ended(_ host: HostID, _ ending: SlaveEnding) {
        guard let session = sessions[host.index] else { return }
        if let line = session.log.end() { record(.line(line, host, nil)) }
        var reason =
            switch ending {
            case .exited(let status): "its slave \(slaveExitText(status))"
            case .signalled(let name): "its slave was killed by SIG\(name)"
            case .untold: "its connection ended"
            }
        if isSerial { blameSerialSlave(session, ending) }
        let isExecuted = executed.contains(hosts[host.index].name)
        // What a shell or an emulator says of a program that it can't execute.
        var isUnusable = [126, 127].contains { ending == .exited(status: $0) } && !isExecuted
        if !isExecuted, case .exited(let status) = ending, let line = session.log.last,
            Self.isForeign(status, line)
        {
            isUnusable = true
            reason = "its machine can't execute slaves for \(hosts[host.index].target)"
        }
        if !isExecuted, let line = session.log.last { reason += ": \(line)" }
        fail(session, reason, permanent: isUnusable)
    }

    /// Takes a session away that can't go on.
    package func takeAway(_ session: HostSession) {
        let host = session.host
        // It may have gone by other ways in the meantime.
        guard sessions[host.index] === session, let failure = session.failure else { return }
        drop(host)
        guard !session.isGoodbyeSent else { return }
        if let line = session.log.end() { record(.line(line, host, nil)) }
        guard !failure.isRestart else {
            feed(.hostRestarted(host))
            return
        }
        lost(host, failure)
    }

    private func lost(_ host: HostID, _ failure: SessionFailure) {
        reasons[host.index] = failure
        feed(.hostLost(host, permanent: failure.permanent))
    }

    /// The scheduler counts the host as lost already, or as gone.
    package func disconnect(_ host: HostID, _ cause: DisconnectCause, _ said: Receipt?) {
        switch cause {
        case .silence:
            let seconds = scheduler.policy.silenceMax.components.seconds
            reasons[host.index] = SessionFailure(
                reason: "nothing was heard from it for \(seconds) s")
        case .updateFailed(let position):
            reasons[host.index] = SessionFailure(
                reason: "'\(name(ofUpdateAt: position))' failed there: \(words(of: said))")
        case .removed: break
        }
        drop(host)
    }

    package func drop(_ host: HostID) {
        guard let session = sessions[host.index] else { return }
        sessions[host.index] = nil
        endHolds(on: host, session.failure?.naming(hosts[host.index].name))
        want(.close(host, session.traffic))
    }

    /// Drops all of them.
    package func dropAll() {
        for host in sessions.indices { drop(HostID(index: host)) }
    }

    /// A shell takes a program that its kernel can't execute for a script, or says so.
    private static func isForeign(_ status: Int32, _ line: String) -> Bool {
        let words = line.lowercased()
        switch status {
        case 1, 2: return words.contains("syntax error") || words.contains("exec format error")
        case 126:
            return words.contains("exec format error") || words.contains("cannot execute binary")
        default: return false
        }
    }

    /// The only process of a serial run executes the user's code itself: its end is the end of a
    /// worker, and nobody else is there to tell it.
    private func blameSerialSlave(_ session: HostSession, _ ending: SlaveEnding) {
        var end = slave_worker_end(process: session.workerProcess)
        switch ending {
        case .exited(let status): end.code = status
        case .signalled(let name):
            end.how = .SLAVE_SIGNALLED
            end.signal = "SIG\(name)"
        case .untold: return
        }
        // It was handed one thing at a time, and answers in order.
        switch session.awaited.oldest {
        case (let xid, .operation)?:
            end.xid = xid
            workerEnded(end, session)
            // What the scheduler placed there meanwhile, and the rest of a group, was not executed.
            restart(session)
        case (_, .update(let position))?:
            let said = Receipt(host: session.host, failure: end.text)
            feed(.updateFailed(session.host, position), said: said)
        default: break
        }
    }
}
