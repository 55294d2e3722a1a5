import Diagnostics
import RunRecords
import Scheduling
import WireProtocol

/// A debugger that waits for a worker, or has one.
package struct Hold {
    package let request: HoldRequest
    /// The slaves that were asked, and under which xid.
    package var asked: [HostID: UInt32] = [:]
    /// Who stands still, and where.
    package var held: (host: HostID, process: HeldProcess)?
    /// The operations that the worker has: their time stands still as well.
    package var operations: [OperationID] = []
    /// When the worker goes on though nobody attached.
    package var until: Instant?

    package init(_ request: HoldRequest) { self.request = request }
}

/// Workers that stand still for debuggers.
///
/// A held worker keeps its process, its state and its operations, whatever updates and retirements come:
/// the slave takes another worker for other positions, and ends the held one when it is released and
/// nobody needs its position. No update can overtake anything here, since each has a replica of its
/// own. While a worker is held, its operations are neither late nor slow (`Scheduler.hold`).
extension Driver {
    package func hold(_ request: HoldRequest, _ ticket: ControlTicket) {
        if let refusal = refusal(of: request) {
            reply(ticket, .refused(refusal))
            return
        }
        holds[ticket] = Hold(request)
        switch request.subject {
        case .slave: holdSlave(ticket)
        case .any, .worker, .next, .crash, .operation:
            if isSerial {
                holdSerial(ticket)
            } else {
                for host in hosts.indices { askForHold(ticket, of: HostID(index: host)) }
            }
        }
    }

    // MARK: What can be held

    /// Why it can't be, in the user's words.
    private func refusal(of request: HoldRequest) -> String? {
        guard holds.count < DrivingLimits.holdsMax else {
            return "\(holds.count) debuggers wait for workers of this run already"
        }
        if let name = request.host {
            guard let host = present(name) else { return "host '\(name)' is not in the run" }
            guard sessions[host.index]?.isOpen ?? false else {
                return "host '\(name)' is not connected at this time"
            }
        }
        switch request.subject {
        case .slave where request.host == nil, .any where request.host == nil,
            .worker where request.host == nil:
            return "no host is named"
        case .next, .crash, .operation:
            if isSerial {
                return "a serial run has one process: marionette debug HOST attaches to it"
            }
            if request.host == nil, hosts.indices.allSatisfy({ isEmulated(HostID(index: $0)) }) {
                return "all hosts of the run are emulated, which debuggers can't enter:"
                    + " marionette replay CAPSULE --debug can"
            }
        default: break
        }
        return refusal(of: request.subject) ?? holder(of: request)
    }

    private func refusal(of subject: HoldRequest.Subject) -> String? {
        switch subject {
        case .next(let name):
            let names = interface.procedures.filter { $0.kind != .context }.map(\.name)
            guard !names.contains(name) else { return nil }
            if interface.procedures.contains(where: { $0.name == name }) {
                return "'\(name)' is a context operation, which no worker executes"
            }
            let meant = nearest(to: name, among: names).map { "did you mean '\($0)'?" }
            return "the application has no operation '\(name)'; "
                + (meant ?? "it has \(names.joined(separator: ", "))")
        case .operation(let text):
            guard let place = OperationPlace(text), isOpen(place) else {
                return "operation \(text) is not open: it has ended, or has not begun"
            }
            return nil
        case .any, .worker, .slave, .crash: return nil
        }
    }

    private func isOpen(_ place: OperationPlace) -> Bool {
        groups.values.contains { group in
            group.openMembers.contains { group[$0].place == place }
        }
    }

    /// Another debugger has what is asked for.
    private func holder(of request: HoldRequest) -> String? {
        let others = holds.values.filter { other in
            guard let held = other.held?.process, held.host == request.host else { return false }
            switch request.subject {
            case .slave: return held.worker == nil
            case .worker(let number): return held.worker == number
            case .any: return held.worker != nil
            case .operation, .next, .crash: return false
            }
        }
        guard let other = others.min(by: { $0.request.debugger < $1.request.debugger }),
            let held = other.held?.process
        else { return nil }
        let count = request.host.flatMap(present).flatMap { sessions[$0.index]?.workers } ?? 0
        if request.subject == .any, others.count < count { return nil }
        return "\(held.text) is held by another debugger, process \(other.request.debugger) here"
    }

