import Diagnostics
import Scheduling
import Transport
import WireProtocol

/// Links that end.
extension RunLoop {
    /// Looks at what waits for time.
    func checkLinks() {
        for case let link? in links {
            switch link.stage {
            case .open: break
            case .greeting(let until) where now >= until:
                let seconds = RunLimits.helloMax.components.seconds
                link.fail("its slave did not answer within \(seconds) s")
            case .greeting: break
            case .ended(let until): checkEnd(of: link, until)
            }
        }
    }

    /// Takes the links away that can't go on.
    func checkFailures() {
        for case let link? in links {
            guard let failure = link.failure else { continue }
            drop(link)
            guard !link.isGoodbyeSent else { continue }
            if let line = link.log.end() { recorder.note(line, from: link.host, now) }
            guard !failure.isRestart else {
                feed(.hostRestarted(link.host))
                continue
            }
            lost(link.host, failure)
        }
    }

    func lost(_ host: HostID, _ failure: LinkFailure) {
        reasons[host.index] = failure
        incoming = nil
        feed(.hostLost(host, permanent: failure.permanent))
    }

    /// The scheduler counts a silent host as lost already.
    func disconnect(_ host: HostID) {
        let seconds = scheduler.policy.silenceMax.components.seconds
        reasons[host.index] = LinkFailure(reason: "nothing was heard from it for \(seconds) s")
        if let link = links[host.index] { drop(link) }
    }

    private func checkEnd(of link: HostLink, _ until: Instant) {
        let ending = link.channel.ending
        guard ending != nil || now >= until else { return }
        if let line = link.log.end() { recorder.note(line, from: link.host, now) }
        var reason =
            switch ending {
            case .exited(let status)?: "its slave \(slaveExitText(status))"
            case .signalled(let name)?: "its slave was killed by SIG\(name)"
            case .untold?, nil: "its connection ended"
            }
        if isSerial { blameSerialSlave(link, ending) }
        let isExecuted = recorder.isGreeted(link.host)
        // What a shell or an emulator says of a program that it can't execute.
        var isUnusable = [126, 127].contains { ending == .exited(status: $0) } && !isExecuted
        if !isExecuted, case .exited(let status)? = ending, let line = link.log.last,
            Self.isForeign(status, line)
        {
            isUnusable = true
            reason = "its machine can't execute slaves for \(hosts[link.host.index].target)"
        }
        if !isExecuted, let line = link.log.last { reason += ": \(line)" }
        link.fail(reason, permanent: isUnusable)
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
    private func blameSerialSlave(_ link: HostLink, _ ending: ChannelEnding?) {
        var end = slave_worker_end(process: link.workerProcess)
        switch ending {
        case .exited(let status)?: end.code = status
        case .signalled(let name)?:
            end.how = .SLAVE_SIGNALLED
            end.signal = "SIG\(name)"
        case .untold?, nil: return
        }
        incoming = Incoming(host: link.host)
        // It was handed one thing at a time, and answers in order.
        switch link.awaited.oldest {
        case (let xid, .operation)?:
            end.xid = xid
            workerEnded(end, on: link)
            // What the scheduler placed there meanwhile, and the rest of a group, was not executed.
            link.restart()
        case (_, .update(let position))?:
            incoming?.failure = end.text
            feed(.updateFailed(link.host, position))
        default: break
        }
        incoming = nil
    }
}
