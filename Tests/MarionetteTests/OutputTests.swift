import Testing

@testable import Marionette

/// What operations write, as the event log has it.
@Suite(.timeLimit(.minutes(20))) struct OutputTests {
    @Test func `what an operation writes is logged with host, worker and operation`() async throws {
        try await TrialRun.with(hosts: 2, workers: 2) { run in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<8 {
                    group.addTask {
                        try await run.client.tell("line \(number)", milliseconds: 1_000)
                    }
                }
                try await group.waitForAll()
            }
            for number in 0..<8 {
                let line = try await run.event { $0.kind == .log && $0.text == "line \(number)" }
                #expect(line.procedure == "tell")
                #expect(["h1", "h2"].contains(line.host))
                let worker = try #require(line.worker)
                #expect(worker < 2)
                #expect(line.operation != nil)
            }
        }
    }

    @Test func `lines of an operation's text are told apart, and controls are shown harmless`()
        async throws
    {
        try await TrialRun.with(hosts: 1, workers: 1) { run in
            try await run.client.tell("one\n\ntwo\u{1b}[2J", milliseconds: 0)
            try await run.event { $0.kind == .log && $0.text == "two?[2J" }
            let lines = try run.events().filter { $0.kind == .log }.compactMap(\.text)
            #expect(lines == ["one", "", "two?[2J"])
        }
    }
}
