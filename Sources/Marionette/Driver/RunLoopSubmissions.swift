import Scheduling
import Transport

/// What tasks and background threads hand over.
extension RunLoop {
    /// Calls in a row are taken together.
    func take(_ submissions: [Submission]) {
        var calls: [Call] = []
        for submission in submissions {
            if case .calls(let more) = submission {
                calls += more
                continue
            }
            take(calls)
            calls.removeAll(keepingCapacity: true)
            take(submission)
        }
        take(calls)
    }

    private func take(_ submission: Submission) {
        switch submission {
        case .calls(let calls): take(calls)
        // A program that leaves its loop because it was interrupted cancels what is open there; but
        // what was sent is to end.
        case .cancel where interruption != nil: break
        case .cancel(let calls):
            for call in calls { cancel(call) }
        case .context(let procedure, let arguments, let sink):
            append(.context(procedure: procedure, arguments: arguments, sink))
        case .shared(let slot, let content): append(.shared(slot: slot, content))
        case .connection(let host, let outcome): connected(host, outcome)
        case .interrupted(let signal): interrupt(signal)
        case .control(let request, let waiter): control(request, waiter)
        case .sought(let host, let outcome): sought(host, outcome)
        case .recalled(let call, let memory): recalled(call, memory)
        case .intended(let host, let attempt): intended(host, attempt)
        case .journalHasRoom: break
        case .journalFailed(let error): journalFailed(error)
        case .finish(let sink, let threw): finish(sink, threw)
        case .capsule(let call, let record): ended(call, record)
        }
    }

    /// Short operations go to the scheduler in groups: parts of one call, or calls of one operation
    /// each in a row.
    private func take(_ calls: [Call]) {
        var count = 0
        /// Calls of one operation each that are alike, and how many of them make a group.
        var row: [Call] = []
        var rowMax = 1
        for call in calls {
            count += call.count
            call.position = updates.last
            recorder.submitted(call.traits.procedure, call.count)
            if let journal, !unrecalled.isEmpty {
                submit(&row)
                recall(call, journal)
                continue
            }
            if row.count == rowMax || row.first.map({ $0.traits != call.traits }) ?? false {
                submit(&row)
            }
            if call.count > 1 {
                submit(&row)
                submitParts(of: call, 0..<call.count)
            } else {
                if row.isEmpty { rowMax = scheduler.groupSize(of: call.traits) }
                row.append(call)
            }
        }
        submit(&row)
        perform()
        master.taken.wrappingAdd(count, ordering: .relaxed)
    }

    private func submit(_ row: inout [Call]) {
        guard let first = row.first else { return }
        let id = groups.insert(row.count == 1 ? CallGroup(first) : CallGroup(row))
        for call in row { call.groups.append(id) }
        submit(id, first.traits, row.count)
        row.removeAll(keepingCapacity: true)
    }

    func submitParts(of call: Call, _ range: Range<Int>) {
        var index = range.lowerBound
        while index < range.upperBound {
            let size = min(scheduler.groupSize(of: call.traits), range.upperBound - index)
            submit(call, from: index, size)
            index += size
        }
    }

    private func submit(_ call: Call, from index: Int, _ count: Int) {
        let id = groups.insert(CallGroup(call, from: index, count: count))
        call.groups.append(id)
        submit(id, call.traits, count)
    }

    private func submit(_ id: OperationID, _ traits: OperationTraits, _ count: Int) {
        var traits = traits
        traits.count = UInt32(count)
        scheduler.handle(.operationSubmitted(id, traits), now: now, into: &actions)
    }

    /// Operations that were taken and have not ended.
    var openOperations: Int {
        groups.values.reduce(0) { $0 + $1.openCount }
    }

