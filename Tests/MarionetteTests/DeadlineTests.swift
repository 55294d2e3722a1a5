import Testing

@testable import Marionette

@Suite(.timeLimit(.minutes(10))) struct DeadlineTests {
    @Test func `an operation that does not end in its time says so, and its worker is free`()
        async throws
    {
        try await TrialRun.with(workers: 1) { run in
            let late = RunError.deadlinePassed(operation: "square")
            await #expect(throws: late) {
                try await withDeadline(.milliseconds(50)) {
                    try await run.client.square(1, milliseconds: 600_000)
                }
            }
            let next = try await run.client.square(2)
            #expect(next == 4)
        }
    }

    @Test func `a sequence ends with its first operation that is late`() async throws {
        try await TrialRun.with(workers: 1) { run in
            await #expect(throws: RunError.deadlinePassed(operation: "square")) {
                try await withDeadline(.milliseconds(100)) {
                    for try await _ in run.client.square(each: 1...9, milliseconds: 600_000) {}
                }
            }
            let next = try await run.client.square(3)
            #expect(next == 9)
        }
    }

    @Test func `a deadline within another one is never later`() async throws {
        try await TrialRun.with(workers: 1) { run in
            await #expect(throws: RunError.deadlinePassed(operation: "square")) {
                try await withDeadline(.milliseconds(50)) {
                    try await withDeadline(.seconds(3600)) {
                        try await run.client.square(1, milliseconds: 600_000)
                    }
                }
            }
            let early = try await withDeadline(.seconds(3600)) { try await run.client.square(4) }
            #expect(early == 16)
        }
    }
}
