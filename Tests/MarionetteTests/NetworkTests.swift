import Foundation
import RunRecords
import Scheduling
import TestKit
import Testing
import Transport

@testable import Marionette

/// A host behind a real sshd, beside one of this machine: connections that break, hosts that end
/// and come back, cables that are cut.
@Suite(.timeLimit(.minutes(20))) struct NetworkTests {
    private static func policy(silence: Duration) -> Policy {
        var policy = Policy()
        policy.pingAfter = .milliseconds(500)
        policy.silenceMax = silence
        policy.noHostMax = .seconds(600)
        return policy
    }

    private static func far(
        _ run: TrialRun, _ server: TestSSHServer
    ) throws -> RunDescription.HostDescription {
        let destination = SSHDestination(host: server.alias, configuration: server.configuration)
        return run.host("far", endpoint: .ssh(destination))
    }

    /// Squares, whose results have to be those of a sequential program whatever happens.
    private static func expectSquares(
        _ run: TrialRun, _ count: Int32, when reached: Int = .max, _ act: () throws -> Void = {}
    ) async throws {
        var results: [Int64] = []
        for try await result in run.client.square(each: 0..<count, milliseconds: 5) {
            results.append(result)
            if results.count == reached { try act() }
        }
        #expect(results.sorted() == squares(Int64(count), plus: 3))
    }

    /// A run with a local host and `far`, which has said hello, after an update.
    private static func with(
        _ server: TestSSHServer, silence: Duration = .seconds(600),
        _ body: (TrialRun) async throws -> Void
    ) async throws {
        try await TrialRun.with(policy: policy(silence: silence)) { run in
            try await run.client.add(3)
            let answer = try run.ask(.add(try far(run, server)))
            #expect(answer == .done("host 'far' joined with 2 workers"))
            try await body(run)
        }
    }

    /// It said hello so often.
    private static func hello(_ run: TrialRun, _ count: Int) async throws {
        while try run.events().filter({ $0.kind == .hello && $0.host == "far" }).count < count {
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// It executes operations from now on.
    private static func expectWork(_ run: TrialRun) async throws {
        let before = try run.events().count
        repeat {
            try await expectSquares(run, 20)
        } while try !run.events()[before...].contains {
            $0.kind == .operations && $0.host == "far" && $0.outcome == "done"
        }
    }

    private static func losses(_ run: TrialRun) throws -> [String?] {
        try run.events().filter { $0.kind == .hostLost }.map(\.text)
    }

    // MARK: Hosts

    @Test func `when sshd's sessions are killed the host comes back, and the results are the same`()
        async throws
    {
        let server = try TestSSHServer()
        try await Self.with(server) { run in
            try await Self.expectSquares(run, 200, when: 30) { server.endSessions() }
            try await Self.hello(run, 2)
            try await Self.expectWork(run)
            let losses = try Self.losses(run)
            #expect(losses.count == 1)
            #expect(
                losses.first??.hasPrefix("host 'far': the connection was lost: ") == true,
                "\(losses)")
        }
    }

    @Test func `when sshd's sessions are stopped, their silence is noticed`() async throws {
        let server = try TestSSHServer()
        try await Self.with(server, silence: .seconds(2)) { run in
            try await Self.expectSquares(run, 200, when: 30) { server.signalSessions(SIGSTOP) }
            let lost = try await run.event { $0.kind == .hostLost && $0.host == "far" }
            #expect(lost.text == "nothing was heard from it for 2 s")
            try await Self.hello(run, 2)
            try await Self.expectWork(run)
        }
    }

    @Test func `a host that reboots returns into the run`() async throws {
        let server = try TestSSHServer()
        try await Self.with(server) { run in
            try await Self.expectSquares(run, 200, when: 30) { server.end() }
            try await run.event {
                $0.kind == .hostLost && $0.text?.hasPrefix("host 'far' is unreachable: ") == true
            }
            try server.restart()
            try await Self.hello(run, 2)
            try await Self.expectWork(run)
        }
    }

    @Test func `a host that is up only after the run began joins it`() async throws {
        let server = try TestSSHServer()
        server.end()
        try await TrialRun.with { run in
            try await run.client.add(3)
            guard case .refused(let reason) = try run.ask(.add(try Self.far(run, server))) else {
                Issue.record("nothing was there")
                return
            }
            #expect(reason.hasPrefix("host 'far' is unreachable: "), "\(reason)")
            #expect(reason.hasSuffix("; the run tries again"), "\(reason)")
            try await Self.expectSquares(run, 20)
            try server.restart()
            try await Self.hello(run, 1)
            try await Self.expectWork(run)
        }
    }

    // MARK: Cables

    @Test(
        .enabled(if: TestNetwork.refusal == nil, "network namespaces need root"),
        arguments: TestNetwork.Direction.allCases)
    func `a cable that is cut for a moment costs no host`(
        _ direction: TestNetwork.Direction
    ) async throws {
        let network = try TestNetwork()
        let server = try TestSSHServer(network: network)
        try await Self.with(server) { run in
            async let squares: Void = Self.expectSquares(run, 200)
            try await run.untilTaken(20)
            try network.cut(direction)
            // This is how long the fault lasts, and longer than a ping is waited with.
            try await Task.sleep(for: .milliseconds(1500))
            try network.heal()
            try await squares
            try await Self.expectWork(run)
            #expect(try Self.losses(run) == [])
        }
    }

    @Test(
        .enabled(if: TestNetwork.refusal == nil, "network namespaces need root"),
        arguments: TestNetwork.Direction.allCases)
    func `a cable that stays cut costs its host, which comes back when it is mended`(
        _ direction: TestNetwork.Direction
    ) async throws {
        let network = try TestNetwork()
        let server = try TestSSHServer(network: network)
        try await Self.with(server, silence: .seconds(2)) { run in
            try await Self.expectSquares(run, 200, when: 30) { try network.cut(direction) }
            let lost = try await run.event { $0.kind == .hostLost && $0.host == "far" }
            #expect(lost.text == "nothing was heard from it for 2 s")
            try network.heal()
            try await Self.hello(run, 2)
            try await Self.expectWork(run)
        }
    }

    @Test(.enabled(if: TestNetwork.refusal == nil, "network namespaces need root"))
    func `a large record on a slow line costs no host`() async throws {
        let network = try TestNetwork()
        let server = try TestSSHServer(network: network)
        try await Self.with(server, silence: .seconds(20)) { run in
            #expect(try run.ask(.drain(host: "h1")) == .done("host 'h1' has left the run"))
            try network.slowDown(kilobytes: 1024)
            let record = [UInt8](repeating: 7, count: 24 << 20)
            let start = ContinuousClock.now
            let echo = try await run.client.echo(record)
            #expect(echo == record)
            #expect(ContinuousClock.now - start > .seconds(20))
            #expect(try Self.losses(run) == [])
        }
    }
}