    /// The caller no longer wants the call's operations.
    private func cancel(_ call: Call) {
        for id in call.groups {
            guard let group = groups[id] else { continue }
            let others = group.openMembers.filter { group[$0].call !== call }
            guard !others.isEmpty else {
                feed(.cancelled(id))
                continue
            }
            // The group goes on without it.
            for member in group.openMembers where group[member].call === call {
                end(id, member, .failure(failure ?? CancellationError() as any Error))
                for case let link? in links { link.cancel(member, of: id) }
            }
        }
    }

    private func append(_ update: UpdateStore.Update) {
        guard scheduler.stage == .running, interruption == nil else {
            if case .context(_, _, let sink) = update {
                let error = interruptionError ?? failure ?? .runEnded
                answers.add(.failure(error), for: sink)
            }
            return
        }
        if let error = updates.refusal(of: update, interface) {
            refuse(update, error)
            return
        }
        var change = updates.append(update)
        if case .context(let procedure, _) = change {
            let replacing = interface.procedure(procedure)?.replacesEarlier ?? false
            change = .context(procedure: procedure, replacing: replacing)
        }
        recorder.updated(updates.last, update, interface, now)
        journal?.add(updates.note(on: update, interface))
        feed(.updateAppended(change))
    }

    /// A context operation can be left out, and its caller is told. Operations that follow would not
    /// see that shared data are missing.
    private func refuse(_ update: UpdateStore.Update, _ error: RunError) {
        switch update {
        case .context(_, _, let sink): answers.add(.failure(error), for: sink)
        case .shared: end(with: error)
        }
    }

    /// A submission that came when nobody took any more.
    func refuse(_ submission: Submission, _ error: RunError) {
        switch submission {
        case .calls(let calls):
            for call in calls {
                for index in 0..<call.count {
                    answers.add(.failure(error), tag: call.tag(of: index), for: call.sink)
                }
            }
        case .context(_, _, let sink): answers.add(.failure(error), for: sink)
        case .connection(_, .open(let connection, let channel)):
            closing.add {
                channel.close()
                connection.close()
            }
        case .finish(let sink, _): answers.add(.result([], host: ""), for: sink)
        case .control(_, let waiter): waiter.answered(.refused("the run is ending"))
        case .connection, .cancel, .shared, .interrupted, .recalled, .intended, .sought,
            .journalHasRoom,
            .journalFailed, .capsule:
            break
        }
    }

    // MARK: Connections

    /// Connects in the background; the outcome comes back through the queue.
    func connect(_ host: HostID) {
        let description = hosts[host.index]
        let command = description.command + ["--serve"] + (isSerial ? ["--serial"] : [])
        let queue = master.queue
        let connector = connector
        let closing = closing
        let attempts = attempts
        connecting.add {
            guard !attempts.isCancelled else { return }
            let outcome: ConnectionOutcome
            do throws(TransportError) {
                let connection = try connector.connect(
                    to: description.endpoint, host: description.name, cancellation: attempts)
                outcome = .open(connection, try connection.open(command))
            } catch {
                outcome = .failed(error)
            }
            guard !queue.submit(.connection(host, outcome)) else { return }
            // The run ended in the meantime.
            guard case .open(let connection, let channel) = outcome else { return }
            closing.add {
                channel.close()
                connection.close()
            }
        }
    }

    private func connected(_ host: HostID, _ outcome: ConnectionOutcome) {
        switch outcome {
        case .failed(let error):
            let permanent =
                switch error {
                case .unreachable, .lost, .silent, .cancelled: false
                default: true
                }
            let summary = error.diagnostic.summary
            lost(host, LinkFailure(reason: summary, permanent: permanent, isUnreached: true))
        case .open(let connection, let channel):
            let until = now.advanced(by: RunLimits.helloMax)
            let link = HostLink(host: host, connection: connection, channel: channel, until: until)
            guard scheduler.stage == .running else {
                close(link)
                return
            }
            links[host.index] = link
            let workers = isSerial ? 1 : hosts[host.index].workers
            let hello = SlaveMessages.hello(hash: interface.hash, workers: workers)
            link.outbox.call(.hello, hello, .hello, in: &link.awaited)
        }
    }
}
