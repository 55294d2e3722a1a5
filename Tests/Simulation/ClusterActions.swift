import Scheduling

/// What the scheduler decided, done in the world.
extension SimulatedCluster {
    mutating func act(_ action: Action) {
        switch action {
        case .connect(let host): connect(host)
        case .disconnect(let host, _): forget(host)
        case .sendRetire(let host, let span): send(host, .retire(span))
        case .sendUpdate(let host, let position):
            guard let update = updates[position] else {
                ledger.breach("the forgotten update \(position) was sent")
                return
            }
            send(host, .update(position, update))
        case .sendDefinition(let host, let version):
            guard let content = contents[version] else {
                ledger.breach("a forgotten version was sent")
                return
            }
            send(host, .define(version, content))
        case .sendOperation(let host, let attempt, let position):
            sendOperation(host, attempt, position)
        case .sendCancel(let host, let attempt):
            ledger.attemptOver(attempt, on: host)
            send(host, .cancel(attempt))
        case .sendPing(let host): ping(host)
        case .finishUpdate(let position): ledger.updateFinished(position)
        case .finish(let id, let outcome):
            let members = groups.remove(id)?.open ?? []
            ledger.finished(id, outcome, members, now)
        case .forget(let version): contents[version] = nil
        case .forgetUpdate(let position): updates[position] = nil
        case .sendGoodbye(let host):
            ledger.hostUnwanted(host)
            ledger.hostLost(host)
            send(host, .goodbye)
        case .drained: ledger.drained()
        case .failRun, .record: break
        }
    }

    private mutating func connect(_ host: HostID) {
        if ledger.isUnwanted(host) { ledger.breach("a host that left is connected again") }
        hosts[host.index].session += 1
        let session = hosts[host.index].session
        if max(hosts[host.index].cutToHost, hosts[host.index].cutToMaster) > now {
            schedule(.refused(host, session: session), after: 3_000_000)
        } else if fails(faults.refusedConnection) {
            schedule(.refused(host, session: session), after: UInt64(1000 + random.below(100_000)))
        } else {
            schedule(.connected(host, session: session), after: UInt64(random.below(50_000)))
        }
    }

    private mutating func sendOperation(
        _ host: HostID, _ attempt: AttemptID, _ position: Position
    ) {
        ledger.attemptSent(attempt, on: host, scheduler.policy)
        guard let group = groups[attempt.operation],
            case .operation(let operation) = program.steps[group.step]
        else { return }
        for member in group.open.sorted() {
            send(host, .operation(attempt, member: member, position, operation))
        }
    }

    /// Messages of a stream arrive in order, each after its own delay.
    private mutating func send(_ host: HostID, _ message: SimulatedSlave.Message) {
        let delay = UInt64(20 + random.below(500)) * hosts[host.index].slowness
        let moment = max(
            Instant(nanoseconds: now.nanoseconds + delay * 1000), hosts[host.index].arrival,
            hosts[host.index].cutToHost)
        hosts[host.index].arrival = moment
        let session = hosts[host.index].session
        agenda.add(.arrives(host, session: session, message), at: moment)
    }

    /// Ends the connection, with the slave and all that was on its way.
    mutating func forget(_ host: HostID) {
        hosts[host.index].slave?.breaches.forEach { ledger.breach($0) }
        hosts[host.index].slave = nil
        hosts[host.index].session += 1
        ledger.hostLost(host)
    }

    private mutating func ping(_ host: HostID) {
        guard hosts[host.index].slave != nil else { return }
        // There and back.
        let moment = max(
            now.advanced(by: .milliseconds(1)), hosts[host.index].cutToHost,
            hosts[host.index].cutToMaster)
        guard !hosts[host.index].isSilent else { return }
        agenda.add(.told(host, session: hosts[host.index].session, .pong), at: moment)
    }
}