    // MARK: Asking

    /// A host has joined: whoever waits for what may happen on any host waits for it there, too.
    package func askForHolds(of host: HostID) {
        for (ticket, _) in holdsInOrder { askForHold(ticket, of: host) }
    }

    private func askForHold(_ ticket: ControlTicket, of host: HostID) {
        guard let hold = holds[ticket], hold.held == nil, hold.asked[host] == nil,
            hold.request.host.map({ present($0) == host }) ?? !isEmulated(host),
            sessions[host.index]?.isOpen ?? false
        else { return }
        switch hold.request.subject {
        case .any: ask(ticket, host, .SLAVE_HOLD_ANY, 0)
        case .worker(let number): ask(ticket, host, .SLAVE_HOLD_WORKER, number)
        case .crash: ask(ticket, host, .SLAVE_HOLD_CRASH, 0)
        case .next(let name):
            guard let procedure = interface.procedures.first(where: { $0.name == name }) else {
                return
            }
            ask(ticket, host, .SLAVE_HOLD_PROCEDURE, procedure.number)
        case .operation(let place): askForOperation(ticket, OperationPlace(place), host)
        case .slave: break
        }
    }

    /// Debuggers can't enter its workers.
    private func isEmulated(_ host: HostID) -> Bool { hosts[host.index].command.count > 1 }

    private func ask(
        _ ticket: ControlTicket, _ host: HostID, _ kind: slave_hold_kind, _ which: UInt32
    ) {
        guard let session = listening(host) else { return }
        holds[ticket]?.asked[host] = session.outbox.call(
            .hold, SlaveMessages.hold(kind, which), .hold(ticket), in: &session.awaited)
    }

    /// Where it was sent to this host.
    private func askForOperation(_ ticket: ControlTicket, _ place: OperationPlace?, _ host: HostID)
    {
        guard let session = sessions[host.index] else { return }
        let xid = session.awaited.all { awaited in
            guard case .operation(let attempt, let member, _) = awaited else { return false }
            return groups[attempt.operation]?[Int(member)].place == place
        }.max()
        if let xid { ask(ticket, host, .SLAVE_HOLD_CALL, xid) }
    }

    /// A group was sent: somebody may wait for one of its operations.
    package func askForHold(of group: CallGroup, _ span: XIDSpan, on host: HostID) {
        for (ticket, hold) in holdsInOrder where hold.held == nil && hold.asked[host] == nil {
            guard case .operation(let place) = hold.request.subject else { continue }
            for (member, xid) in zip(group.openMembers, span)
            where group[member].place == OperationPlace(place) {
                ask(ticket, host, .SLAVE_HOLD_CALL, xid)
            }
        }
    }

    // MARK: Holding

    private func holdSlave(_ ticket: ControlTicket) {
        guard let name = holds[ticket]?.request.host, let host = present(name),
            let process = sessions[host.index]?.process
        else { return }
        feed(.hostHeld(host))
        held(ticket, HeldProcess(host: name, worker: nil, process: process), host)
    }

    /// The only process is not stopped before the debugger does that: nobody replaces it.
    private func holdSerial(_ ticket: ControlTicket) {
        guard let process = sessions[0]?.workerProcess else { return }
        held(
            ticket, HeldProcess(host: hosts[0].name, worker: 0, process: process),
            HostID(index: 0))
    }

    private func held(_ ticket: ControlTicket, _ process: HeldProcess, _ host: HostID) {
        holds[ticket]?.held = (host, process)
        holds[ticket]?.until = now.advanced(by: DrivingLimits.holdMax)
        record(.note("\(process.text) is held for a debugger"))
        reply(ticket, .held(process))
    }

