import Foundation
import TestKit
import Testing

@testable import Transport

@Suite struct SSHProxyTests {
    /// The ssh client says what the proxy is; where there is none, libssh does.
    private static let clients = ["ssh", "no-such-ssh"]

    /// A script as people write them: it reads no configuration, and copies in both directions.
    private static let relay = """
        #!/bin/bash
        exec 3<>"/dev/tcp/$1/$2" || exit 1
        cat <&3 &
        cat >&3
        wait
        """

    private let server: TestSSHServer
    private var script: String { server.directory + "/proxy" }

    init() throws { server = try TestSSHServer() }

    /// Has the host be reached through a script of these lines.
    private func use(_ text: String, settings: String = "") throws -> SSHDestination {
        try writeProgram(text, to: script)
        let configuration = try String(contentsOfFile: server.configuration, encoding: .utf8)
        try "ProxyCommand \(script) %h %p\n\(settings)\n\(configuration)"
            .write(toFile: server.configuration, atomically: true, encoding: .utf8)
        return SSHDestination(host: server.alias, configuration: server.configuration)
    }

    /// Processes of the script.
    private var processes: [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.filter { name in
            let line = FileManager.default.contents(atPath: "/proc/\(name)/cmdline") ?? Data()
            return line.range(of: Data(script.utf8)) != nil
        }
    }

    private func expectNoneLeft() throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while !processes.isEmpty, ContinuousClock.now < deadline { usleep(2_000) }
        #expect(processes.isEmpty)
    }

    @Test(arguments: clients)
    func `a proxy command carries the connection, and ends with it`(_ client: String) throws {
        let destination = try use(Self.relay)
        let connection = try StandardConnector(client: client)
            .connect(to: .ssh(destination), host: "pi1")
        #expect(!processes.isEmpty)
        for size in [1, 65_537, 1_000_000] {
            let result = try connection.run(["head", "-c", "\(size)", "/dev/zero"])
            #expect(result.output.count == size)
        }
        connection.close()
        try expectNoneLeft()
    }

    @Test(
        arguments: clients,
        [
            "sleep 1000", "kill -STOP $$", "trap '' HUP INT TERM; while :; do sleep 1000; done",
            "yes >&2", "cat >/dev/null; sleep 1000", "(trap '' HUP; sleep 1000) & sleep 1000",
        ])
    func `a proxy that gets nowhere costs the time limit, and none of it is left`(
        _ client: String, _ line: String
    ) throws {
        let destination = try use("#!/bin/sh\n\(line)\n", settings: "ConnectTimeout 1")
        let began = ContinuousClock.now
        let connector = StandardConnector(client: client)
        #expect(throws: TransportError.self) {
            try connector.connect(to: .ssh(destination), host: "pi1")
        }
        #expect(ContinuousClock.now - began < .seconds(60))
        try expectNoneLeft()
    }

    @Test(arguments: clients)
    func `why a proxy gave up is told`(_ client: String) throws {
        let destination = try use(
            "#!/bin/sh\nprintf 'one\\nno route to %s\\033[2J\\n' \"$1\" >&2\nexit 1\n")
        let error = #expect(throws: TransportError.self) {
            try StandardConnector(client: client).connect(to: .ssh(destination), host: "pi1")
        }
        #expect(
            error?.diagnostic.rendered == """
                error: host 'pi1' is unreachable through its proxy: no route to 127.0.0.1?[2J
                  note: it said: one
                  help: see it with: \(script) 127.0.0.1 \(server.port)
                """)
        try expectNoneLeft()
    }

    /// ssh says why first, and then what follows from it.
    @Test(arguments: [
        (
            [
                "channel 0: open failed: connect failed: Connection refused",
                "stdio forwarding failed",
            ], 0
        ),
        (
            [
                "ssh: connect to host a port 1: Connection refused",
                "kex_exchange_identification: Connection closed by remote host",
                "Connection closed by UNKNOWN port 65535",
            ], 0
        ),
        (["Warning: Permanently added 'a'.", "me@a: Permission denied (publickey)."], 1),
        (["stdio forwarding failed"], 0),
    ])
    func `of a jump host's words its cause is told first`(_ words: [String], _ cause: Int) {
        let fault = ProxyFault(
            hop: "its jump host 'a'", reason: "reset", words: words, check: "ssh a")
        let diagnostic = TransportError.proxyFailed(host: "pi1", fault).diagnostic
        #expect(
            diagnostic.summary
                == "host 'pi1' is unreachable through its jump host 'a': \(words[cause])")
        #expect(diagnostic.notes.count == words.count - 1)
    }

    @Test func `a proxy that is waited for is given up at once`() throws {
        let destination = try use("#!/bin/sh\nsleep 1000\n")
        let cancellation = Cancellation()
        Thread.detachNewThread {
            usleep(100_000)
            cancellation.cancel()
        }
        #expect(throws: TransportError.self) {
            try StandardConnector(timeLimit: .seconds(500))
                .connect(to: .ssh(destination), host: "pi1", cancellation: cancellation)
        }
        try expectNoneLeft()
    }
}
