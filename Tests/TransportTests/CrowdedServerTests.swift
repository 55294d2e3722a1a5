import Foundation
import TestKit
import Testing

@testable import Transport

/// Servers that let only few in at once.
@Suite struct CrowdedServerTests {
    private func endpoint(_ server: TestSSHServer) -> Endpoint {
        .ssh(SSHDestination(host: server.alias, configuration: server.configuration))
    }

    @Test func `connections that sshd drops before they log in are tried again`() async throws {
        // At most four that have not logged in, and of those half are dropped from the second on.
        let server = try TestSSHServer(settings: "MaxStartups 1:50:4")
        let endpoint = endpoint(server)
        try await withThrowingTaskGroup(of: String.self) { group in
            for index in 0..<8 {
                group.addTask {
                    try await offTheTaskPool {
                        let connection = try StandardConnector().connect(
                            to: endpoint, host: "h\(index)")
                        defer { connection.close() }
                        return try connection.run(script: "echo in").outputText
                    }
                }
            }
            for try await text in group { #expect(text == "in\n") }
        }
    }

    @Test func `commands one after the other need one session, and a second one is told`() throws {
        let server = try TestSSHServer(settings: "MaxSessions 1")
        let connection = try StandardConnector().connect(to: endpoint(server), host: "h")
        defer { connection.close() }
        for _ in 0..<20 {
            #expect(try connection.run(script: "echo in").outputText == "in\n")
        }
        let busy = try connection.open(script: "read -r line")
        #expect(throws: TransportError.noRoom(host: "h", command: "sh")) {
            try connection.open(script: "echo\necho")
        }
        busy.close()
    }

    /// Connecting blocks its thread.
    private func offTheTaskPool<Value: Sendable>(
        _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result(catching: body)) }
        }
    }
}