    /// A slave's answer.
    package func holdReplied(
        _ ticket: ControlTicket, _ result: slave_hold_result, _ session: HostSession
    ) {
        let host = session.host
        // Whoever asked may be gone, or have another worker: the slave was told.
        guard let hold = holds[ticket], hold.held == nil, hold.asked[host] != nil else { return }
        switch result {
        case .SLAVE_NOT_HELD(let reason):
            holds[ticket]?.asked[host] = nil
            guard hold.asked.count == 1 else { return }
            let name = hosts[host.index].name
            endHold(ticket, "host '\(name)': \(reason.neutral)")
        case .SLAVE_HELD(let holding):
            release(hold, besides: host)
            holds[ticket]?.asked = hold.asked.filter { $0.key == host }
            let operations = Set(holding.calls.compactMap { attempt(of: $0, session)?.operation })
                .sorted { $0.index < $1.index }
            holds[ticket]?.operations = operations
            for operation in operations { feed(.operationHeld(operation)) }
            let executed = holding.executing.flatMap { called($0, session) }
            held(
                ticket,
                HeldProcess(
                    host: hosts[host.index].name, worker: holding.worker,
                    process: holding.process,
                    operation: executed.map { interface.name(of: $0.traits.procedure) },
                    place: executed?.place.description), host)
        }
    }

    private func attempt(of xid: UInt32, _ session: HostSession) -> AttemptID? {
        guard case .operation(let attempt, _, _)? = session.awaited[xid] else { return nil }
        return attempt
    }

    private func called(_ xid: UInt32, _ session: HostSession) -> CalledOperation? {
        guard case .operation(let attempt, let member, _)? = session.awaited[xid] else {
            return nil
        }
        return groups[attempt.operation]?[Int(member)]
    }

    // MARK: The end of a hold

    /// Whoever asked has a debugger there now.
    package func attached(_ ticket: ControlTicket) { holds[ticket]?.until = nil }

    /// Whoever asked is gone.
    package func controlClosed(_ ticket: ControlTicket) { endHold(ticket, nil) }

    /// - Parameter text: what whoever asked is told; nil: nothing, since it left itself.
    private func endHold(_ ticket: ControlTicket, _ text: String?) {
        guard let hold = holds.removeValue(forKey: ticket) else { return }
        release(hold)
        for operation in hold.operations { feed(.operationReleased(operation)) }
        if let held = hold.held {
            if held.process.worker == nil { feed(.hostReleased(held.host)) }
            record(.note("\(held.process.text) is no longer held"))
        }
        if let text { reply(ticket, .refused(text)) }
    }

    private func release(_ hold: Hold, besides kept: HostID? = nil) {
        for (host, xid) in hold.asked.sorted(by: { $0.key.index < $1.key.index })
        where host != kept {
            listening(host)?.outbox.call(.release, SlaveMessages.release(xid))
        }
    }

    /// Nothing may come after goodbye, which lets go of all workers.
    private func listening(_ host: HostID) -> HostSession? {
        guard let session = sessions[host.index], !session.isGoodbyeSent else { return nil }
        return outgoing(host)
    }

    private var holdsInOrder: [(key: ControlTicket, value: Hold)] {
        holds.sorted { $0.key.number < $1.key.number }
    }

    /// The soonest time at which a worker goes on because nobody attached.
    var lateHold: Instant? { holds.values.compactMap(\.until).min() }

    func endLateHolds() {
        for (ticket, hold) in holdsInOrder where hold.until.map({ $0 <= now }) ?? false {
            let seconds = DrivingLimits.holdMax.components.seconds
            endHold(ticket, "no debugger attached within \(seconds) s, so the worker goes on")
        }
    }

    package func endHold(ofProcess end: slave_worker_end, on host: HostID) {
        for (ticket, hold) in holdsInOrder {
            guard let held = hold.held, held.host == host, held.process.process == end.process
            else { continue }
            endHold(ticket, "\(held.process.text) has ended: \(end.text.neutral)")
        }
    }

    /// The operation has ended before anybody was held for it.
    package func endHolds(of operation: CalledOperation) {
        guard !holds.isEmpty else { return }
        for (ticket, hold) in holdsInOrder where hold.held == nil {
            guard case .operation(let text) = hold.request.subject,
                OperationPlace(text) == operation.place
            else { continue }
            endHold(ticket, "operation \(text) has ended")
        }
    }

    /// A session ends.
    func endHolds(on host: HostID, _ reason: String?) {
        let name = hosts[host.index].name
        let text =
            scheduler.stage == .running
            ? reason ?? "host '\(name)' has left the run" : "the run has ended"
        for (ticket, hold) in holdsInOrder {
            holds[ticket]?.asked[host] = nil
            let isThere = hold.held.map { $0.host == host } ?? (hold.request.host == name)
            if isThere { endHold(ticket, text) }
        }
    }
}
