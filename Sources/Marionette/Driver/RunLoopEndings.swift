import Scheduling

/// How operations and runs end.
extension RunLoop {
    /// The scheduler is through with a group. Members that were answered have ended by then.
    func finish(_ id: OperationID, _ outcome: Outcome) {
        guard let group = groups.remove(id) else { return }
        for member in group.openMembers {
            let operation = group[member]
            if case .poisoned(let kills, let host) = outcome {
                poisoned(operation, kills, host)
                continue
            }
            let error = error(of: outcome, operation)
            switch outcome {
            case .cancelled, .abandoned, .interrupted, .succeeded, .failed, .poisoned:
                recorder.ended(operation, .cancelled, nil, now)
            case .deadlinePassed, .fateUnknown:
                recorder.failed(operation, error, incoming, now)
            }
            answers.add(.failure(error), tag: operation.tag, for: operation.call.sink)
        }
    }

    /// A member of a group ends before the others.
    func end(_ id: OperationID, _ member: Int, _ ending: CallEnding) {
        guard groups[id]?.leave(member) == true, let operation = groups[id]?[member] else { return }
        recorder.ended(operation, .cancelled, nil, now)
        answers.add(ending, tag: operation.tag, for: operation.call.sink)
    }

    /// A worker answered an operation.
    func answered(_ operation: CalledOperation, _ incoming: Incoming, succeeded: Bool) {
        let host = hosts[incoming.host.index].name
        let ending: CallEnding
        if succeeded {
            ending = .result(result(incoming.result), host: host)
            recorder.ended(operation, .done, incoming, now)
        } else {
            let name = interface.name(of: operation.traits.procedure)
            let error =
                incoming.isLate
                ? RunError.deadlinePassed(operation: name)
                : .operationFailed(operation: name, host: host, reason: incoming.failure)
            ending = .failure(error)
            recorder.failed(operation, error, incoming, now)
        }
        // What is late may be in time when the run is resumed.
        if journal != nil, !incoming.isLate {
            keep(operation, ending)
        } else if operation.traits.kind == .once {
            notExecuted(operation)
        }
        answers.add(ending, tag: operation.tag, for: operation.call.sink)
    }

    /// Why the operation ended without an answer.
    private func error(of outcome: Outcome, _ call: CalledOperation) -> any Error {
        var name: String { interface.name(of: call.traits.procedure) }
        switch outcome {
        case .interrupted: return interruptionError ?? failure ?? .runEnded
        case .cancelled: return failure ?? CancellationError() as any Error
        case .deadlinePassed: return RunError.deadlinePassed(operation: name)
        case .abandoned, .succeeded, .failed: return failure ?? RunError.runEnded
        case .poisoned: preconditionFailure("it ends when its capsule is written")
        case .fateUnknown(let host, let cause):
            let how =
                switch cause {
                case .workerEnded: "its worker ended (\(said.failure))"
                case .hostLost: "the host was lost: \(reason(of: host))"
                case .hostRemoved: "the host was removed"
                case .hostRestarted: preconditionFailure("what was not sent has not been executed")
                }
            return RunError.fateUnknown(
                operation: name, host: hosts[host.index].name, how: how)
        }
    }

    /// A small result is a part of a copy of the read that brought it; a large one stays in its
    /// record; what is between has its own.
    private func result(_ bytes: UnsafeRawBufferPointer) -> ResultBytes {
        // A result stands at the end of its record.
        if let record = largeRecord {
            return ResultBytes(record, in: (record.count - bytes.count)..<record.count)
        }
        guard bytes.count <= RunLimits.sharedResultMax, let start = bytes.baseAddress,
            let base = buffer.baseAddress.map(UnsafeRawPointer.init), start >= base,
            start < base + received.count
        else { return ResultBytes(Array(bytes)) }
        if received.copy.isEmpty {
            received.copy = Array(UnsafeRawBufferPointer(rebasing: buffer[..<received.count]))
        }
        let offset = start - base
        return ResultBytes(received.copy, in: offset..<(offset + bytes.count))
    }

