import Testing

/// A rule of the execution model that is broken on purpose, by a change of the scheduler's source text.
struct Mutation: CustomTestStringConvertible {
    /// What the changed scheduler does.
    let fault: String
    /// In Sources/Scheduling.
    let file: String
    /// Text that stands there exactly once, and what takes its place. `BROKEN` is true in the
    /// process that simulates this mutation, and false in all others.
    let original: String
    let replacement: String

    var testDescription: String { fault }

    static let all = [
        Mutation(
            fault: "results of attempts that lost are not fenced off",
            file: "OperationRecord.swift",
            original: "if let first, first.host == host, first.number == number {",
            replacement: "if let first, first.host == host, BROKEN || first.number == number {"),
        Mutation(
            fault: "an update is applied twice",
            file: "SchedulerUpdates.swift",
            original: "while let next = updates.next(after: last), next <= released {",
            replacement: "while let next = updates.next(after: last), BROKEN || next <= released {"),
        Mutation(
            fault: "an operation of 'once' is executed again",
            file: "SchedulerOperations.swift",
            original: "if record.traits.kind == .once, cause != .hostRestarted {",
            replacement:
                "if record.traits.kind == .once, BROKEN ? cause == .workerEnded : cause != .hostRestarted {"
        ),
        Mutation(
            fault: "the operations of a lost host are forgotten",
            file: "SchedulerHosts.swift",
            original: "takeBack(lost, from: host, cause, &actions)",
            replacement:
                "if !BROKEN || cause == .hostRemoved { takeBack(lost, from: host, cause, &actions) }"
        ),
        Mutation(
            fault: "an operation that is retried executes at a later position",
            file: "SchedulerPlacement.swift",
            original: "actions.append(.sendOperation(host, attempt, at: record.position))",
            replacement: """
                        let place = BROKEN && number > 1 ? released : record.position
                        actions.append(.sendOperation(host, attempt, at: place))
                """),
        Mutation(
            fault: "a host gets more than its credit",
            file: "HostRecord.swift",
            original: "if inFlight >= mayHold {",
            replacement: "if BROKEN ? inFlight > mayHold : inFlight >= mayHold {"),
        Mutation(
            fault: "an update is left out though an open operation sees it",
            file: "UpdateLog.swift",
            original: "seer >= replaced.position {",
            replacement: "(BROKEN ? seer > replaced.position : seer >= replaced.position) {"),
        Mutation(
            fault: "a position is retired while an operation is open there",
            file: "UpdateLog.swift",
            original: "let start = open.last(before: position).map { $0 + 1 } ?? 0",
            replacement:
                "let start = BROKEN ? 0 : open.last(before: position).map { $0 + 1 } ?? 0"),
        Mutation(
            fault: "a host that comes back is believed to hold what it held",
            file: "HostRecord.swift",
            original: "        defined = []\n        slots = []",
            replacement: "        if !BROKEN { defined = [] }\n        slots = []"),
        Mutation(
            fault: "an operation that is not pure is executed twice at once",
            file: "SchedulerDoubling.swift",
            original: "guard let record = operations[id], record.traits.kind == .pure,",
            replacement: "guard let record = operations[id], BROKEN || record.traits.kind == .pure,"
        ),
        Mutation(
            fault: "an operation is blamed for the loss of its host",
            file: "SchedulerOperations.swift",
            original: "        operations[attempt.operation]?.failedOn = host",
            replacement: """
                        if BROKEN {
                            operations[attempt.operation]?.kills += 1
                        } else {
                            operations[attempt.operation]?.failedOn = host
                        }
                """),
        Mutation(
            fault: "silence is not noticed",
            file: "SchedulerHosts.swift",
            original: "timers.set(host, now.advanced(by: policy.pingAfter))",
            replacement: "timers.set(host, BROKEN ? nil : now.advanced(by: policy.pingAfter))"),
        Mutation(
            fault: "a host that is drained gets something new",
            file: "HostRecord.swift",
            original: "guard standing == .connected, !isDraining else { return 0 }",
            replacement: "guard standing == .connected, BROKEN || !isDraining else { return 0 }"),
        Mutation(
            fault: "an operation that leaves its group is blamed twice",
            file: "OperationRecord.swift",
            original: "        kills = 1",
            replacement: "        kills = BROKEN ? 2 : 1"),
        Mutation(
            fault: "what the other attempt of a group answered is not called back",
            file: "SchedulerOperations.swift",
            original: "if record.isGroup, record.attempts > 1 {",
            replacement: "if record.isGroup, record.attempts > (BROKEN ? 2 : 1) {"),
        Mutation(
            fault: "cancelled operations gather in the queue",
            file: "SchedulerPlacement.swift",
            original: "pending.keep { operations[$0] != nil }",
            replacement: "pending.keep { BROKEN || operations[$0] != nil }"),
        Mutation(
            fault: "a deadline is not kept",
            file: "DeadlineHeap.swift",
            original: "while let first = heap.first, first.moment <= now {",
            replacement: "while let first = heap.first, !BROKEN, first.moment <= now {"),
        Mutation(
            fault: "a cancelled operation keeps its credit",
            file: "SchedulerOperations.swift",
            original: """
                        actions.append(.sendCancel(placement.host, attempt))
                        vacate(placement, count)
                """,
            replacement: """
                        actions.append(.sendCancel(placement.host, attempt))
                        if !BROKEN { vacate(placement, count) }
                """),
    ]
}
