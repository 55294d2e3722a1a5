import Diagnostics
import Foundation
import TestKit
import Testing
import Transport

@Suite struct SSHRefusalTests {
    let server: TestSSHServer

    init() throws { server = try TestSSHServer() }

    private func connect(
        _ destination: SSHDestination? = nil, timeLimit: Duration = .seconds(10)
    ) throws -> any HostConnection {
        let usual = SSHDestination(host: server.alias, configuration: server.configuration)
        return try StandardConnector(timeLimit: timeLimit)
            .connect(to: .ssh(destination ?? usual), host: "pi1")
    }

    private func refusal(_ destination: SSHDestination? = nil) -> Diagnostic? {
        #expect(throws: TransportError.self) { try connect(destination) }?.diagnostic
    }

    @Test func `an unknown host key is refused with its fingerprint and the command to add it`()
        throws
    {
        try FileManager.default.removeItem(atPath: server.knownHosts)
        let diagnostic = refusal()
        #expect(
            diagnostic?.rendered == """
                error: host 'pi1': its key is not known
                  note: it shows ssh-ed25519 \(try server.fingerprint())
                  help: compare the fingerprint with the host's own, then: \
                ssh-keyscan -p \(server.port) -t ed25519 127.0.0.1 >> \(server.knownHosts)
                """)
    }

    @Test func `the command against an unknown host key helps`() throws {
        try FileManager.default.removeItem(atPath: server.knownHosts)
        let remedy = try #require(refusal()?.remedy)
        let command = try #require(remedy.components(separatedBy: "then: ").last)
        try TestSSHServer.run(["sh", "-c", command])
        try connect().close()
    }

    @Test func `a changed host key is refused, and the command against it helps`() throws {
        try server.changeHostKey()
        let diagnostic = try #require(refusal())
        #expect(
            diagnostic.rendered == """
                error: host 'pi1': its key is not the one that is known
                  note: it shows ssh-ed25519 \(try server.fingerprint())
                  note: the host was installed anew, or someone stands between it and this machine
                  help: if the change is legitimate: ssh-keygen -f \(server.knownHosts) \
                -R '[127.0.0.1]:\(server.port)' && \
                ssh-keyscan -p \(server.port) -t ed25519 127.0.0.1 >> \(server.knownHosts)
                """)
        let command = try #require(diagnostic.remedy?.components(separatedBy: ": ").last)
        try TestSSHServer.run(["sh", "-c", command])
        try connect().close()
    }

    @Test func `a port where nobody listens is unreachable`() throws {
        server.end()
        let error = #expect(throws: TransportError.self) { try connect() }
        #expect(error?.exitCode == .unreachable)
        #expect(
            error?.diagnostic.rendered == """
                error: host 'pi1' is unreachable: connection refused (127.0.0.1 port \(server.port))
                  help: marionette hosts
                """)
    }

    @Test func `a name that does not resolve is unreachable`() {
        let error = #expect(throws: TransportError.self) {
            try connect(SSHDestination(host: "no-such-host.invalid"))
        }
        guard case .unreachable(host: "pi1", let reason) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(reason.hasPrefix("no address for 'no-such-host.invalid'"))
    }

    @Test func `a server that accepts and says nothing is given up in time`() throws {
        let silent = try SilentListener()
        let clock = ContinuousClock()
        let start = clock.now
        // The configuration's limit would count before ours.
        let impatient = server.directory + "/impatient"
        try String(contentsOfFile: server.configuration, encoding: .utf8)
            .replacing("ConnectTimeout", with: "# ConnectTimeout")
            .write(toFile: impatient, atomically: true, encoding: .utf8)
        let destination = SSHDestination(
            host: server.alias, port: silent.port, configuration: impatient)
        let error = #expect(throws: TransportError.self) {
            try connect(destination, timeLimit: .milliseconds(300))
        }
        // Nobody else would have given it up: sshd's own limit, for one, is 120 s.
        #expect(clock.now - start < .seconds(120))
        #expect(
            error
                == .unreachable(
                    host: "pi1", reason: "no answer in time (127.0.0.1 port \(silent.port))"))
    }

    @Test func `a key that the host does not take is refused`() throws {
        try "".write(
            toFile: server.directory + "/authorized_keys", atomically: true, encoding: .utf8)
        let user = NSUserName()
        let diagnostic = try #require(refusal())
        #expect(diagnostic.summary == "host 'pi1' does not let user '\(user)' in")
        #expect(diagnostic.notes.first?.contains(server.identity) == true)
        #expect(
            diagnostic.remedy
                == "see why with: ssh -F \(server.configuration) -o 'BatchMode=yes' testhost true")
    }

    @Test func `a configuration file that is not there is told`() {
        let destination = SSHDestination(host: "x", configuration: "/no/such/ssh_config")
        let error = #expect(throws: TransportError.self) { try connect(destination) }
        #expect(error?.exitCode == .configuration)
        #expect(
            error?.diagnostic.rendered == """
                error: host 'pi1': the SSH configuration is not usable: '/no/such/ssh_config': \
                no such file or directory
                """)
    }

    @Test func `no connection stays open, whether it was closed, dropped or refused`() throws {
        try connect().close()
        _ = try connect().run(["true"])
        let broken = try connect()
        server.endSessions()
        _ = try? broken.run(["true"])
        broken.close()
        try FileManager.default.removeItem(atPath: server.knownHosts)
        _ = refusal()
        #expect(openConnections() == [])
    }

    /// The states of TCP connections to the server that this side has not closed.
    private func openConnections() -> [Substring] {
        let port = "0100007F:" + String(server.port, radix: 16, uppercase: true).leftPadded(to: 4)
        let lines = String(decoding: procFile("/proc/self/net/tcp"), as: UTF8.self)
        let rows = lines.split(separator: "\n").dropFirst().map { $0.split(separator: " ") }
        let open: Set<Substring> = ["01", "08"]
        return rows.filter { $0[2] == port && open.contains($0[3]) }.map { $0[3] }
    }
}

extension String {
    fileprivate func leftPadded(to count: Int) -> String {
        String(repeating: "0", count: max(0, count - self.count)) + self
    }
}

/// Accepts connections, as the kernel does for it, and never says a word.
private final class SilentListener {
    let port: Int
    private let descriptor: Int32

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                _ = bind(descriptor, name, size)
                _ = listen(descriptor, 5)
                _ = getsockname(descriptor, name, &size)
            }
        }
        port = Int(UInt16(bigEndian: name.sin_port))
    }

    deinit { close(descriptor) }
}
