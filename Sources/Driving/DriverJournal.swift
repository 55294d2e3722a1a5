import Scheduling

/// The journal's part in a run: what ended goes into it, what it knows does not go to a host.
extension Driver {
    /// Submits the call's operations, but for those that the journal answers.
    package func recall(_ call: Call) {
        let name = interface.name(of: call.traits.procedure)
        var first = 0
        for index in 0..<call.count {
            let operation = CalledOperation(call: call, index: index)
            let claim = unrecalled.claim(
                operation.place, JournalSignature(operation, name),
                isOnce: call.traits.kind == .once, isOrdered: call.isOrdered)
            switch claim {
            case .unknown: continue
            // What differs is told by the journal, which ends the run.
            case .found(let row), .differs(let row):
                submitParts(of: call, first..<index)
                first = index + 1
                recalls[operation.place] = operation
                want(.journal(.recall(operation, procedure: name, row)))
            }
        }
        submitParts(of: call, first..<call.count)
        // With the memory that finding them took.
        if unrecalled.isEmpty { unrecalled = JournalIndex() }
    }

    package func recalled(_ call: CalledOperation, _ memory: JournalMemory) {
        guard recalls.removeValue(forKey: call.place) != nil else { return }
        let name = interface.name(of: call.traits.procedure)
        let ending: CallEnding
        switch memory {
        case .result(let bytes, let host): ending = .result(ResultBytes(bytes), host: host)
        case .failed(let reason, let host):
            ending = .failure(
                RunError.operationFailed(operation: name, host: host, reason: reason))
        case .sent(let host):
            ending = .failure(
                RunError.fateUnknown(
                    operation: name, host: host,
                    how: "the master ended before the answer was in the journal"))
        }
        switch ending {
        case .result: record(.recalled(call))
        case .failure(let error): record(.failed(call, error, nil))
        }
        answers.add(ending, tag: call.tag, for: call.call.sink)
    }

    /// An operation ended; its result is kept, and a `once` operation's own failure.
    package func keep(_ call: CalledOperation, _ ending: CallEnding) {
        guard hasJournal else { return }
        let name = interface.name(of: call.traits.procedure)
        switch ending {
        case .result(let bytes, let host):
            want(.journal(.result(call, procedure: name, host: host, bytes.bytes)))
        case .failure(.operationFailed(_, let host, let reason) as RunError)
        where call.traits.kind == .once:
            want(.journal(.failure(call, procedure: name, host: host, reason)))
        case .failure: break
        }
    }

    // MARK: `once`

    /// Notes that a `once` operation is about to be sent, and holds it back until that is on the
    /// disk: a master that is killed afterwards knows that it may have been executed.
    package func hold(
        _ group: CallGroup, _ attempt: AttemptID, at position: Position, for session: HostSession
    ) -> Bool {
        guard hasJournal, let call = group.firstOpen, call.traits.kind == .once else {
            return false
        }
        session.held[attempt] = position
        want(
            .journal(
                .intent(
                    call, procedure: interface.name(of: call.traits.procedure), session.host,
                    host: hosts[session.host.index].name, attempt)))
        return true
    }

    /// The attempt's operation, where the journal has a note on it.
    package func noted(_ attempt: AttemptID) -> CalledOperation? {
        guard hasJournal, let call = groups[attempt.operation]?.firstOpen,
            call.traits.kind == .once
        else { return nil }
        return call
    }

    /// A `once` operation that was noted has ended, and no worker had it: it may be executed when the
    /// run is resumed.
    package func notExecuted(_ call: CalledOperation) {
        guard hasJournal else { return }
        let name = interface.name(of: call.traits.procedure)
        want(.journal(.withdrawn(call, procedure: name)))
    }

    /// The intent is on the disk. The connection may be another one by now, or nobody may want the
    /// operation any more.
    package func intended(_ host: HostID, _ attempt: AttemptID) {
        guard let session = sessions[host.index], let group = groups[attempt.operation],
            let position = session.held.removeValue(forKey: attempt)
        else { return }
        send(group, attempt, at: position, to: host)
    }

    /// Hosts are not listened to, because the journal is too far behind: nobody may take them for
    /// silent then.
    package func holdHosts() {
        for case let session? in sessions where session.failure == nil {
            feed(.hostHeard(session.host))
        }
    }

    // MARK: Ends

    /// The run can't go on with this journal.
    package func journalFailed(_ error: RunError) {
        hasJournal = false
        end(with: error)
    }

    /// Nobody answers these any more.
    package func endRecalls() {
        for call in recalls.values {
            answers.add(
                .failure(failure ?? CancellationError() as any Error), tag: call.tag,
                for: call.call.sink)
        }
        recalls = [:]
    }
}
