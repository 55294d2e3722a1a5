import Scheduling

/// What happens in the world, told to the scheduler.
extension SimulatedCluster {
    mutating func happen(_ happening: Happening) {
        switch happening {
        case .connected(let host, let session): connected(host, session)
        case .refused(let host): lose(host)
        case .arrives(let host, let session, let message):
            guard session == hosts[host.index].session else { return }
            arrive(host, message)
        case .workDone(let host, let session, let attempt):
            guard session == hosts[host.index].session else { return }
            workDone(host, attempt)
        case .told(let host, let session, let report): told(host, session, report)
        case .hostCrashes(let host, let session):
            guard session == hosts[host.index].session, !isHealed else { return }
            lose(host)
        case .programContinues: continueProgram()
        case .tick:
            tickAt = nil
            feed(.tick)
        }
    }

    private mutating func connected(_ host: HostID, _ session: Int) {
        guard session == hosts[host.index].session else { return }
        let workers = 1 + random.below(4)
        hosts[host.index].slave = SimulatedSlave(workers: workers)
        hosts[host.index].isSilent = false
        hosts[host.index].arrival = now
        feed(.hostConnected(host, workers: workers))
    }

    private mutating func lose(_ host: HostID) {
        forget(host)
        feed(.hostLost(host, permanent: false))
    }

    private mutating func arrive(_ host: HostID, _ message: SimulatedSlave.Message) {
        if let position = hosts[host.index].slave?.take(message) {
            report(.applied(position), from: host)
        }
        if fails(faults.silence) { hosts[host.index].isSilent = true }
        if fails(faults.hostCrash) {
            let session = hosts[host.index].session
            schedule(.hostCrashes(host, session: session), after: UInt64(random.below(20_000)))
        }
        beginWork(host)
    }

    private mutating func beginWork(_ host: HostID) {
        let session = hosts[host.index].session
        for execution in hosts[host.index].slave?.begin() ?? [] {
            ledger.executed(execution.attempt, execution.operation.traits.kind)
            let time = UInt64(100 + random.below(20_000)) * hosts[host.index].slowness
            schedule(.workDone(host, session: session, execution.attempt), after: time)
        }
    }

    private mutating func workDone(_ host: HostID, _ attempt: AttemptID) {
        let execution = hosts[host.index].slave?.executing.first { $0.attempt == attempt }
        guard let execution else { return }
        let isKilled = execution.operation.isPoison || fails(faults.workerCrash)
        let result = hosts[host.index].slave?.end(attempt)
        if isKilled {
            report(.workerEnded(attempt), from: host)
        } else if let result {
            report(.result(attempt, result), from: host)
            if random.chance(faults.duplicate) { report(.result(attempt, result), from: host) }
        }
        beginWork(host)
    }

    private mutating func report(_ report: Report, from host: HostID) {
        guard !hosts[host.index].isSilent else { return }
        let session = hosts[host.index].session
        // A few linger so long that their host may be back before them.
        let delay = fails(faults.lingering) ? random.below(3_000_000) : 20 + random.below(300)
        schedule(.told(host, session: session, report), after: UInt64(delay))
    }

    private mutating func told(_ host: HostID, _ session: Int, _ report: Report) {
        // Of an earlier connection a result may still come in (a driver's race); it must change
        // nothing.
        let isStale = session != hosts[host.index].session
        switch report {
        case .result(let attempt, let value):
            result = value
            ledger.resultArrives(attempt, on: host)
            feed(.replied(host, attempt, Reply(succeeded: true, microseconds: 1000)))
            result = nil
        case .workerEnded(let attempt) where !isStale:
            ledger.attemptOver(attempt, on: host)
            ledger.killed(attempt)
            feed(.workerEnded(host, executing: attempt))
        case .applied(let position) where !isStale: feed(.updateApplied(host, position))
        case .workerEnded, .applied: break
        }
    }

    private mutating func continueProgram() {
        for _ in 0..<(1 + random.below(6)) where nextStep < program.steps.count {
            step(program.steps[nextStep])
            nextStep += 1
        }
        guard nextStep < program.steps.count else { return }
        schedule(.programContinues, after: UInt64(random.below(200_000)))
    }

    private mutating func step(_ step: RandomProgram.Step) {
        switch step {
        case .context(let value):
            updates.append(.context(value))
            feed(.updateAppended(.context(procedure: 1)))
        case .shared(let slot, let value):
            versions[slot, default: 0] += 1
            let version = SharedVersion(slot: slot, version: versions[slot] ?? 0)
            contents[version] = value
            updates.append(.shared(version))
            feed(.updateAppended(.shared(version)))
        case .operation(let operation):
            let id = names.insert(nextStep)
            ledger.submitted(id, nextStep, operation)
            feed(.operationSubmitted(id, operation.traits))
            guard fails(faults.cancel) else { return }
            ledger.cancelled(id)
            feed(.cancelled(id))
        }
    }
}
