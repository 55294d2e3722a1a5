import Foundation
import TestKit
import Testing
import Transport

/// The agent is found through the environment of this process, which all tests share: the
/// configuration's `IdentityAgent` names it here instead.
@Suite struct SSHAgentTests {
    @Test func `the agent's key lets in where the file's does not`() throws {
        let socket = FileManager.default.temporaryDirectory.path + "/agent-\(UUID().uuidString)"
        let server = try TestSSHServer(clientSettings: "    IdentityAgent \(socket)")
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
        try addKey(server.identity, to: socket)
        try FileManager.default.removeItem(atPath: server.identity)
        let destination = SSHDestination(
            host: server.alias, configuration: server.configuration)
        let connection = try StandardConnector().connect(to: .ssh(destination), host: "pi1")
        #expect(try connection.run(["echo", "in"]).outputText == "in\n")
        connection.close()
    }

    private func addKey(_ key: String, to socket: String) throws {
        let deadline = Date(timeIntervalSinceNow: 300)
        while !FileManager.default.fileExists(atPath: socket), Date() < deadline {
            poll([], for: .milliseconds(2))
        }
        try TestSSHServer.run(["env", "SSH_AUTH_SOCK=" + socket, "ssh-add", "-q", key])
    }
}
