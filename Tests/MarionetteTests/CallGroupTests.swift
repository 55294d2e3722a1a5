import Foundation
import RunRecords
import Scheduling
import Testing
import WireProtocol

@testable import Driving
@testable import Marionette

@Suite struct CallGroupTests {
    private static func call(_ count: Int, _ sink: any CallSink = Completion()) -> Call {
        Call(
            place: OperationPlace(statement: 7, element: 11),
            traits: OperationTraits(procedure: 1, kind: .worker),
            arguments: [UInt8](repeating: 0, count: 4 * count),
            ends: (1...count).map { 4 * $0 }, tags: (0..<count).map { 100 + $0 }, sink: sink)
    }

    @Test func `members are the call's operations from the group's first one on`() {
        let group = CallGroup(Self.call(10), from: 3, count: 4)
        #expect(Array(group.openMembers) == [0, 1, 2, 3])
        #expect(group[2].place == OperationPlace(statement: 7, element: 16))
        #expect(group[2].tag == 105)
        #expect(group[2].range == 20..<24)
    }

    @Test func `a member ends once, and the group with its last one`() {
        var group = CallGroup(Self.call(64), count: 64)
        #expect(group.openCount == 64)
        for member in 0..<64 {
            #expect(!group.isOver)
            let (first, second) = (
                group.answered(member, microseconds: 3), group.answered(member, microseconds: 5)
            )
            #expect(first && !second)
        }
        #expect(group.isOver)
        #expect(group.microseconds == 192)
    }

    @Test func `numbers of calls begin anew without those that are awaited`() {
        var outbox = Outbox(firstXID: UInt32.max - 1)
        var awaited = AwaitedReplies()
        awaited[1] = .ping
        #expect(!outbox.hasIssued(UInt32.max))
        let interface = InterfaceDescription(
            name: "T", program: 0x2000_0001, version: 1, hash: [], shared: [], procedures: [])
        let attempt = AttemptID(operation: OperationID(index: 0, generation: 1), number: 1)
        let span = outbox.operations(
            CallGroup(Self.call(4), count: 4), attempt, at: 0, interface, sent: .zero,
            in: &awaited)
        let xids = awaited.all { if case .operation = $0 { true } else { false } }
        #expect(xids.sorted() == [2, 3, UInt32.max - 1, UInt32.max])
        #expect(outbox.hasIssued(UInt32.max))
        // Who takes the attempt back passes those of others.
        #expect(Array(span) == [UInt32.max - 1, UInt32.max, 1, 2, 3])
    }

    /// Workers and the slave are killed amid many that are on their way together.
    @Test(.timeLimit(.minutes(20)))
    func `short operations in groups all end once, whatever is killed`() async throws {
        try await TrialRun.with(hosts: 2) { run in
            let count: Int32 = 20_000
            var results: [Int64] = []
            for try await result in run.client.square(each: 0..<count, milliseconds: 0) {
                results.append(result)
                switch results.count {
                case 2_000, 8_000:
                    kill(try await run.client.process(milliseconds: 0), SIGKILL)
                case 5_000: kill(try #require(run.slaveProcesses().last), SIGKILL)
                default: break
                }
            }
            #expect(results.sorted() == squares(Int64(count)))
            try await run.master.finish()
            let places = try run.events().flatMap { $0.ended ?? [] }.map(\.place)
            #expect(places.count == Int(count) + 2)
            #expect(Set(places).count == places.count)
        }
    }

    @Test func `a loop that is left early gives up what is open of it alone`() async throws {
        try await TrialRun.with(workers: 2) { run in
            let others = Task {
                var results: [Int64] = []
                for try await result in run.client.square(each: 0..<5_000, milliseconds: 0) {
                    results.append(result)
                }
                return results
            }
            for _ in 0..<20 {
                var count = 0
                for try await _ in run.client.square(each: 0..<10_000, milliseconds: 0) {
                    count += 1
                    if count == 100 { break }
                }
            }
            let results = try await others.value
            #expect(results.sorted() == squares(5_000))
        }
    }

    @Test(.timeLimit(.minutes(20)))
    func `a task that is cancelled takes its operation out of a group, and off its worker`()
        async throws
    {
        try await TrialRun.with(workers: 1) { run in
            for _ in 0..<500 { try await run.client.tell("") }
            // It is sent with the others, as short as they are by all that is known.
            let tasks = (0..<20).map { number in
                Task {
                    try await run.client.tell("\(number)", milliseconds: number == 3 ? 600_000 : 0)
                }
            }
            try await run.event { $0.kind == .log && $0.text == "3" }
            tasks[3].cancel()
            for (number, task) in tasks.enumerated() where number != 3 { try await task.value }
            await #expect(throws: CancellationError.self) { try await tasks[3].value }
        }
    }

    @Test func `tasks with one operation each have their own answers`() async throws {
        try await TrialRun.with(workers: 2) { run in
            let wrong = try await withThrowingTaskGroup(of: Bool.self) { group in
                for value in 0..<Int32(3_000) {
                    group.addTask {
                        try await run.client.square(value, milliseconds: 0) != Int64(value)
                            * Int64(value)
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(wrong == 0)
        }
    }
}
