import Scheduling
import Transport
import WireProtocol

/// The part of a message from a slave that its actions need; valid while the message is handled.
struct Incoming {
    var host: HostID
    var result = UnsafeRawBufferPointer(start: nil, count: 0)
    /// An operation's or update's own words, or how a worker ended.
    var failure = ""
    var worker: UInt32 = 0
    var attempt: UInt32 = 0
    /// When that attempt was sent, and the worker's own time for it.
    var sent: Instant?
    var microseconds: UInt64 = 0
    /// The slave refused the operation: its deadline passed before a worker had it.
    var isLate = false
}

/// What comes from slaves.
extension RunLoop {
    /// Reads what the host has to say, but no more than its turn allows.
    func receive(from link: HostLink) {
        do throws(TransportError) {
            try receiveMessages(from: link)
            try receiveLog(from: link)
        } catch {
            link.fail(error.diagnostic.summary)
        }
        noteLife(of: link)
    }

    func noteLife(of link: HostLink) {
        guard link.isHeard else { return }
        link.isHeard = false
        feed(.hostHeard(link.host))
    }

    private func receiveMessages(from link: HostLink) throws(TransportError) {
        var taken = 0
        while taken < RunLimits.receiveMax, link.failure == nil {
            let isLarge = link.reader.isWithinLarge
            let received =
                isLarge
                ? try receiveLarge(from: link) : try link.channel.receive(.output, into: buffer)
            switch received {
            case .bytes(let count):
                taken += count
                if !isLarge { read(count, from: link) }
            case .wouldBlock: return
            case .ended:
                if case .ended = link.stage { return }
                link.stage = .ended(until: now.advanced(by: RunLimits.endingMax))
                return
            }
        }
    }

    /// Reads the rest of a large record to its place, and handles it when it is whole.
    private func receiveLarge(from link: HostLink) throws(TransportError) -> Received {
        var received = Received.wouldBlock
        let record = try link.reader.fill { room throws(TransportError) in
            received = try link.channel.receive(.output, into: room)
            guard case .bytes(let count) = received else { return 0 }
            return count
        }
        guard case .bytes(let count) = received else { return received }
        heard(count, from: link)
        guard let record else { return received }
        largeRecord = record
        do throws(FramingError) {
            try record.withUnsafeBufferPointer { all throws(FramingError) in
                try handle(UnsafeRawBufferPointer(all), from: link)
            }
        } catch {
            link.fail("its slave sent \(error)", permanent: true)
        }
        incoming = nil
        largeRecord = nil
        return received
    }

    private func heard(_ count: Int, from link: HostLink) {
        now = RunClock.now
        link.isHeard = true
        link.bytesReceived += UInt64(count)
    }

    private func read(_ count: Int, from link: HostLink) {
        heard(count, from: link)
        received = (count, [])
        let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
        do throws(FramingError) {
            // Moved out while its records are handled: a handler may look at the link.
            var reader = RecordReader()
            swap(&reader, &link.reader)
            defer { swap(&reader, &link.reader) }
            try reader.read(bytes) { record throws(FramingError) in
                guard link.failure == nil else { return }
                try self.handle(record, from: link)
            }
        } catch {
            link.fail("its slave sent \(error)", permanent: true)
        }
        incoming = nil
        received = (0, [])
        answers.handOver()
    }

    private func receiveLog(from link: HostLink) throws(TransportError) {
        var taken = 0
        while taken < RunLimits.receiveMax,
            case .bytes(let count) = try link.channel.receive(.errors, into: buffer)
        {
            taken += count
            let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            for line in link.log.append(bytes) { recorder.note(line, from: link.host, now) }
        }
    }

    private func handle(
        _ record: UnsafeRawBufferPointer, from link: HostLink
    ) throws(FramingError) {
        switch try Message(record) {
        case .reply(let reply):
            guard let awaited = link.awaited.remove(reply.xid) else {
                // To a cancelled call, or a second time; but never to a call that was not made.
                guard link.outbox.hasIssued(reply.xid) else { throw .unknownReply(xid: reply.xid) }
                if let call = link.withdrawn.removeValue(forKey: reply.xid) {
                    try settle(call, reply, from: link)
                }
                return
            }
            try handle(reply, awaited, from: link)
        case .call(let call):
            try handle(call, from: link)
        }
    }

    private func handle(_ call: IncomingCall, from link: HostLink) throws(FramingError) {
        incoming = Incoming(host: link.host)
        typealias Version = MASTER_PROGRAM.MASTER_VERSION
        switch (call.program, call.procedure) {
        case (MASTER_PROGRAM.number, Version.MASTER_WORKER_STARTED):
            let start = try SlaveMessages.decoded(call.arguments, as: slave_worker_start.self)
            link.workerProcess = start.process
            recorder.started(start, on: link.host, now)
        case (MASTER_PROGRAM.number, Version.MASTER_OUTPUT):
            printed(try SlaveMessages.decoded(call.arguments, as: slave_output.self), on: link)
        case (MASTER_PROGRAM.number, Version.MASTER_WORKER_ENDED):
            let end = try SlaveMessages.decoded(call.arguments, as: slave_worker_end.self)
            workerEnded(end, on: link)
        default: throw .unknownCall(program: call.program, procedure: call.procedure)
        }
    }

