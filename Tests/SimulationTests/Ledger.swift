import Scheduling

/// What a simulated run did, kept beside the scheduler and independent of it, and the rules that it
/// broke.
struct Ledger {
    private struct Record {
        let step: Int
        let operation: RandomProgram.Operation
        var endings = 0
        var executions = 0
        var kills = 0
        var isCancelled = false
        var live: [AttemptID: HostID] = [:]
    }

    private var records: [OperationID: Record] = [:]
    private(set) var breaches: [String] = []
    private(set) var updatesFinished: Position = 0
    private(set) var succeeded = 0
    private(set) var poisoned = 0
    private(set) var fatesUnknown = 0

    private var isResultWanted = false

    mutating func breach(_ text: String) { breaches.append(text) }

    mutating func submitted(_ id: OperationID, _ step: Int, _ operation: RandomProgram.Operation) {
        records[id] = Record(step: step, operation: operation)
    }

    mutating func cancelled(_ id: OperationID) { records[id]?.isCancelled = true }

    mutating func updateFinished(_ position: Position) {
        if position != updatesFinished + 1 { breach("update \(position) finished out of order") }
        updatesFinished = position
    }

    mutating func attemptSent(_ attempt: AttemptID, on host: HostID, _ kind: OperationKind) {
        let live = records[attempt.operation]?.live ?? [:]
        if kind != .pure, !live.isEmpty { breach("an impure operation was sent twice at once") }
        if live.values.contains(host) { breach("two attempts were sent to one host") }
        if live.count >= 2 { breach("a third attempt was sent") }
        if kind == .once, attempt.number > 1 { breach("an operation of 'once' was sent again") }
        records[attempt.operation]?.live[attempt] = host
    }

    mutating func attemptOver(_ attempt: AttemptID, on host: HostID) {
        records[attempt.operation]?.live[attempt] = nil
    }

    /// A result arrives: only one of an attempt that is wanted may count.
    mutating func resultArrives(_ attempt: AttemptID, on host: HostID) {
        isResultWanted = records[attempt.operation]?.live[attempt] == host
        attemptOver(attempt, on: host)
    }

    mutating func hostLost(_ host: HostID) {
        for id in records.keys {
            let live = records[id]?.live.filter { $0.value != host }
            records[id]?.live = live ?? [:]
        }
    }

    mutating func executed(_ attempt: AttemptID, _ kind: OperationKind) {
        records[attempt.operation]?.executions += 1
        if kind == .once, (records[attempt.operation]?.executions ?? 0) > 1 {
            breach("an operation of 'once' was executed twice")
        }
    }

    mutating func killed(_ attempt: AttemptID) { records[attempt.operation]?.kills += 1 }

    mutating func finished(_ id: OperationID, _ outcome: Outcome, _ result: UInt64?) {
        guard let record = records[id] else {
            breach("an operation that nobody submitted ended")
            return
        }
        records[id]?.endings += 1
        if record.endings > 0 { breach("step \(record.step) ended twice") }
        switch outcome {
        case .succeeded:
            succeeded += 1
            if !isResultWanted {
                breach("step \(record.step): the result of a lost attempt counted")
            }
            if result != record.operation.expected { breach("step \(record.step): wrong result") }
        case .poisoned(let kills, _):
            poisoned += 1
            if kills != 3 || record.kills < 3 { breach("step \(record.step) is no poison") }
        case .fateUnknown:
            fatesUnknown += 1
            if record.operation.traits.kind != .once { breach("step \(record.step) was given up") }
        case .cancelled:
            if !record.isCancelled { breach("step \(record.step) was cancelled by nobody") }
        case .failed, .abandoned: breach("step \(record.step) ended as \(outcome)")
        }
    }

    /// What must hold at the end.
    mutating func close(_ program: RandomProgram) {
        for record in records.values where record.endings != 1 {
            breach("step \(record.step) ended \(record.endings) times")
        }
        let expected = program.steps.count { if case .operation = $0 { true } else { false } }
        if records.count != expected { breach("\(records.count) of \(expected) were submitted") }
    }
}
