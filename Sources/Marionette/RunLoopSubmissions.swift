import Scheduling
import Transport

/// What tasks and background threads hand over.
extension RunLoop {
    func take(_ submission: Submission) {
        switch submission {
        case .calls(let calls): take(calls)
        case .cancel(let calls):
            for call in calls {
                if let id = call.id { feed(.cancelled(id)) }
            }
        case .context(let procedure, let arguments, let sink):
            append(.context(procedure: procedure, arguments: arguments, sink))
        case .shared(let slot, let bytes):
            append(.shared(slot: slot, bytes: bytes))
        case .connection(let host, let outcome): connected(host, outcome)
        case .interrupted(let signal): interrupt(signal)
        case .finish(let sink): finish(sink)
        }
    }

    private func take(_ batch: [Call]) {
        let now = now
        for call in batch {
            let id = calls.insert(call)
            call.id = id
            recorder.submitted(call.traits.procedure)
            scheduler.handle(.operationSubmitted(id, call.traits), now: now, into: &actions)
        }
        perform()
        master.taken.wrappingAdd(batch.count, ordering: .relaxed)
    }

    private func append(_ update: UpdateStore.Update) {
        guard scheduler.stage == .running else {
            if case .context(_, _, let sink) = update {
                sink.ended(tag: 0, .failure(failure ?? RunError.runEnded), &wakes)
            }
            return
        }
        var change = updates.append(update)
        if case .context(let procedure, _) = change {
            let replacing = interface.procedure(procedure)?.replacesEarlier ?? false
            change = .context(procedure: procedure, replacing: replacing)
        }
        recorder.updated(updates.last, update, interface, now)
        feed(.updateAppended(change))
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
        case .connection, .cancel, .shared, .interrupted: break
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
