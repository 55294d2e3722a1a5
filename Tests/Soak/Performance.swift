import Foundation
import Marionette
import Scheduling
import Simulation
import TestKit

/// Executes a program as the master of a real run.
struct Performance {
    let client: SoakClient
    let model: SoakModel
    let checker: Checker
    /// The program is to be resumed: it does the same in the same order each time.
    let isRepeatable: Bool
    private var contents = [[UInt8]](repeating: [], count: RandomProgram.slots)
    private var earlier = [[[UInt8]]](repeating: [[]], count: RandomProgram.slots)
    private var later: [(due: Int, task: Task<Void, any Error>)] = []

    init(_ client: SoakClient, _ model: SoakModel, _ checker: Checker, isRepeatable: Bool) {
        self.client = client
        self.model = model
        self.checker = checker
        self.isRepeatable = isRepeatable
    }

    mutating func perform(_ steps: [SoakProgram.Step]) async throws {
        for step in steps {
            checker.say("step \(step.number)")
            try await settle(before: step.number)
            switch step.kind {
            case .context(let update): try await apply(update, step)
            case .shared(let edits): await edit(edits, step)
            case .operations(let operations): await submit(operations, step)
            }
        }
        checker.say("step end")
        try await settle(before: .max)
    }

    /// Awaits what was to be awaited by then.
    private mutating func settle(before step: Int) async throws {
        for (_, task) in later.filter({ $0.due < step }) { try await task.value }
        later.removeAll { $0.due < step }
    }

    // MARK: Updates

    private mutating func apply(_ update: SoakProgram.Update, _ step: SoakProgram.Step) async throws
    {
        let filler = update.content.bytes
        if update.fails { checker.runFails.store(true, ordering: .relaxed) }
        let client = client
        let task = Task.immediate { try await client.update(update, filler) }
        model.apply(update, filler)
        guard update.delay == 0 else {
            later.append((step.number + update.delay, task))
            return
        }
        try await task.value
    }

    private mutating func edit(_ edits: SoakProgram.Edits, _ step: SoakProgram.Step) async {
        var random = SeededNumbers(edits.seed)
        for round in 0..<edits.count {
            var content = changed(contents[edits.slot], edits, round, &random)
            if content.count > SoakProgram.contentMax { content.removeLast(content.count / 2) }
            contents[edits.slot] = content
            earlier[edits.slot].append(content)
            if earlier[edits.slot].count > 4 { earlier[edits.slot].removeFirst() }
            client.set(edits.slot, content)
            model.set(edits.slot, content)
            guard edits.count > 1 else { continue }
            let reader = SoakProgram.Operations(
                form: .awaited, kind: .worker, reads: [edits.slot], first: edits.seed,
                count: round + 1,
                content: SoakProgram.Content(seed: 0, texture: 0, size: 0), resultSize: 0,
                isMixed: false, microseconds: 0)
            await Self.single(client, checker, step, reader, model.call(reader, round))
        }
    }

    private func changed(
        _ old: [UInt8], _ edits: SoakProgram.Edits, _ round: Int, _ random: inout SeededNumbers
    ) -> [UInt8] {
        var piece = edits.content
        piece.seed &+= UInt64(round) << 32
        var content = old
        let place = random.below(old.count + 1)
        switch edits.change {
        case .replace: content = piece.bytes
        case .insert: content.insert(contentsOf: piece.bytes, at: place)
        case .delete: content.removeSubrange(place..<min(old.count, place + piece.size))
        case .overwrite:
            let rest = min(piece.size, old.count - place)
            content.replaceSubrange(place..<(place + rest), with: piece.bytes.prefix(rest))
        case .append: content += piece.bytes
        case .truncate: content.removeLast(min(old.count, piece.size))
        case .earlier:
            let versions = earlier[edits.slot]
            content = versions[random.below(versions.count)]
        case .same: break
        }
        return content
    }

    // MARK: Operations

