import Scheduling

/// Hosts that come and go by the user's wish.
extension RunLoop {
    func control(_ request: ControlRequest, _ waiter: ControlWaiter) {
        guard scheduler.stage == .running, ending == nil, interruption == nil else {
            waiter.answered(.refused("the run is ending"))
            return
        }
        if case .list = request {
            waiter.answered(.hosts(hosts.indices.map(controlHost)))
            return
        }
        guard !isSerial else {
            waiter.answered(.refused("a serial run has its one host"))
            return
        }
        switch request {
        case .add(let host): add(host, waiter)
        case .drain(let name):
            guard let host = present(name) else { return refuse(name, waiter) }
            departures.insert(host)
            farewells[host, default: []].append(waiter)
            feed(.hostDrained(host))
        case .remove(let name):
            guard let host = present(name) else { return refuse(name, waiter) }
            departures.insert(host)
            farewells[host, default: []].append(waiter)
            feed(.hostRemoved(host))
        case .list: break
        }
    }

    private func refuse(_ name: String, _ waiter: ControlWaiter) {
        let known = hosts.contains { $0.name == name }
        waiter.answered(
            .refused(
                known ? "host '\(name)' has left the run" : "host '\(name)' is not in the run"))
    }

    /// Declares a host. One that left comes back under another number, with the same name.
    private func add(_ description: RunDescription.HostDescription, _ waiter: ControlWaiter) {
        guard present(description.name) == nil else {
            waiter.answered(.refused("host '\(description.name)' is in the run already"))
            return
        }
        guard hosts.count < RunLimits.hostsMax else {
            waiter.answered(.refused("a run has at most \(RunLimits.hostsMax) hosts"))
            return
        }
        do throws(RunError) {
            try DescriptorLimit.raise(for: hosts + [description])
        } catch {
            waiter.answered(.refused(error.diagnostic.summary))
            return
        }
        let host = HostID(index: hosts.count)
        hosts.append(description)
        links.append(nil)
        reasons.append(nil)
        recorder.declare(description, now)
        greetings[host] = waiter
        seeker?.found(description.name)
        feed(.hostDeclared(host))
    }

    /// The host of this name that is in the run, though it may be lost at this time.
    private func present(_ name: String) -> HostID? {
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
        } else if case .open? = links[index]?.stage {
            state = .connected
        } else {
            state = reasons[index] == nil ? .connecting : .lost
        }
        return ControlHost(name: hosts[index].name, target: hosts[index].target, state: state)
    }

    // MARK: What follows

    func joined(_ host: HostID, workers: Int) {
        let name = hosts[host.index].name
        guard let waiter = greetings.removeValue(forKey: host) else { return }
        recorder.tell("host '\(name)' joins")
        waiter.answered(
            .done("host '\(name)' joined with \(workers) \(workers == 1 ? "worker" : "workers")"))
    }

    func left(_ host: HostID) {
        gone[host] = .left
        let name = hosts[host.index].name
        recorder.left(host, now)
        // It may still answer on its way out, but its operations are others' by now: a result that
        // was taken from it would leave the scheduler with an operation that nobody executes.
        links[host.index]?.forgetOperations()
        greetings.removeValue(forKey: host)?.answered(.refused("host '\(name)' has left the run"))
        for waiter in farewells.removeValue(forKey: host) ?? [] {
            waiter.answered(.done("host '\(name)' has left the run"))
        }
    }

    /// The first attempt to reach an added host failed; the run may try again.
    func notReached(_ host: HostID, isGivenUp: Bool) {
        if isGivenUp { gone[host] = .givenUp }
        guard let text = reasons[host.index]?.naming(hosts[host.index].name) else {
            preconditionFailure("a host was lost for no reason")
        }
        greetings.removeValue(forKey: host)?.answered(
            .refused(isGivenUp ? text : "\(text); the run tries again"))
        for waiter in farewells.removeValue(forKey: host) ?? [] where isGivenUp {
            waiter.answered(.done("host '\(hosts[host.index].name)' has left the run"))
        }
    }

    /// An absent host was looked for. Where it joined, its own request has told the rest.
    func sought(_ host: String, _ outcome: HostSeeker.Outcome) {
        switch outcome {
        case .joined: seeker?.found(host)
        case .unreachable: seeker?.missed(host, now)
        case .refused(let reason):
            seeker?.found(host)
            recorder.warn("host '\(host)' is not looked for any more: \(reason)")
        }
    }

    func endControl() {
        control?.close()
        for waiter in greetings.values { waiter.answered(.refused("the run is ending")) }
        for waiter in farewells.values.joined() { waiter.answered(.done("the run is ending")) }
        greetings = [:]
        farewells = [:]
        seeker?.stop()
    }
}