    private func handle(
        _ reply: IncomingReply, _ awaited: HostLink.Awaited, from link: HostLink
    ) throws(FramingError) {
        if case .operation(let attempt, let member, let sent) = awaited {
            try operationReplied(attempt, Int(member), reply, sent, link)
            return
        }
        incoming = Incoming(host: link.host)
        switch awaited {
        case .update(let position):
            guard reply.status == .success else { throw .refused("an update", reply.status) }
            guard let failure = try SlaveMessages.updateFailure(reply.result) else {
                feed(.updateApplied(link.host, position))
                return
            }
            incoming?.failure = failure
            feed(.updateFailed(link.host, position))
        case .hello:
            guard reply.status == .success else { throw .refused("hello", reply.status) }
            greeted(try SlaveMessages.decoded(reply.result, as: slave_identity.self), link)
        case .ping, .goodbye, .operation: break
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
        _ call: CalledOperation, _ reply: IncomingReply, from link: HostLink
    ) throws(FramingError) {
        let receipt = try Self.receipt(of: reply)
        if reply.status == .success {
            let bytes = ResultBytes(Array(reply.result))
            keep(call, .result(bytes, host: hosts[link.host.index].name))
        } else if Int64(receipt.worker) == SLAVE_NO_WORKER {
            notExecuted(call)
        }
    }

    private func operationReplied(
        _ attempt: AttemptID, _ member: Int, _ reply: IncomingReply, _ sent: Instant,
        _ link: HostLink
    ) throws(FramingError) {
        let receipt = try Self.receipt(of: reply)
        var incoming = Incoming(
            host: link.host, result: reply.result, worker: receipt.worker,
            attempt: attempt.number, sent: sent, microseconds: receipt.microseconds)
        switch reply.status {
        case .success: break
        case .systemError:
            incoming.failure = receipt.failure.neutral
            incoming.isLate = Int64(receipt.worker) == SLAVE_NO_WORKER
        case .garbageArguments:
            incoming.failure =
                receipt.failure.isEmpty
                ? "its arguments can't be read" : receipt.failure.neutral
        default: throw .refused("an operation", reply.status)
        }
        if !incoming.isLate {
            recorder.replied(link.host, microseconds: receipt.microseconds)
        }
        let time = receipt.microseconds
        let isFirst = groups[attempt.operation]?.answered(member, microseconds: time) ?? false
        guard isFirst, let group = groups[attempt.operation] else { return }
        answered(group[member], incoming, succeeded: reply.status == .success)
        guard group.isOver else { return }
        let answer = Reply(
            succeeded: reply.status == .success, microseconds: group.microseconds,
            isMeasured: !incoming.isLate)
        feed(.replied(link.host, attempt, answer))
    }

    /// What an operation wrote, line by line.
    private func printed(_ output: slave_output, on link: HostLink) {
        var operation: CalledOperation?
        if let xid = output.xid, case .operation(let attempt, let member, _)? = link.awaited[xid],
            let group = groups[attempt.operation]
        {
            operation = group[Int(member)]
        }
        let source = OutputSource(
            worker: output.worker, procedure: output.procedure.map(interface.name(of:)),
            operation: operation?.place)
        for line in LogLines.all(of: output.text) {
            recorder.note(line, from: link.host, of: source, now)
        }
    }

    func workerEnded(_ end: slave_worker_end, on link: HostLink) {
        incoming?.failure = end.text.neutral
        incoming?.worker = end.worker
        guard let xid = end.xid,
            case .operation(let attempt, let member, let sent)? = link.awaited.remove(xid),
            let group = groups[attempt.operation], group.isOpen(Int(member))
        else {
            // Nobody waits for what it executed, if anything.
            recorder.ended(end, on: link.host, nil, incoming, now)
            feed(.workerEnded(link.host, executing: nil))
            return
        }
        incoming?.sent = sent
        incoming?.attempt = attempt.number
        let executed = group[Int(member)]
        recorder.ended(end, on: link.host, executed, incoming, now)
        let alone = group.openCount > 1 ? separate(Int(member), from: attempt.operation) : nil
        feed(.workerEnded(link.host, executing: attempt, alone: alone))
    }

    /// Only the operation that was executed is to blame: it leaves its group.
    private func separate(_ member: Int, from id: OperationID) -> OperationID? {
        guard let operation = groups[id]?[member], groups[id]?.leave(member) == true else {
            return nil
        }
        let alone = groups.insert(CallGroup(operation.call, from: operation.index))
        operation.call.groups.append(alone)
        return alone
    }

    private func greeted(_ identity: slave_identity, _ link: HostLink) {
        let description = hosts[link.host.index]
        if let error = identity.mismatch(with: description, interface) {
            link.fail(error.diagnostic.summary, permanent: true, error: error)
            return
        }
        link.stage = .open
        recorder.greeted(identity, link.host, now)
        joined(link.host, workers: Int(identity.workers))
        feed(.hostConnected(link.host, workers: Int(identity.workers)))
    }
}
