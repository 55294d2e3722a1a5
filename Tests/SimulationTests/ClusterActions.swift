import Scheduling

/// What the scheduler decided, done in the world.
extension SimulatedCluster {
    mutating func act(_ action: Action) {
        switch action {
        case .connect(let host): connect(host)
        case .disconnect(let host): forget(host)
        case .sendRetire(let host, let below): send(host, .retire(below: below))
        case .sendUpdate(let host, let position):
            send(host, .update(position, updates[Int(position) - 1]))
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
            ledger.finished(id, outcome, result)
            names.remove(id)
        case .forget(let version): contents[version] = nil
        case .failRun(let reason): ledger.breach("the run failed: \(reason)")
        case .sendGoodbye, .record: break
        }
    }

    private mutating func connect(_ host: HostID) {
        hosts[host.index].session += 1
        if fails(faults.refusedConnection) {
            schedule(.refused(host), after: UInt64(1000 + random.below(100_000)))
        } else {
            let session = hosts[host.index].session
            schedule(.connected(host, session: session), after: UInt64(random.below(50_000)))
        }
    }

    private mutating func sendOperation(
        _ host: HostID, _ attempt: AttemptID, _ position: Position
    ) {
        guard let index = names[attempt.operation],
            case .operation(let operation) = program.steps[index]
        else {
            ledger.breach("an operation that ended was sent")
            return
        }
        ledger.attemptSent(attempt, on: host, operation.traits.kind)
        send(host, .operation(attempt, position, operation))
    }

    /// Messages of a stream arrive in order, each after its own delay.
    private mutating func send(_ host: HostID, _ message: SimulatedSlave.Message) {
        let delay = UInt64(20 + random.below(500)) * hosts[host.index].slowness
        let moment = Instant(
            nanoseconds: max(now.nanoseconds + delay * 1000, hosts[host.index].arrival.nanoseconds))
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
        guard !hosts[host.index].isSilent else { return }
        feed(.hostHeard(host))
    }
}
