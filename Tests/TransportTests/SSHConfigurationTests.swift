import Foundation
import TestKit
import Testing

@testable import Transport

@Suite struct SSHConfigurationTests {
    private func configuration(
        _ text: String, alias: String = "pi1.local", user: String = "me"
    ) throws -> SSHConfiguration {
        let path = FileManager.default.temporaryDirectory.path + "/config-\(UUID().uuidString)"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        var configuration = SSHConfiguration(alias: alias, user: user, home: "/home/me")
        configuration.read(path)
        return configuration
    }

    @Test(
        arguments: [
            ("ConnectTimeout 3", 3), ("connecttimeout=4", 4), ("ConnectTimeout = 5", 5),
            ("Host pi*\n ConnectTimeout 6", 6), ("Host x pi?.local\n\tConnectTimeout 7 # no", 7),
            ("Host other\nConnectTimeout 8\nHost *\nConnectTimeout 9", 9),
            ("Host * !pi1.local\nConnectTimeout 1\nMatch all\nConnectTimeout 10", 10),
            ("Match host pi1.local user me\nConnectTimeout 11", 11),
            ("Match user other\nConnectTimeout 1\nMatch originalhost *\nConnectTimeout 12", 12),
            ("Match exec true\nConnectTimeout 1\nHost *\nConnectTimeout \"13\"", 13),
            ("ConnectTimeout 14\nConnectTimeout 15", 14),
        ])
    func `the first value of a block that applies counts`(_ text: String, _ seconds: Int) throws {
        #expect(try configuration(text).connectTimeout == .seconds(seconds))
    }

    @Test(arguments: ["", "ConnectTimeout none", "Host other\nConnectTimeout 3", "# nothing"])
    func `without a value nothing is said`(_ text: String) throws {
        #expect(try configuration(text).connectTimeout == nil)
    }

    @Test func `included files are read where they stand`() throws {
        let path = FileManager.default.temporaryDirectory.path + "/part-\(UUID().uuidString)"
        try "AddressFamily inet6\n".write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let text = "Host pi1.local\nInclude \(path)*\nAddressFamily inet"
        #expect(try configuration(text).addressFamily == .inet6)
    }

    @Test func `a file that includes itself ends`() throws {
        let path = FileManager.default.temporaryDirectory.path + "/self-\(UUID().uuidString)"
        try "Include \(path)\nConnectTimeout 2".write(
            toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        var configuration = SSHConfiguration(alias: "x", user: "me", home: "/")
        configuration.read(path)
        #expect(configuration.connectTimeout == .seconds(2))
    }

    /// The ssh client says how a host is reached; where there is none, the files are read here.
    private static let clients = ["ssh", "no-such-ssh"]

    @Test(arguments: clients)
    func `a port and a user that are given override the configuration`(_ client: String) throws {
        let server = try TestSSHServer(clientSettings: "    Port 1\n    User nobody-here")
        let destination = SSHDestination(
            host: server.alias, user: NSUserName(), port: server.port,
            configuration: server.configuration)
        try StandardConnector(client: client).connect(to: .ssh(destination), host: "pi1").close()
    }

    @Test(arguments: clients)
    func `the connect timeout of the configuration counts before ours`(_ client: String) throws {
        let server = try TestSSHServer(clientSettings: "    ConnectTimeout 200")
        let destination = SSHDestination(
            host: server.alias, configuration: server.configuration)
        try StandardConnector(timeLimit: .zero, client: client)
            .connect(to: .ssh(destination), host: "pi1").close()
    }

    @Test(arguments: clients)
    func `a jump host is gone through, looked up in the same file`(_ client: String) throws {
        let jump = try TestSSHServer(alias: "jump", address: "127.0.0.2")
        let server = try TestSSHServer(clientSettings: "    ProxyJump jump")
        let text = try String(contentsOfFile: jump.configuration, encoding: .utf8)
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: server.configuration))
        try file.seekToEnd()
        try file.write(contentsOf: Data(text.utf8))
        let destination = SSHDestination(
            host: server.alias, configuration: server.configuration)
        let connector = StandardConnector(client: client)
        let connection = try connector.connect(to: .ssh(destination), host: "pi1")
        #expect(try connection.run(["echo", "through"]).outputText == "through\n")
        connection.close()
        jump.end()
        let error = #expect(throws: TransportError.self) {
            try connector.connect(to: .ssh(destination), host: "pi1")
        }
        let name = client == "ssh" ? "its jump host 'jump'" : "its proxy"
        #expect(
            error?.diagnostic.summary == """
                host 'pi1' is unreachable through \(name): ssh: connect to host 127.0.0.2 port \
                \(jump.port): Connection refused
                """)
    }
}
