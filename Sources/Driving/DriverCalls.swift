import Scheduling

/// What the program's tasks submit.
extension Driver {
    /// Short operations go to the scheduler in groups: parts of one call, or calls of one operation
    /// each in a row. Returns how many operations these are.
    @discardableResult
    package func take(_ calls: [Call]) -> Int {
        guard var procedure = calls.first?.traits.procedure else { return 0 }
        var count = 0
        /// How many operations in a row are of one procedure.
        var alike = 0
        /// Calls of one operation each that are alike, and how many of them make a group.
        var row: [Call] = []
        var rowMax = 1
        for call in calls {
            count += call.count
            call.position = updates.last
            if call.traits.procedure != procedure {
                record(.submitted(procedure: procedure, count: alike))
                (procedure, alike) = (call.traits.procedure, 0)
            }
            alike += call.count
            if hasJournal, !unrecalled.isEmpty {
                submit(&row)
                recall(call)
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
        record(.submitted(procedure: procedure, count: alike))
        perform()
        return count
    }

    private func submit(_ row: inout [Call]) {
        guard let first = row.first else { return }
        let id = groups.insert(row.count == 1 ? CallGroup(first) : CallGroup(row))
        for call in row { call.groups.append(id) }
        submit(id, first.traits, row.count)
        row.removeAll(keepingCapacity: true)
    }

    package func submitParts(of call: Call, _ range: Range<Int>) {
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
        announce(.operationSubmitted(id, traits))
    }

    /// Operations that were taken and have not ended.
    package var openOperations: Int {
        groups.values.reduce(0) { $0 + $1.openCount }
    }

    /// The caller no longer wants the calls' operations.
    package func cancel(_ calls: [Call]) {
        // A program that leaves its loop because it was interrupted cancels what is open there; but
        // what was sent is to end.
        guard interruption == nil else { return }
        for call in calls { cancel(call) }
    }

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
                cancel(member, of: id)
            }
        }
    }

    // MARK: Updates

    package func append(_ update: UpdateStore.Update) {
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
        record(.updated(updates.last, update))
        if hasJournal { want(.journal(updates.note(on: update, interface))) }
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

    // MARK: After the end

    /// What the program submits when nobody takes any more.
    package var refusal: RunError { failure ?? .runEnded }

    package func refuse(_ calls: [Call]) {
        for call in calls {
            for index in 0..<call.count {
                answers.add(.failure(refusal), tag: call.tag(of: index), for: call.sink)
            }
        }
    }

    package func refuse(_ sink: any CallSink) { answers.add(.failure(refusal), for: sink) }
}
