import Scheduling

/// What a simulated run did, kept beside the scheduler and independent of it, and the rules that it
/// broke.
public struct Ledger {
    /// What the scheduler calls an operation.
    private struct Record {
        let step: Int
        let operation: RandomProgram.Operation
        let deadline: Instant?
        /// How many members it has, those that ended counted in.
        var count: Int
        var endings = 0
        var executions = 0
        var isCancelled = false
        var live: [AttemptID: HostID] = [:]
    }

    /// One operation of the program.
    private struct Member: Hashable {
        let step: Int
        let index: Int
    }

    private struct Fate {
        var endings = 0
        var kills = 0
    }

    /// The master's side of a host, as its messages tell it.
    private struct HostEntry {
        var live: Set<AttemptID> = []
        /// The members that those stand for.
        var inFlight = 0
        var workers = 0
        var isConnected = false
        var isUnwanted = false
    }

    private var records: [OperationID: Record] = [:]
    private var fates: [Member: Fate] = [:]
    private var hosts: [HostEntry] = []
    private var breachCount = 0
    public private(set) var breaches: [String] = []
    private(set) var open = 0
    private(set) var openWithDeadline = 0
    private(set) var isInterrupted = false
    private(set) var isDrained = false
    private(set) var isFailed = false

    public private(set) var updatesFinished: UInt64 = 0
    public private(set) var endings: [String: Int] = [:]

    /// The answer that is being handled.
    private var answer: (isWanted: Bool, member: Int?, value: UInt64)?

    mutating func breach(_ text: String) {
        breachCount += 1
        if breachCount <= 10 { breaches.append(text) }
    }

    // MARK: Hosts

    mutating func hostDeclared() { hosts.append(HostEntry()) }

    mutating func hostConnected(_ host: HostID, workers: Int) {
        hosts[host.index].isConnected = true
        hosts[host.index].workers = workers
    }

    mutating func hostLost(_ host: HostID) {
        for attempt in hosts[host.index].live { records[attempt.operation]?.live[attempt] = nil }
        hosts[host.index].live = []
        hosts[host.index].inFlight = 0
        hosts[host.index].isConnected = false
    }

    mutating func hostUnwanted(_ host: HostID) { hosts[host.index].isUnwanted = true }

    func isConnected(_ host: HostID) -> Bool { hosts[host.index].isConnected }

    func isUnwanted(_ host: HostID) -> Bool { hosts[host.index].isUnwanted }

    var connectedCount: Int { hosts.count { $0.isConnected } }

    // MARK: Updates

    mutating func updateFinished(_ position: Position) {
        if position != updatesFinished + 1 { breach("update \(position) finished out of order") }
        updatesFinished = position
    }

    // MARK: Operations

    mutating func submitted(
        _ id: OperationID, _ step: Int, _ operation: RandomProgram.Operation, _ deadline: Instant?
    ) {
        let count = Int(operation.traits.count)
        records[id] = Record(step: step, operation: operation, deadline: deadline, count: count)
        for index in 0..<count { fates[Member(step: step, index: index)] = Fate() }
        open += 1
        if deadline != nil { openWithDeadline += 1 }
    }

    mutating func cancelled(_ id: OperationID) { records[id]?.isCancelled = true }

    mutating func attemptSent(_ attempt: AttemptID, on host: HostID, _ policy: Policy) {
        guard let record = records[attempt.operation], record.endings == 0 else {
            breach("an operation that ended was sent")
            return
        }
        let kind = record.operation.traits.kind
        let entry = hosts[host.index]
        if kind != .pure, !record.live.isEmpty { breach("an impure operation ran twice at once") }
        if record.live.values.contains(host) { breach("two attempts were sent to one host") }
        if record.live.count >= 2 { breach("a third attempt was sent") }
        if kind == .once, attempt.number > 1 { breach("an operation of 'once' was sent again") }
        if !entry.isConnected { breach("an operation was sent to a host that is not there") }
        if entry.isUnwanted { breach("a drained host got something new") }
        if isInterrupted { breach("an operation was sent after the interruption") }
        let limit = entry.workers * (1 + policy.prefetchLimits.upperBound)
        // A group may go beyond it, but not begin there.
        if entry.inFlight >= limit { breach("\(host) got more than its credit") }
        records[attempt.operation]?.live[attempt] = host
        hosts[host.index].live.insert(attempt)
        hosts[host.index].inFlight += record.count
    }

    mutating func attemptOver(_ attempt: AttemptID, on host: HostID) {
        guard let record = records[attempt.operation], awaits(attempt, on: host) else { return }
        records[attempt.operation]?.live[attempt] = nil
        hosts[host.index].live.remove(attempt)
        hosts[host.index].inFlight -= record.count
    }

    /// Whether the attempt is out there, and wanted.
    func awaits(_ attempt: AttemptID, on host: HostID) -> Bool {
        records[attempt.operation]?.live[attempt] == host
    }

