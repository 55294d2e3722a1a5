import Scheduling
import WireProtocol

/// What comes from slaves.
extension Driver {
    /// Whether the host's next bytes belong to a large record: they are to be read to their place, by
    /// `fill`.
    package func isWithinLarge(_ host: HostID) -> Bool {
        sessions[host.index]?.reader.isWithinLarge ?? false
    }

    /// Whether anything that the host says is still of interest.
    package func listens(to host: HostID) -> Bool {
        sessions[host.index].map { $0.failure == nil } ?? false
    }

    private func listens(to session: HostSession) -> Bool {
        sessions[session.host.index] === session && session.failure == nil
    }

    /// Bytes of the slave's output.
    package func received(_ bytes: UnsafeRawBufferPointer, from host: HostID) {
        guard let session = sessions[host.index] else { return }
        hear(session)
        session.bytesReceived += UInt64(bytes.count)
        var arrival = Arrival.read(bytes, copy: [])
        do throws(FramingError) {
            // Moved out while its records are handled: a handler may look at the session.
            var reader = RecordReader()
            swap(&reader, &session.reader)
            defer { swap(&reader, &session.reader) }
            try reader.read(bytes) { record throws(FramingError) in
                // A record may have ended the session: what stands behind it in the same read is lost.
                guard self.listens(to: session) else { return }
                try self.handle(record, session, &arrival)
            }
        } catch {
            fail(session, "its slave sent \(error)", permanent: true)
        }
        answers.handOver()
    }

    /// Lets `read` put the rest of a large record to its place, and handles it when it is whole.
    ///
    /// - Parameter read: returns how many bytes it has put there.
    package func fill<Failure: Error>(
        _ host: HostID, _ read: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int
    ) throws(Failure) {
        guard let session = sessions[host.index] else { return }
        var count = 0
        let record = try session.reader.fill { room throws(Failure) in
            count = try read(room)
            return count
        }
        guard count > 0 else { return }
        hear(session)
        session.bytesReceived += UInt64(count)
        guard let record else { return }
        var arrival = Arrival.record(record)
        do throws(FramingError) {
            try record.withUnsafeBufferPointer { all throws(FramingError) in
                try handle(UnsafeRawBufferPointer(all), session, &arrival)
            }
        } catch {
            fail(session, "its slave sent \(error)", permanent: true)
        }
    }

    /// Bytes of the slave's log.
    package func logged(_ bytes: UnsafeRawBufferPointer, from host: HostID) {
        guard let session = sessions[host.index] else { return }
        for line in session.log.append(bytes) { record(.line(line, host, nil)) }
    }

    private func handle(
        _ record: UnsafeRawBufferPointer, _ session: HostSession, _ arrival: inout Arrival
    ) throws(FramingError) {
        switch try Message(record) {
        case .reply(let reply):
            guard let awaited = session.awaited.remove(reply.xid) else {
                // To a cancelled call, or a second time; but never to a call that was not made.
                guard session.outbox.hasIssued(reply.xid) else {
                    throw .unknownReply(xid: reply.xid)
                }
                if let call = session.withdrawn.removeValue(forKey: reply.xid) {
                    try settle(call, reply, session)
                }
                return
            }
            try handle(reply, awaited, session, &arrival)
        case .call(let call):
            try handle(call, session)
        }
    }

    private func handle(_ call: IncomingCall, _ session: HostSession) throws(FramingError) {
        typealias Version = MASTER_PROGRAM.MASTER_VERSION
        switch (call.program, call.procedure) {
        case (MASTER_PROGRAM.number, Version.MASTER_WORKER_STARTED):
            let start = try SlaveMessages.decoded(call.arguments, as: slave_worker_start.self)
            session.workerProcess = start.process
            record(.workerStarted(start, session.host))
        case (MASTER_PROGRAM.number, Version.MASTER_OUTPUT):
            printed(try SlaveMessages.decoded(call.arguments, as: slave_output.self), session)
        case (MASTER_PROGRAM.number, Version.MASTER_WORKER_CRASHED):
            session.crash = try SlaveMessages.decoded(call.arguments, as: slave_crash.self)
        case (MASTER_PROGRAM.number, Version.MASTER_WORKER_ENDED):
            let end = try SlaveMessages.decoded(call.arguments, as: slave_worker_end.self)
            workerEnded(end, session)
        default: throw .unknownCall(program: call.program, procedure: call.procedure)
        }
    }

    private func handle(
        _ reply: IncomingReply, _ awaited: HostSession.Awaited, _ session: HostSession,
        _ arrival: inout Arrival
    ) throws(FramingError) {
        switch awaited {
        case .operation(let attempt, let member, let sent):
            try operationReplied(attempt, Int(member), reply, sent, session, &arrival)
        case .update(let position):
            guard reply.status == .success else { throw .refused("an update", reply.status) }
            guard let failure = try SlaveMessages.updateFailure(reply.result) else {
                feed(.updateApplied(session.host, position))
                return
            }
            let said = Receipt(host: session.host, failure: failure)
            feed(.updateFailed(session.host, position), said: said)
        case .hello:
            guard reply.status == .success else { throw .refused("hello", reply.status) }
            greeted(try SlaveMessages.decoded(reply.result, as: slave_identity.self), session)
        case .hold(let ticket):
            guard reply.status == .success else { throw .refused("a hold", reply.status) }
            let result = try SlaveMessages.decoded(reply.result, as: slave_hold_result.self)
            holdReplied(ticket, result, session)
        case .ping, .goodbye: break
        }
    }

