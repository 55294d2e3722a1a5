import Scheduling

/// What happens in the world, told to the scheduler.
extension SimulatedCluster {
    mutating func happen(_ happening: Happening) {
        switch happening {
        case .connected(let host, let session): connected(host, session)
        case .refused(let host, let session):
            guard session == hosts[host.index].session else { return }
            lose(host)
        case .arrives(let host, let session, let message):
            guard session == hosts[host.index].session else { return }
            arrive(host, message)
        case .workDone(let host, let session, let attempt, let member):
            guard session == hosts[host.index].session else { return }
            workDone(host, attempt, member)
        case .told(let host, let session, let report): told(host, session, report)
        case .hostCrashes(let host, let session):
            guard session == hosts[host.index].session, !isHealed else { return }
            lose(host)
        case .partition: partition()
        case .userActs: userActs()
        case .interrupt:
            ledger.interrupted()
            feed(.interrupted)
        // A fresh host, so that a run whose hosts were all taken away can go on.
        case .heals: declareHost()
        case .programContinues: continueProgram()
        case .tick:
            tickAt = nil
            feed(.tick)
        }
    }

    private mutating func connected(_ host: HostID, _ session: Int) {
        guard session == hosts[host.index].session else { return }
        let workers = 1 + random.below(4)
        hosts[host.index].slave = SimulatedSlave(workers: workers, failing: program.failing)
        hosts[host.index].isSilent = false
        hosts[host.index].arrival = now
        ledger.hostConnected(host, workers: workers)
        feed(.hostConnected(host, workers: workers))
    }

    mutating func lose(_ host: HostID) {
        forget(host)
        feed(.hostLost(host, permanent: false))
    }

    private mutating func arrive(_ host: HostID, _ message: SimulatedSlave.Message) {
        injectLocalFailure(host, message)
        if let answer = hosts[host.index].slave?.take(message) {
            report(.update(answer), from: host)
        }
        if hosts[host.index].slave?.hasLeft == true {
            report(.end, from: host)
            return
        }
        if fails(faults.silence) { hosts[host.index].isSilent = true }
        if fails(faults.hostCrash) {
            let session = hosts[host.index].session
            schedule(.hostCrashes(host, session: session), after: UInt64(random.below(20_000)))
        }
        beginWork(host)
    }

    /// Once in a run one host can't apply an update.
    private mutating func injectLocalFailure(_ host: HostID, _ message: SimulatedSlave.Message) {
        guard case .update(let position, _) = message, program.failing == nil,
            ledger.connectedCount > 1, fails(faults.localFailure)
        else { return }
        faults.localFailure = 0
        hosts[host.index].slave?.failing = position
    }

    private mutating func beginWork(_ host: HostID) {
        let session = hosts[host.index].session
        for execution in hosts[host.index].slave?.begin() ?? [] {
            ledger.executed(execution.attempt, execution.operation.traits.kind)
            let longest = faults.longest[Int(execution.operation.traits.procedure)]
            let time = UInt64(1 + random.below(longest)) * hosts[host.index].slowness
            schedule(
                .workDone(host, session: session, execution.attempt, member: execution.member),
                after: time)
        }
    }

    private mutating func workDone(_ host: HostID, _ attempt: AttemptID, _ member: Int) {
        let execution = hosts[host.index].slave?.executing.first {
            $0.attempt == attempt && $0.member == member
        }
        guard let execution else { return }
        let isKilled = execution.operation.poison == member || fails(faults.workerCrash)
        let result = hosts[host.index].slave?.end(attempt, member: member)
        if isKilled {
            report(.workerEnded(attempt, member: member), from: host)
        } else if let result {
            let time = Double(random.within(1...60_000)) * hosts[host.index].skew
            let report = Report.result(
                attempt, member: member, result, microseconds: UInt64(time))
            self.report(report, from: host)
            if random.chance(faults.duplicate) { self.report(report, from: host) }
        }
        beginWork(host)
    }

    private mutating func report(_ report: Report, from host: HostID) {
        guard !hosts[host.index].isSilent else { return }
        let session = hosts[host.index].session
        // A few linger so long that their host may be back before them.
        let delay = fails(faults.lingering) ? random.below(3_000_000) : 20 + random.below(300)
        let moment = max(
            now.advanced(by: .microseconds(delay)), hosts[host.index].cutToMaster)
        agenda.add(.told(host, session: session, report), at: moment)
    }

