import RunRecords
import Scheduling

/// How operations and runs end.
extension Driver {
    /// The scheduler is through with a group. Members that were answered have ended by then.
    package func finish(_ id: OperationID, _ outcome: Outcome, _ said: Receipt?) {
        guard let group = groups.remove(id) else { return }
        for member in group.openMembers {
            let operation = group[member]
            endHolds(of: operation)
            if case .poisoned(let kills, let host) = outcome {
                guard let said else { preconditionFailure("no slave said that its worker ended") }
                poisoned(operation, kills, host, said)
                continue
            }
            let error = error(of: outcome, operation, said)
            switch outcome {
            case .cancelled, .abandoned, .interrupted, .succeeded, .failed, .poisoned:
                recordEnd(operation, .cancelled, nil)
            case .deadlinePassed, .fateUnknown: record(.failed(operation, error, said))
            }
            answers.add(.failure(error), tag: operation.tag, for: operation.call.sink)
        }
    }

    /// A member of a group ends before the others.
    package func end(_ id: OperationID, _ member: Int, _ ending: CallEnding) {
        guard groups[id]?.leave(member) == true, let operation = groups[id]?[member] else { return }
        recordEnd(operation, .cancelled, nil)
        answers.add(ending, tag: operation.tag, for: operation.call.sink)
    }

    /// A worker answered an operation.
    ///
    /// - Parameter result: nil: it failed.
    package func answered(_ operation: CalledOperation, _ said: Receipt, _ result: ResultBytes?) {
        endHolds(of: operation)
        let host = hosts[said.host.index].name
        let ending: CallEnding
        if let result {
            ending = .result(result, host: host)
            if isWanted(operation) { capture(operation, said, result) }
            recordEnd(operation, .done, said)
        } else {
            let name = interface.name(of: operation.traits.procedure)
            let error =
                said.isLate
                ? RunError.deadlinePassed(operation: name)
                : .operationFailed(operation: name, host: host, reason: said.failure)
            ending = .failure(error)
            record(.failed(operation, error, said))
        }
        // What is late may be in time when the run is resumed.
        if hasJournal, !said.isLate {
            keep(operation, ending)
        } else if operation.traits.kind == .once {
            notExecuted(operation)
        }
        answers.add(ending, tag: operation.tag, for: operation.call.sink)
    }

    /// Why the operation ended without an answer.
    private func error(
        of outcome: Outcome, _ call: CalledOperation, _ said: Receipt?
    ) -> any Error {
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
                case .workerEnded: "its worker ended (\(words(of: said)))"
                case .hostLost: "the host was lost: \(reason(of: host))"
                case .hostRemoved: "the host was removed"
                case .hostRestarted: preconditionFailure("what was not sent has not been executed")
                }
            return RunError.fateUnknown(
                operation: name, host: hosts[host.index].name, how: how)
        }
    }

    func words(of said: Receipt?) -> String {
        guard let said else { preconditionFailure("no slave said that it ended so") }
        return said.failure
    }

    package func error(of failure: RunFailure, _ said: Receipt?) -> RunError {
        switch failure {
        case .updateFailed(let host, let position):
            return .updateFailed(
                host: hosts[host.index].name, operation: name(ofUpdateAt: position),
                reason: words(of: said))
        case .noHost(let limit):
            return .noHost(seconds: Int(limit.components.seconds), reasons: lossTexts, log: lossLog)
        case .allHostsGivenUp:
            // With one host its own error says more than that all are gone.
            if hosts.count == 1, let error = reasons[0]?.error { return error }
            return .allHostsGone(reasons: lossTexts, log: lossLog)
        }
    }

    func name(ofUpdateAt position: Position) -> String {
        switch updates.message(position) {
        case .context(let procedure, _): interface.name(of: procedure)
        case .shared(let version): interface.shared[version.slot]
        case nil: "position \(position)"
        }
    }

    /// Why a host was lost.
    package func reason(of host: HostID) -> String {
        guard let failure = reasons[host.index] else {
            preconditionFailure("a host was lost for no reason")
        }
        return failure.reason
    }

    private var lossTexts: [String] {
        hosts.indices.map { index in
            // Whatever once was wrong with one that left is not why it is missing.
            if gone[HostID(index: index)] == .left {
                return "host '\(hosts[index].name)' has left the run"
            }
            let name = hosts[index].name
            return reasons[index]?.naming(name)
                ?? (sessions[index] == nil
                    ? "host '\(name)': it is still being connected"
                    : "host '\(name)': its slave has not answered yet")
        }
    }

    /// Where more is to be read than the survey of hosts knows: slaves were reached, and ended.
    private var lossLog: String? {
        let isReached = hosts.indices.contains { index in
            gone[HostID(index: index)] != .left && reasons[index]?.isUnreached == false
        }
        return isReached ? logPath : nil
    }

    /// The run can't go on: the slaves are sent away, and the program is told when it next asks.
    package func failRun() {
        want(.stopConnecting)
        for sink in updates.takeAllSinks() {
            answers.add(.failure(failure ?? RunError.runEnded), for: sink)
        }
        for index in sessions.indices { sendGoodbye(HostID(index: index)) }
    }

    /// Ends the run before its program: what is open fails with this error, and so does what comes.
    package func end(with error: RunError) {
        failure = failure ?? error
        feed(.programFinished)
        failRun()
        endRecalls()
    }

    /// The program ended, with the error that it threw; the sink is told when every slave has.
    package func finish(_ sink: any CallSink, _ threw: String?) {
        self.threw = self.threw ?? threw
        // The program gave up because its run was interrupted; what was sent may still end.
        guard interruption == nil || ending != nil else {
            patient.append(sink)
            return
        }
        feed(.programFinished)
        if ending == nil { ending = Ending(until: now.advanced(by: DrivingLimits.goodbyeMax)) }
        ending?.sinks.append(sink)
        endGreetings()
    }

    /// A slave that has not even answered hello is not waited for, nor a host that is being
    /// connected.
    package func endGreetings() {
        want(.stopConnecting)
        for case let session? in sessions where !session.isOpen { drop(session.host) }
    }

    /// The run is over, and what it left undone went wrong so, if that did: whoever still waits is
    /// told.
    package func endAll(_ fault: RunError?) {
        failure = failure ?? fault
        endRecalls()
        // A task that the program did not wait for may.
        for sink in updates.takeAllSinks() { refuse(sink) }
        let sinks = (ending?.sinks ?? []) + patient
        ending?.sinks = []
        patient = []
        for sink in sinks { answers.add(runEnding, for: sink) }
    }

    /// How the run ended, for whoever asks for its end.
    package var runEnding: CallEnding {
        failure.map { .failure($0) } ?? .result([], host: "")
    }
}