    func error(of failure: RunFailure) -> RunError {
        switch failure {
        case .updateFailed(let host, let position):
            let name =
                switch updates.message(position) {
                case .context(let procedure, _): interface.name(of: procedure)
                case .shared(let version): interface.shared[version.slot]
                case nil: "position \(position)"
                }
            return .updateFailed(
                host: hosts[host.index].name, operation: name, reason: said.failure)
        case .noHost(let limit):
            return .noHost(seconds: Int(limit.components.seconds), reasons: lossTexts, log: lossLog)
        case .allHostsGivenUp:
            // With one host its own error says more than that all are gone.
            if hosts.count == 1, let error = reasons[0]?.error { return error }
            return .allHostsGone(reasons: lossTexts, log: lossLog)
        }
    }

    /// What a slave said that is being taken just now: the cause of what the scheduler ends.
    var said: Incoming {
        guard let incoming else { preconditionFailure("no slave said that it ended so") }
        return incoming
    }

    /// Why a host was lost.
    func reason(of host: HostID) -> String {
        guard let failure = reasons[host.index] else {
            preconditionFailure("a host was lost for no reason")
        }
        return failure.reason
    }

    private var lossTexts: [String] {
        hosts.indices.compactMap { index in
            // Whatever once was wrong with one that left is not why it is missing.
            if gone[HostID(index: index)] == .left {
                return "host '\(hosts[index].name)' has left the run"
            }
            return reasons[index]?.naming(hosts[index].name)
        }
    }

    /// Where more is to be read than the survey of hosts knows: slaves were reached, and ended.
    private var lossLog: String? {
        let isReached = reasons.contains { $0.map { !$0.isUnreached } ?? false }
        return isReached ? recorder.logPath : nil
    }

    /// The run can't go on: the slaves are sent away, and the program is told when it next asks.
    func failRun() {
        attempts.cancel()
        for sink in updates.takeAllSinks() {
            answers.add(.failure(failure ?? RunError.runEnded), for: sink)
        }
        for index in links.indices { sendGoodbye(HostID(index: index)) }
    }

    func finish(_ sink: any CallSink, _ threw: String?) {
        self.threw = self.threw ?? threw
        // The program gave up because its run was interrupted; what was sent may still end.
        guard interruption == nil || ending != nil else {
            patient.append(sink)
            return
        }
        feed(.programFinished)
        if ending == nil { ending = Ending(until: now.advanced(by: RunLimits.goodbyeMax)) }
        ending?.sinks.append(sink)
        endGreetings()
    }

    /// A slave that has not even answered hello is not waited for, nor a host that is being
    /// connected.
    func endGreetings() {
        attempts.cancel()
        for case let link? in links {
            if case .greeting = link.stage { drop(link) }
        }
    }

    /// Ends the loop when every slave has ended, or had its time.
    func checkEnding() {
        guard let ending else { return }
        let remaining = links.compactMap(\.self)
        guard remaining.isEmpty || now >= ending.until else { return }
        for link in remaining { drop(link) }
        endControl()
        connecting.wait(atMost: RunLimits.cancellingMax)
        capsules.wait(atMost: ending.signal == nil ? RunLimits.capsuleTime : RunLimits.goodbyeMax)
        // Connections that were made in the meantime are closed as well.
        take(master.queue.takeAll())
        endPoisoned()
        closing.wait(atMost: RunLimits.goodbyeMax)
        now = RunClock.now
        journal?.close()
        // A run that did all but write its trace has not done all that was asked of it.
        let fault = recorder.end(outcome, links, now)
        failure = failure ?? fault
        isOver = true
        if let signal = ending.signal { onInterrupt(signal) }
    }

    private var outcome: (RunOutcome, text: String) {
        switch failure {
        case .interrupted(let signal)?:
            (.interrupted, RunError.interrupted(signal: signal).diagnostic.summary)
        case let failure?: (.failed, failure.diagnostic.summary)
        case nil: threw.map { (.threw, $0) } ?? (.done, "done")
        }
    }

    func drop(_ link: HostLink) {
        links[link.host.index] = nil
        recorder.dropped(link)
        close(link)
    }

    /// Closing may wait for the slave, so another thread does it.
    func close(_ link: HostLink) {
        let channel = link.channel
        let connection = link.connection
        closing.add {
            channel.close()
            connection.close()
        }
    }
}
