import TestKit
import Testing

@testable import Marionette

@Suite(.timeLimit(.minutes(20))) struct DeadlineTests {
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

    @Test(arguments: 1...3 as ClosedRange<UInt64>)
    func `an operation that no worker had before its deadline says that it is late`(_ seed: UInt64)
        async throws
    {
        var state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
        func random(_ bound: UInt64) -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state % bound
        }
        try await TrialRun.with(workers: 1) { run in
            for _ in 0..<60 {
                // Its worker is free again at about the time when the next one is late.
                let busy = UInt32(1 + random(6))
                let microseconds = Int64(500 + random(8_000))
                async let first = run.client.square(3, milliseconds: busy)
                let second = Task {
                    try await withDeadline(.microseconds(microseconds)) {
                        try await run.client.square(4, milliseconds: 0)
                    }
                }
                switch await second.result {
                case .success(let value): #expect(value == 16)
                case .failure(let error):
                    #expect(
                        error as? RunError == .deadlinePassed(operation: "square"), "seed \(seed)")
                }
                let value = try await first
                #expect(value == 9)
            }
        }
    }

    @Test func `a serial run goes on after operations that never return in their time`()
        async throws
    {
        try await TrialRun.with(workers: 1, serial: true) { run in
            try await run.client.add(25)
            // More often than a host may be lost.
            for round in 0..<10 as Range<Int32> {
                await #expect(throws: RunError.deadlinePassed(operation: "square")) {
                    try await withDeadline(.milliseconds(50)) {
                        try await run.client.square(1, milliseconds: 3_600_000)
                    }
                }
                let next = try await run.client.square(round)
                #expect(next == Int64(round * round) + 25)
            }
            let lost = try run.events().filter { $0.kind == .hostLost }
            #expect(lost.isEmpty)
        }
    }

    @Test func `a serial run goes on after a cancelled operation that never returns`() async throws
    {
        try await TrialRun.with(workers: 1, serial: true) { run in
            let endless = Task { try await run.client.square(1, milliseconds: 3_600_000) }
            try await run.untilTaken(1)
            endless.cancel()
            await #expect(throws: (any Error).self) { try await endless.value }
            let next = try await run.client.square(2)
            #expect(next == 4)
        }
    }

    @Test func `in a serial run a once operation behind one that is cancelled is executed, once`()
        async throws
    {
        let directory = try TemporaryDirectory("once")
        let path = "\(directory.path)/notes"
        try await TrialRun.with(workers: 1, serial: true) { run in
            for round in 1...5 {
                let endless = Task { try await run.client.square(1, milliseconds: 3_600_000) }
                try await run.untilTaken(2 * round - 1)
                let once = Task { try await run.client.note(path) }
                try await run.untilTaken(2 * round)
                endless.cancel()
                try await once.value
                #expect(procFile(path).count == round)
            }
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