    private mutating func submit(
        _ operations: SoakProgram.Operations, _ step: SoakProgram.Step
    ) async {
        let (client, model, checker) = (client, model, checker)
        // What is cancelled while it still invokes operations does not do the same each time.
        let cancelledAfter = isRepeatable ? nil : operations.cancelledAfter
        switch operations.form {
        case .later(let steps):
            for member in 0..<operations.count {
                let call = model.call(operations, member)
                let task = Task<Void, any Error>.immediate {
                    await Self.cancelled(after: operations.cancelledAfter) {
                        await Self.single(client, checker, step, operations, call)
                    }
                }
                later.append((step.number + steps, task))
            }
        case .awaited:
            await Self.cancelled(after: cancelledAfter) {
                for member in 0..<operations.count {
                    let call = model.call(operations, member)
                    await Self.single(client, checker, step, operations, call)
                }
            }
        case .group:
            let isRepeatable = isRepeatable
            await Self.cancelled(after: cancelledAfter) {
                await withTaskGroup { group in
                    for member in 0..<operations.count {
                        let call = model.call(operations, member)
                        let act: @Sendable () async -> Void = {
                            await Self.single(client, checker, step, operations, call)
                        }
                        if isRepeatable {
                            group.addImmediateTask(operation: act)
                        } else {
                            group.addTask(operation: act)
                        }
                    }
                }
            }
        case .sequence:
            let isRepeatable = isRepeatable
            await Self.cancelled(after: operations.cancelledAfter) {
                await withTaskGroup { group in
                    for number in 0..<operations.sequences {
                        var operations = operations
                        operations.first &+= UInt64(number) << 32
                        if number > 0 { operations.unsound = nil }
                        // Where the updates stand depends on how fast results come.
                        if isRepeatable { operations.updatedEach = nil }
                        let calls = SoakCalls(model: model, operations: operations)
                        group.addImmediateTask {
                            await Self.sequence(client, checker, step, calls)
                        }
                    }
                }
            }
        }
    }

    private static func single(
        _ client: SoakClient, _ checker: Checker, _ step: SoakProgram.Step,
        _ operations: SoakProgram.Operations, _ call: SoakCall
    ) async {
        do {
            let procedure = SoakClient.procedure(operations.kind, operations.reads)
            let answer = try await limited(operations.timeLimit) {
                try await client.perform(procedure, call)
            }
            checker.check(step, call, answer)
        } catch {
            checker.check(step, operations, call, error)
        }
    }

    private static func sequence(
        _ client: SoakClient, _ checker: Checker, _ step: SoakProgram.Step, _ calls: SoakCalls
    ) async {
        let operations = calls.operations
        guard case .sequence(let paired, let leftAfter) = operations.form else { return }
        do {
            let procedure = SoakClient.procedure(operations.kind, operations.reads)
            let results = client.perform(procedure, each: calls)
            try await limited(operations.timeLimit) {
                var count = 0
                if paired {
                    for try await (call, answer) in results.withArguments {
                        if count == leftAfter { return }
                        checker.check(step, calls, answer, of: call)
                        count += 1
                        try await update(client, calls, after: count)
                    }
                } else {
                    for try await answer in results {
                        if count == leftAfter { return }
                        checker.check(step, calls, answer, of: nil)
                        count += 1
                        try await update(client, calls, after: count)
                    }
                }
                guard count == operations.count else {
                    checker.wrong(step, "the sequence gave \(count) results")
                }
            }
        } catch {
            checker.check(step, operations, nil, error)
        }
    }

    /// What is invoked from here on sees it, what was invoked before does not.
    private static func update(
        _ client: SoakClient, _ calls: SoakCalls, after count: Int
    ) async throws {
        guard let each = calls.operations.updatedEach, count % each == 0 else { return }
        let value = calls.operations.first &* UInt64(count)
        let update = SoakProgram.Update(
            value: value, replacing: nil,
            content: SoakProgram.Content(seed: value, texture: 0, size: Int(value % 2000)),
            microseconds: 0, fails: false, delay: 0)
        let filler = update.content.bytes
        try await client.update(update, filler)
        calls.model.apply(update, filler)
    }

    private static func limited<Result>(
        _ limit: Duration?, _ body: () async throws -> Result
    ) async throws -> Result {
        guard let limit else { return try await body() }
        return try await withDeadline(limit) { try await body() }
    }

    /// In a task that begins at once, so that what it invokes stands where the program is, and that
    /// is cancelled after so many milliseconds.
    private static func cancelled(
        after milliseconds: Int?, _ body: @escaping @Sendable () async -> Void
    ) async {
        let task = Task.immediate { await body() }
        if let milliseconds {
            // A program that is cancelled itself goes on at once.
            try? await Task.sleep(for: .milliseconds(milliseconds))
            task.cancel()
        }
        await task.value
    }
}
