import Foundation
import TestKit
import Testing

@testable import Transport

/// The agent is found through the environment of this process, which all tests share: the
/// configuration's `IdentityAgent` names it here instead.
@Suite struct SSHAgentTests {
    /// An agent that holds keys, in this order.
    private func withAgent(
        holding keys: (TestSSHServer) throws -> [String], clientSettings: String = "",
        settings: String = "", _ body: (TestSSHServer) throws -> Void
    ) throws {
        let socket = FileManager.default.temporaryDirectory.path + "/agent-\(UUID().uuidString)"
        let server = try TestSSHServer(
            settings: settings, clientSettings: "    IdentityAgent \(socket)\n\(clientSettings)")
        let agent = Process()
        agent.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        agent.arguments = ["ssh-agent", "-D", "-a", socket]
        agent.standardOutput = FileHandle.nullDevice
        try agent.run()
        defer {
            // SIGTERM may be blocked there: Process hands on the mask of the thread that starts it.
            kill(agent.processIdentifier, SIGKILL)
            agent.waitUntilExit()
            try? FileManager.default.removeItem(atPath: socket)
        }
        for key in try keys(server) { try addKey(key, to: socket) }
        try body(server)
    }

    private func connect(_ server: TestSSHServer) throws {
        let destination = SSHDestination(
            host: server.alias, configuration: server.configuration)
        let connection = try StandardConnector().connect(to: .ssh(destination), host: "pi1")
        #expect(try connection.run(["echo", "in"]).outputText == "in\n")
        connection.close()
    }

    @Test func `the agent's key lets in where the file's does not`() throws {
        try withAgent(holding: { [$0.identity] }) { server in
            try FileManager.default.removeItem(atPath: server.identity)
            try connect(server)
        }
    }

    private func strangers(_ server: TestSSHServer) throws -> [String] {
        try (0..<4).map { number in
            let path = "\(server.directory)/stranger\(number)"
            try TestSSHServer.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path])
            return path
        }
    }

    @Test func `with IdentitiesOnly no other key of the agent is offered`() throws {
        try withAgent(
            holding: { try strangers($0) + [$0.identity] }, settings: "MaxAuthTries 2"
        ) { server in
            try FileManager.default.removeItem(atPath: server.identity)
            try connect(server)
        }
    }

    @Test func `without IdentitiesOnly all are, and a host may count them`() throws {
        try withAgent(
            holding: { try strangers($0) + [$0.identity] },
            clientSettings: "    IdentitiesOnly no", settings: "MaxAuthTries 2"
        ) { server in
            try FileManager.default.removeItem(atPath: server.identity)
            let start = ContinuousClock.now
            let error = #expect(throws: TransportError.self) { try connect(server) }
            #expect(
                error?.diagnostic.rendered.contains("Too many authentication failures") == true,
                "\(error?.diagnostic.rendered ?? "")")
            // The host hangs up: it is not waited for until the limit, which is five minutes here.
            #expect(ContinuousClock.now - start < .seconds(240))
        }
    }

    @Test(arguments: seedsOfThisRun(20))
    func `an agent's list is shortened to the keys that are wanted, whatever else it says`(
        _ seed: UInt64
    ) {
        var random = SeededNumbers(seed)
        func string(_ count: Int) -> [UInt8] {
            [0, 0, UInt8(count >> 8), UInt8(count & 255)]
                + (0..<count).map { _ in UInt8(random.below(256)) }
        }
        let entries = (0..<random.below(12)).map { _ in
            (key: string(random.within(1...600)), comment: string(random.below(40)))
        }
        let wanted = entries.filter { _ in random.chance(0.4) }
        func answer(_ entries: [(key: [UInt8], comment: [UInt8])]) -> [UInt8] {
            [12, 0, 0, 0, UInt8(entries.count)] + entries.flatMap { $0.key + $0.comment }
        }
        let allowed = Set(wanted.map { Array($0.key.dropFirst(4)) })
        let all = answer(entries)
        #expect(SSHAgentFilter.shortened(all, to: allowed) == answer(wanted), "seed \(seed)")
        // A list that is cut off anywhere holds what was whole, and nothing that is not wanted.
        let cut = Array(all.prefix(random.below(all.count + 1)))
        let rest = SSHAgentFilter.shortened(cut, to: [])
        #expect(rest == (cut.isEmpty ? [] : [12, 0, 0, 0, 0]), "seed \(seed)")
        #expect(SSHAgentFilter.shortened([14] + all, to: []) == [14] + all)
    }

    private func addKey(_ key: String, to socket: String) throws {
        let deadline = Date(timeIntervalSinceNow: 300)
        while !FileManager.default.fileExists(atPath: socket), Date() < deadline {
            poll([], for: .milliseconds(2))
        }
        try TestSSHServer.run(["env", "SSH_AUTH_SOCK=" + socket, "ssh-add", "-q", key])
    }
}