    /// An answer ends the attempt: only one of an attempt that is wanted may count.
    ///
    /// - Parameter member: the one whose result it brings; nil where all members have ended.
    mutating func answer(_ attempt: AttemptID, on host: HostID, _ member: Int?, _ value: UInt64) {
        answer = (awaits(attempt, on: host), member, value)
        attemptOver(attempt, on: host)
    }

    mutating func answerHandled() { answer = nil }

    /// A member of a group was answered before the others.
    mutating func ended(_ id: OperationID, _ member: Int, _ value: UInt64) {
        guard let record = records[id] else { return }
        end(record, member)
        if value != record.operation.expected[member] {
            breach("step \(record.step): wrong result of member \(member)")
        }
    }

    private mutating func end(_ record: Record, _ member: Int) {
        let key = Member(step: record.step, index: member)
        fates[key]?.endings += 1
        if let fate = fates[key], fate.endings > 1 {
            breach("step \(record.step) ended twice")
        }
    }

    /// A member goes on under a name of its own.
    mutating func separated(_ alone: OperationID, from id: OperationID, _ member: Int) {
        guard let group = records[id] else { return }
        records[id]?.count -= 1
        for host in group.live.values { hosts[host.index].inFlight -= 1 }
        records[alone] = Record(
            step: group.step, operation: group.operation, deadline: group.deadline, count: 1,
            isCancelled: group.isCancelled)
        open += 1
        if group.deadline != nil { openWithDeadline += 1 }
    }

    mutating func executed(_ attempt: AttemptID, _ kind: OperationKind) {
        records[attempt.operation]?.executions += 1
        if kind == .once, (records[attempt.operation]?.executions ?? 0) > 1 {
            breach("an operation of 'once' was executed twice")
        }
    }

    mutating func killed(_ id: OperationID, _ member: Int) {
        guard let record = records[id] else { return }
        fates[Member(step: record.step, index: member)]?.kills += 1
    }

    /// - Parameter members: those that had not ended before.
    mutating func finished(
        _ id: OperationID, _ outcome: Outcome, _ members: Set<Int>, _ now: Instant
    ) {
        guard let record = records[id] else {
            breach("an operation that nobody submitted ended")
            return
        }
        records[id]?.endings += 1
        if record.endings > 0 { breach("step \(record.step) ended twice") }
        for member in members { end(record, member) }
        open -= 1
        if record.deadline != nil { openWithDeadline -= 1 }
        let name = String(describing: outcome).prefix { $0.isLetter }
        endings[String(name), default: 0] += 1
        if let fault = fault(in: outcome, record, members, now) {
            breach("step \(record.step): \(fault)")
        }
    }

    private func fault(
        in outcome: Outcome, _ record: Record, _ members: Set<Int>, _ now: Instant
    ) -> String? {
        switch outcome {
        case .succeeded where answer?.isWanted != true: "the result of a lost attempt counted"
        case .succeeded where !isAnswered(record, members): "wrong result"
        case .poisoned(let kills, _) where kills != 3 || !isPoison(record, members):
            "it is no poison"
        case .fateUnknown where record.operation.traits.kind != .once: "it was given up"
        case .cancelled where !record.isCancelled: "it was cancelled by nobody"
        case .deadlinePassed where record.deadline.map({ $0 > now }) ?? true: "it was in time"
        case .interrupted where !isInterrupted: "nobody interrupted it"
        case .abandoned where !isFailed: "the run had not failed"
        case .failed: "it can't fail"
        default: nil
        }
    }

    private func isAnswered(_ record: Record, _ members: Set<Int>) -> Bool {
        guard let member = answer?.member else { return members.isEmpty }
        return members == [member] && answer?.value == record.operation.expected[member]
    }

    private func isPoison(_ record: Record, _ members: Set<Int>) -> Bool {
        members.count == 1
            && members.allSatisfy { member in
                (fates[Member(step: record.step, index: member)]?.kills ?? 0) >= 3
            }
    }

    // MARK: The run

    mutating func interrupted() { isInterrupted = true }

    mutating func drained() {
        if isDrained { breach("the run was drained twice") }
        if open > 0 { breach("\(open) operations are open in a drained run") }
        isDrained = true
    }

    /// The run may fail only where the program makes an update that can't be applied.
    mutating func runFails(_ failure: RunFailure, _ program: RandomProgram) {
        isFailed = true
        guard case .updateFailed(_, let position) = failure, position == program.failing else {
            breach("the run failed: \(failure)")
            return
        }
    }

    /// What must hold at the end.
    mutating func close(submitted: Int) {
        for record in records.values where record.endings != 1 {
            breach("step \(record.step) ended \(record.endings) times")
        }
        for (member, fate) in fates where fate.endings != 1 {
            breach("member \(member.index) of step \(member.step) ended \(fate.endings) times")
        }
        if fates.count != submitted { breach("\(fates.count) of \(submitted) are known") }
    }
}