    private static func receipt(
        of reply: IncomingReply
    ) throws(FramingError) -> OperationReceipt {
        reply.verifier.flavor == OperationCredential.flavor
            ? try OperationReceipt(reply.verifier) : OperationReceipt(worker: 0, microseconds: 0)
    }

    /// Nobody waits for the operation any more, but the journal wants to know what became of it.
    private func settle(
        _ call: CalledOperation, _ reply: IncomingReply, _ session: HostSession
    ) throws(FramingError) {
        let receipt = try Self.receipt(of: reply)
        if reply.status == .success {
            let bytes = ResultBytes(Array(reply.result))
            keep(call, .result(bytes, host: hosts[session.host.index].name))
        } else if Int64(receipt.worker) == SLAVE_NO_WORKER {
            notExecuted(call)
        }
    }

    private func operationReplied(
        _ attempt: AttemptID, _ member: Int, _ reply: IncomingReply, _ sent: Instant,
        _ session: HostSession, _ arrival: inout Arrival
    ) throws(FramingError) {
        let receipt = try Self.receipt(of: reply)
        let time = receipt.microseconds
        var said = Receipt(
            host: session.host, worker: receipt.worker, attempt: attempt.number, sent: sent,
            microseconds: time)
        switch reply.status {
        case .success: break
        case .systemError:
            said.failure = receipt.failure.neutral
            said.isLate = Int64(receipt.worker) == SLAVE_NO_WORKER
        case .garbageArguments:
            said.failure =
                receipt.failure.isEmpty
                ? "its arguments can't be read" : receipt.failure.neutral
        default: throw .refused("an operation", reply.status)
        }
        let isFirst = groups[attempt.operation]?.answered(member, microseconds: time) ?? false
        guard isFirst, let group = groups[attempt.operation] else {
            if !said.isLate { record(.worked(session.host, microseconds: time)) }
            return
        }
        let succeeded = reply.status == .success
        answered(group[member], said, succeeded ? arrival.result(reply.result) : nil)
        guard group.isOver else { return }
        let answer = Reply(
            succeeded: succeeded, microseconds: group.microseconds, isMeasured: !said.isLate)
        feed(.replied(session.host, attempt, answer))
        precondition(
            groups[attempt.operation] == nil, "all of a group has ended, and it goes on elsewhere")
    }

    /// What an operation wrote, line by line.
    private func printed(_ output: slave_output, _ session: HostSession) {
        var operation: CalledOperation?
        if let xid = output.xid,
            case .operation(let attempt, let member, _)? = session.awaited[xid],
            let group = groups[attempt.operation]
        {
            operation = group[Int(member)]
        }
        let source = OutputSource(
            worker: output.worker, procedure: output.procedure.map(interface.name(of:)),
            operation: operation?.place)
        for line in LogLines.all(of: output.text) { record(.line(line, session.host, source)) }
    }

    package func workerEnded(_ end: slave_worker_end, _ session: HostSession) {
        let host = session.host
        let crash = session.crash.flatMap { $0.process == end.process ? $0 : nil }
        session.crash = nil
        var said = Receipt(host: host, worker: end.worker, failure: end.text.neutral)
        endHold(ofProcess: end, on: host)
        guard let xid = end.xid,
            case .operation(let attempt, let member, let sent)? = session.awaited.remove(xid),
            let group = groups[attempt.operation], group.isOpen(Int(member))
        else {
            // Nobody waits for what it executed, if anything.
            record(.workerEnded(end, host, nil, said))
            feed(.workerEnded(host, executing: nil))
            return
        }
        said.sent = sent
        said.attempt = attempt.number
        record(.workerEnded(end, host, group[Int(member)], said))
        if let crash { record(.crashed(crash, host, group[Int(member)])) }
        let alone = group.openCount > 1 ? separate(Int(member), from: attempt.operation) : nil
        feed(.workerEnded(host, executing: attempt, alone: alone), said: said)
    }

    /// Only the operation that was executed is to blame: it leaves its group, and wherever else the
    /// group was sent.
    private func separate(_ member: Int, from id: OperationID) -> OperationID? {
        cancel(member, of: id)
        guard let operation = groups[id]?[member], groups[id]?.leave(member) == true else {
            return nil
        }
        let alone = groups.insert(CallGroup(operation.call, from: operation.index))
        operation.call.groups.append(alone)
        return alone
    }

    private func greeted(_ identity: slave_identity, _ session: HostSession) {
        let host = session.host
        let description = hosts[host.index]
        if let error = identity.mismatch(with: description, interface) {
            fail(
                session,
                SessionFailure(reason: error.diagnostic.summary, permanent: true, error: error))
            return
        }
        session.isOpen = true
        session.process = identity.process
        session.workers = Int(identity.workers)
        executed.insert(description.name)
        record(.greeted(identity, host))
        joined(host, workers: Int(identity.workers))
        feed(.hostConnected(host, workers: Int(identity.workers)))
        askForHolds(of: host)
    }
}
