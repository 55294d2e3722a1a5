import Scheduling
import Transport

/// What tasks and background threads hand over.
extension RunLoop {
    func take(_ submission: Submission) {
        switch submission {
        case .calls(let calls): take(calls)
        // A program that leaves its loop because it was interrupted cancels what is open there; but
        // what was sent is to end.
        case .cancel where interruption != nil: break
        case .cancel(let calls):
            for call in calls {
                if let id = call.id { feed(.cancelled(id)) }
            }
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
        case .finish(let sink): finish(sink)
        }
    }

    private func take(_ batch: [Call]) {
        for call in batch {
            call.position = updates.last
            recorder.submitted(call.traits.procedure)
            if recall(call) { continue }
            let id = calls.insert(call)
            call.id = id
            scheduler.handle(.operationSubmitted(id, call.traits), now: now, into: &actions)
        }
        perform()
        master.taken.wrappingAdd(batch.count, ordering: .relaxed)
    }

    private func append(_ update: UpdateStore.Update) {
        guard scheduler.stage == .running, interruption == nil else {
            if case .context(_, _, let sink) = update {
                let error = interruptionError ?? failure ?? .runEnded
                sink.ended(tag: 0, .failure(error), &wakes)
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
        case .context(_, _, let sink): sink.ended(tag: 0, .failure(error), &wakes)
        case .shared: end(with: error)
        }
    }

    /// A submission that came when nobody took any more.
    func refuse(_ submission: Submission, _ error: RunError) {
        switch submission {
        case .calls(let calls):
            for call in calls { call.sink.ended(tag: call.tag, .failure(error), &wakes) }
        case .context(_, _, let sink): sink.ended(tag: 0, .failure(error), &wakes)
        case .connection(_, .open(let connection, let channel)):
            closing.add {
                channel.close()
                connection.close()
            }
        case .finish(let sink): sink.ended(tag: 0, .result([], host: ""), &wakes)
        case .control(_, let waiter): waiter.answered(.refused("the run is ending"))
        case .connection, .cancel, .shared, .interrupted, .recalled, .intended, .sought,
            .journalHasRoom,
            .journalFailed:
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
        connecting.add {
            let outcome: ConnectionOutcome
            do throws(TransportError) {
                let connection = try connector.connect(
                    to: description.endpoint, host: description.name)
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
                case .unreachable, .lost, .silent: false
                default: true
                }
            let summary = error.diagnostic.summary
            lost(host, LinkFailure(reason: summary, permanent: permanent))
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
            link.awaited[link.outbox.call(.hello, hello)] = .hello
        }
    }
}
