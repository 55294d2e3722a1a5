import RunRecords
import Scheduling

/// Hosts that come and go by the user's wish.
extension Driver {
    package func control(_ request: ControlRequest, _ ticket: ControlTicket) {
        guard scheduler.stage == .running, ending == nil, interruption == nil else {
            reply(ticket, .refused("the run is ending"))
            return
        }
        if case .list = request {
            reply(ticket, .hosts(hosts.indices.map(controlHost)))
            return
        }
        if case .hold(let request) = request {
            hold(request, ticket)
            return
        }
        guard !isSerial else {
            reply(ticket, .refused("a serial run has its one host"))
            return
        }
        switch request {
        case .add(let host): add(host, ticket)
        case .drain(let name):
            guard let host = leaving(name, ticket) else { return }
            feed(.hostDrained(host))
        case .remove(let name):
            guard let host = leaving(name, ticket) else { return }
            feed(.hostRemoved(host))
        case .list, .hold: break
        }
    }

    package func reply(_ ticket: ControlTicket, _ answer: ControlAnswer) {
        want(.reply(ticket, answer))
    }

    /// The host of this name, which is to leave; whoever asked is told when it has.
    private func leaving(_ name: String, _ ticket: ControlTicket) -> HostID? {
        guard let host = present(name) else {
            let known = hosts.contains { $0.name == name }
            let text =
                known ? "host '\(name)' has left the run" : "host '\(name)' is not in the run"
            reply(ticket, .refused(text))
            return nil
        }
        departures.insert(host)
        farewells[host, default: []].append(ticket)
        return host
    }

    private func add(_ description: RunDescription.HostDescription, _ ticket: ControlTicket) {
        guard present(description.name) == nil else {
            reply(ticket, .refused("host '\(description.name)' is in the run already"))
            return
        }
        guard hosts.count < DrivingLimits.hostsMax else {
            reply(ticket, .refused("a run has at most \(DrivingLimits.hostsMax) hosts"))
            return
        }
        want(.makeRoom(description, ticket))
    }

    /// Declares a host that there is room for. One that left comes back under another number, with
    /// the same name.
    package func admit(_ description: RunDescription.HostDescription, _ ticket: ControlTicket) {
        let host = HostID(index: hosts.count)
        hosts.append(description)
        sessions.append(nil)
        reasons.append(nil)
        record(.declared(description))
        greetings[host] = ticket
        want(.found(description.name))
        feed(.hostDeclared(host))
    }

    /// The host of this name that is in the run, though it may be lost at this time.
    func present(_ name: String) -> HostID? {
        let index = hosts.lastIndex { $0.name == name }
        return index.map(HostID.init(index:)).flatMap { gone[$0] == nil ? $0 : nil }
    }

    private func controlHost(_ index: Int) -> ControlHost {
        let host = HostID(index: index)
        let state: ControlHost.State
        if gone[host] != nil {
            state = .left
        } else if departures.contains(host) {
            state = .draining
        } else if sessions[index]?.isOpen ?? false {
            state = .connected
        } else {
            state = reasons[index] == nil ? .connecting : .lost
        }
        return ControlHost(name: hosts[index].name, target: hosts[index].target, state: state)
    }

    // MARK: What follows

    package func joined(_ host: HostID, workers: Int) {
        let name = hosts[host.index].name
        guard let ticket = greetings.removeValue(forKey: host) else { return }
        record(.note("host '\(name)' joins"))
        let count = "\(workers) \(workers == 1 ? "worker" : "workers")"
        reply(ticket, .done("host '\(name)' joined with \(count)"))
    }

    package func left(_ host: HostID) {
        gone[host] = .left
        let name = hosts[host.index].name
        record(.left(host))
        // It may still answer on its way out, but its operations are others' by now: a result that
        // was taken from it would leave the scheduler with an operation that nobody executes.
        sessions[host.index]?.forgetOperations()
        if let ticket = greetings.removeValue(forKey: host) {
            reply(ticket, .refused("host '\(name)' has left the run"))
        }
        for ticket in farewells.removeValue(forKey: host) ?? [] {
            reply(ticket, .done("host '\(name)' has left the run"))
        }
    }

    /// The first attempt to reach an added host failed; the run may try again.
    package func notReached(_ host: HostID, isGivenUp: Bool) {
        if isGivenUp { gone[host] = .givenUp }
        guard let text = reasons[host.index]?.naming(hosts[host.index].name) else {
            preconditionFailure("a host was lost for no reason")
        }
        if let ticket = greetings.removeValue(forKey: host) {
            reply(ticket, .refused(isGivenUp ? text : "\(text); the run tries again"))
        }
        guard isGivenUp else { return }
        for ticket in farewells.removeValue(forKey: host) ?? [] {
            reply(ticket, .done("host '\(hosts[host.index].name)' has left the run"))
        }
    }

    /// An absent host was looked for. Where it joined, its own request has told the rest.
    package func sought(_ host: String, _ outcome: SeekOutcome) {
        switch outcome {
        case .joined: want(.found(host))
        case .unreachable: want(.missed(host))
        case .refused(let reason):
            want(.found(host))
            record(.warning("host '\(host)' is not looked for any more: \(reason)"))
        }
    }

    package func endControl() {
        want(.endControl)
        for ticket in greetings.values { reply(ticket, .refused("the run is ending")) }
        for ticket in farewells.values.joined() { reply(ticket, .done("the run is ending")) }
        for ticket in holds.keys { reply(ticket, .refused("the run is ending")) }
        greetings = [:]
        farewells = [:]
        holds = [:]
    }
}