    private mutating func told(_ host: HostID, _ session: Int, _ report: Report) {
        // Of an earlier connection a result may still come in (a driver's race); it must change
        // nothing.
        let isStale = session != hosts[host.index].session
        switch report {
        case .result(let attempt, let member, let value, let microseconds):
            answered(host, attempt, member, value, microseconds)
        case .workerEnded(let attempt, let member) where !isStale:
            workerEnded(host, attempt, member)
        case .update(.applied(let position)) where !isStale: feed(.updateApplied(host, position))
        case .update(.failed(let position)) where !isStale: updateFailed(host, position)
        case .pong where !isStale: feed(.hostHeard(host))
        case .end where !isStale: lose(host)
        case .workerEnded, .update, .pong, .end: break
        }
    }

    /// What the driver does: a member's answer counts at once where its attempt is awaited and no
    /// other answer came; the scheduler hears of the last one.
    private mutating func answered(
        _ host: HostID, _ attempt: AttemptID, _ member: Int, _ value: UInt64, _ time: UInt64
    ) {
        let isAwaited = ledger.awaits(attempt, on: host)
        guard groups[attempt.operation]?.isGroup == true, isAwaited else {
            // One alone, or an attempt that is over: that it counts no more is the scheduler's.
            ledger.answer(attempt, on: host, member, value)
            feed(.replied(host, attempt, Reply(succeeded: true, microseconds: time)))
            ledger.answerHandled()
            return
        }
        guard groups[attempt.operation]?.take(member, time) == true else { return }
        ledger.ended(attempt.operation, member, value)
        guard let group = groups[attempt.operation], group.open.isEmpty else { return }
        ledger.answer(attempt, on: host, nil, 0)
        feed(.replied(host, attempt, Reply(succeeded: true, microseconds: group.microseconds)))
        ledger.answerHandled()
    }

    /// The one that was executed leaves its group.
    private mutating func workerEnded(_ host: HostID, _ attempt: AttemptID, _ member: Int) {
        guard let group = groups[attempt.operation], ledger.awaits(attempt, on: host),
            group.open.contains(member)
        else {
            // Nobody waits for it; a host with a dead worker is heard all the same.
            feed(.workerEnded(host, executing: nil))
            return
        }
        ledger.killed(attempt.operation, member)
        guard group.open.count > 1 else {
            ledger.attemptOver(attempt, on: host)
            feed(.workerEnded(host, executing: attempt))
            return
        }
        groups[attempt.operation]?.open.remove(member)
        let alone = groups.insert(SimulatedGroup(step: group.step, open: [member]))
        ledger.separated(alone, from: attempt.operation, member)
        feed(.workerEnded(host, executing: attempt, alone: alone))
    }

    private mutating func updateFailed(_ host: HostID, _ position: Position) {
        // Where no second host can be asked, a failure of one host alone must end the run; that is
        // not what this world is about.
        if program.failing == nil, ledger.connectedCount < 2 {
            lose(host)
        } else {
            feed(.updateFailed(host, position))
        }
    }

    // MARK: The program

    private mutating func continueProgram() {
        for _ in 0..<(1 + random.below(6)) where nextStep < program.steps.count {
            step(program.steps[nextStep])
            nextStep += 1
        }
        guard nextStep < program.steps.count else { return }
        schedule(.programContinues, after: UInt64(random.below(faults.pause)))
    }

    private mutating func step(_ step: RandomProgram.Step) {
        switch step {
        case .context(let update):
            guard !ledger.isInterrupted else { return }
            append(.context(update))
            feed(
                .updateAppended(
                    .context(procedure: update.procedure, replacing: update.replacing != nil)))
        case .shared(let slot, let value):
            guard !ledger.isInterrupted else { return }
            versions[slot] += 1
            let version = SharedVersion(slot: slot, version: versions[slot])
            contents[version] = value
            append(.shared(version))
            feed(.updateAppended(.shared(version, bytes: UInt64(random.below(10_000_000)))))
        case .operation(let operation): submit(operation)
        }
    }

    private mutating func append(_ update: SimulatedSlave.Update) {
        lastUpdate += 1
        updates[lastUpdate] = update
    }

    private mutating func submit(_ operation: RandomProgram.Operation) {
        let count = Int(operation.traits.count)
        let id = groups.insert(SimulatedGroup(step: nextStep, open: Set(0..<count)))
        var traits = operation.traits
        traits.deadline = operation.timeLimit.map { now.advanced(by: $0) }
        submitted += count
        ledger.submitted(id, nextStep, operation, traits.deadline)
        feed(.operationSubmitted(id, traits))
        guard fails(faults.cancel) else { return }
        ledger.cancelled(id)
        feed(.cancelled(id))
    }
}
