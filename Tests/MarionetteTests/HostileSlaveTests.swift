import Foundation
import RunRecords
import Scheduling
import Testing

@testable import Marionette

/// Slaves that greet as real ones do and then misbehave (Worker/hostile.c), beside an honest one.
@Suite(.timeLimit(.minutes(20))) struct HostileSlaveTests {
    /// How it misbehaves, and what is told of it.
    private static let faults: [(how: String, text: String)] = [
        ("garbage", "its slave sent a message of type 1431655765"),
        ("text", "its slave sent a record of 1399154541 bytes, 268435456 are allowed"),
        ("truncated", "its slave sent a message that ends at byte 12, 4 too early"),
        ("oversized", "its slave sent a record of 2147483647 bytes, 268435456 are allowed"),
        ("empty-fragments", "its slave sent an empty fragment"),
        ("stranger", "its slave sent a reply to no call (xid 987654321)"),
        ("caller", "its slave sent a call of program 536870913, procedure 7"),
        ("long-verifier", "its slave sent an authentication of 401 bytes, 400 are allowed"),
    ]

    @Test(arguments: faults.indices)
    func `a slave whose bytes are no protocol is done without, and told why`(_ index: Int)
        async throws
    {
        let fault = Self.faults[index]
        try await Self.run(beside: fault.how) { run, lost in
            #expect(lost.text == fault.text)
            // It is not asked again: what it said once it will say again.
            #expect(lost.pause == nil)
        }
    }

    @Test func `a slave whose stream ends within a record is done without, and tried again`()
        async throws
    {
        try await Self.run(beside: "cut-off") { run, lost in
            #expect(lost.text == "its slave ended of itself")
            #expect(lost.pause != nil)
        }
    }

    @Test func `a slave that says nothing any more is done without`() async throws {
        try await Self.run(beside: "mute", silence: .seconds(10)) { run, lost in
            #expect(lost.text == "nothing was heard from it for 10 s")
        }
    }

    @Test func `a slave that floods its log costs bounded memory and no result`() async throws {
        try await Self.run(beside: "log") { run, lost in
            #expect(lost.text == "its slave exited with status 9")
            let lines = try run.events().filter { $0.kind == .log && $0.host == "hostile" }
            #expect(lines.allSatisfy { ($0.text?.utf8.count ?? 0) < 600 })
        }
    }

    @Test func `a slave of another build is refused, and the run goes on`() async throws {
        try await TrialRun.with { run in
            var host = try Self.host(run, "other-build")
            host.build = "of today"
            guard case .refused(let reason) = try run.ask(.add(host)) else {
                Issue.record("it was taken")
                return
            }
            #expect(reason == "host 'hostile': its slave is of another build")
            let square = try await run.client.square(3)
            #expect(square == 9)
        }
    }

    private static func host(
        _ run: TrialRun, _ how: String
    ) throws -> RunDescription.HostDescription {
        run.host("hostile", command: [try TrialRun.hostileSlave.get().path, how])
    }

    /// Operations go to both; the honest host does all of them in the end.
    private static func run(
        beside how: String, silence: Duration = .seconds(600),
        _ check: (TrialRun, RunEvent) throws -> Void
    ) async throws {
        var policy = Policy()
        policy.pingAfter = .milliseconds(500)
        policy.silenceMax = silence
        policy.backOff = .seconds(60)
        policy.backOffMax = .seconds(60)
        // The honest one may be taken for lost on a busy machine, and then comes back this late.
        policy.noHostMax = .seconds(600)
        try await TrialRun.with(policy: policy) { run in
            _ = try await run.client.square(0)
            #expect(
                try run.ask(.add(host(run, how))) == .done("host 'hostile' joined with 2 workers"))
            var results: [Int64] = []
            for try await result in run.client.square(each: 0..<100, milliseconds: 1) {
                results.append(result)
            }
            #expect(results.sorted() == squares(100))
            let lost = try await run.event { $0.kind == .hostLost && $0.host == "hostile" }
            try check(run, lost)
            let square = try await run.client.square(3)
            #expect(square == 9)
        }
    }
}
