import Testing

/// A rule of the execution model that is broken on purpose, by a change of source text.
struct Mutation: CustomTestStringConvertible {
    /// What the changed code does.
    let fault: String
    /// The module, which says what simulation is to notice it.
    var folder = "Scheduling"
    let file: String
    /// Text that stands there exactly once, and what takes its place. `BROKEN` is true in the
    /// process that simulates this mutation, and false in all others.
    let original: String
    let replacement: String

    var testDescription: String { fault }

    static let all = ofScheduler + ofDriver

    private static let ofDriver = [
        Mutation(
            fault: "an operation that its slave refuses as late fails by its own word",
            folder: "Driving", file: "DriverEndings.swift",
            original: """
                                said.isLate
                                ? RunError.deadlinePassed(operation: name)
                """,
            replacement: """
                                said.isLate && !BROKEN
                                ? RunError.deadlinePassed(operation: name)
                """),
        Mutation(
            fault: "a member of a group ends twice",
            folder: "Driving", file: "Calls/CallGroup.swift",
            original: "guard isOpen(member) else { return false }",
            replacement: "guard BROKEN || isOpen(member) else { return false }"),
        Mutation(
            fault: "an update is sent twice after a reconnection",
            folder: "Driving", file: "DriverActions.swift",
            original: "guard let message = updates.message(position) else { return }",
            replacement: """
                guard let message = updates.message(position) else { return }
                        if BROKEN, reasons[host.index] != nil {
                            send(host, .update, .update(position), SlaveMessages.update(position, message))
                        }
                """),
        Mutation(
            fault: "a cancelled member takes the others of its attempt along",
            folder: "Driving", file: "DriverActions.swift",
            original: "for xid in session.forget(attempt, placement.span, member) {",
            replacement:
                "for xid in session.forget(attempt, placement.span, BROKEN ? nil : member) {"),
        Mutation(
            fault: "a result is cut from the wrong place of the read that brought it",
            folder: "Driving", file: "Sessions/Arrival.swift",
            original: "let offset = start - base",
            replacement: "let offset = max(0, start - base - (BROKEN ? 4 : 0))"),
        Mutation(
            fault: "operations behind shared data leave though they were taken back",
            folder: "Driving", file: "Sessions/Outbox.swift",
            original: "guard waiting.remove(xid) != nil else { continue }",
            replacement: "guard waiting.remove(xid) != nil || BROKEN else { continue }"),
        Mutation(
            fault: "a version is copied from one that the host does not hold",
            folder: "Driving", file: "Sessions/Outbox.swift",
            original: "let transfer = ContentTransfer(version, content, over: bases[version.slot])",
            replacement: """
                let held = BROKEN ? expectedBase(of: version.slot) : nil
                            let transfer = ContentTransfer(
                                version, content, over: held ?? bases[version.slot])
                """
        ),
    ]

    private static let ofScheduler = [
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
            original: "let record = operations[id], record.traits.kind == .pure,",
            replacement: "let record = operations[id], BROKEN || record.traits.kind == .pure,"
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
