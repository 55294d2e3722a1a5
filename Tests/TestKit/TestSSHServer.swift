import Foundation
import Synchronization

/// A real sshd on a loopback address, with keys, files and an ssh_config of its own.
///
/// It ends with `stop`, and when this process ends in any way, its files too: the shell around it
/// waits for the end of its input, whose other side is open here only.
public final class TestSSHServer: Sendable {
    public struct Failure: Error, CustomStringConvertible {
        public var description: String
    }

    /// Holds every file of the server, and is the home directory of its sessions.
    public let directory: String
    public let address: String
    public let port: Int
    /// The name under which `configuration` knows the server.
    public let alias: String
    /// An ssh_config file for `ssh -F`, or `SSHDestination.configuration`.
    public var configuration: String { directory + "/ssh_config" }
    public var knownHosts: String { directory + "/known_hosts" }
    public var identity: String { directory + "/identity" }
    public var log: String { directory + "/log" }

    private let network: TestNetwork?
    private let reservation: Reservation?
    private let shell: Mutex<TestShell?>

    /// Starts a server, and returns when it accepts connections.
    ///
    /// - Parameters:
    ///   - alias: the `Host` of the ssh_config file.
    ///   - settings: further lines for sshd_config(5), before ours.
    ///   - clientSettings: further lines for ssh_config(5), before ours.
    ///   - network: where the server stands, instead of at `address`.
    public init(
        alias: String = "testhost", address: String = "127.0.0.1", settings: String = "",
        clientSettings: String = "", network: TestNetwork? = nil
    ) throws {
        let name = "marionette-sshd-\(UUID().uuidString.prefix(8))"
        directory = FileManager.default.temporaryDirectory.path + "/" + name
        self.alias = alias
        self.network = network
        self.address = network?.there ?? address
        // Nobody else is in a network of its own.
        reservation = network == nil ? try Self.reservedPort(address) : nil
        port = reservation?.number ?? 2222
        shell = Mutex(nil)
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        try makeKeys()
        try writeFiles(settings: settings, clientSettings: clientSettings)
        try start()
    }

    deinit { stop() }

    /// Ends the server and its sessions, and removes its files.
    public func stop() {
        end()
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// Ends the server, its sessions and what they run; its port refuses connections then.
    public func end() {
        let processes = listeners.flatMap { Self.descendants(of: $0) }
        for identifier in processes { kill(identifier, SIGKILL) }
        shell.withLock { shell in
            shell?.end(line: "keep")
            shell = nil
        }
    }

    /// Starts it again after `end`, as a machine that booted: with its files and its key.
    public func restart() throws { try start() }

    /// Breaks every connection; what the sessions run goes on until it notices. The server goes on.
    public func endSessions() { signalSessions(SIGKILL) }

    /// To the server's part of every connection, not to what runs there.
    public func signalSessions(_ signal: Int32) {
        for identifier in listeners.flatMap({ Self.descendants(of: $0) })
        where Self.name(of: identifier) == "sshd" {
            kill(identifier, signal)
        }
    }

    private var listeners: [pid_t] {
        guard let parent = shell.withLock({ $0?.identifier }) else { return [] }
        return Self.children(of: parent).filter { Self.name(of: $0) == "sshd" }
    }

    /// Gives the server another host key, as a machine that was installed anew has. The file of
    /// known hosts keeps the old one.
    public func changeHostKey() throws {
        try Self.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", directory + "/other"])
        for suffix in ["", ".pub"] {
            let key = directory + "/host" + suffix
            try FileManager.default.removeItem(atPath: key)
            try FileManager.default.moveItem(atPath: directory + "/other" + suffix, toPath: key)
        }
        for listener in listeners { kill(listener, SIGHUP) }
        try waitForKey()
    }

    /// The host key's line, as a known-hosts file has it.
    public func knownHostsLine() throws -> String {
        let key = try String(contentsOfFile: directory + "/host.pub", encoding: .utf8)
        let name = "[\(address)]:\(port)"
        return name + " " + key.split(separator: " ").prefix(2).joined(separator: " ") + "\n"
    }

    /// `SHA256:…` of the host key.
    public func fingerprint() throws -> String {
        let text = try Self.run(["ssh-keygen", "-l", "-f", directory + "/host.pub"])
        return String(text.split(separator: " ")[1])
    }

    private func makeKeys() throws {
        for name in ["host", "identity"] {
            try Self.run([
                "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f",
                directory + "/" + name,
            ])
        }
    }

    private func writeFiles(settings: String, clientSettings: String) throws {
        try FileManager.default.copyItem(
            atPath: directory + "/identity.pub", toPath: directory + "/authorized_keys")
        try write(try knownHostsLine(), to: knownHosts)
        try write(
            """
            \(settings)
            ListenAddress \(address)
            Port \(port)
            HostKey \(directory)/host
            AuthorizedKeysFile \(directory)/authorized_keys
            PidFile none
            UsePAM no
            StrictModes no
            UseDNS no
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            PermitRootLogin yes
            MaxStartups 200:30:400
            MaxSessions 64
            PrintMotd no
            PrintLastLog no
            SetEnv HOME=\(directory)

            """, to: directory + "/sshd_config")
        try write(
            """
            Host \(alias)
            \(clientSettings)
                HostName \(address)
                Port \(port)
                User \(NSUserName())
                IdentityFile \(identity)
                IdentitiesOnly yes
                UserKnownHostsFile \(knownHosts)
                GlobalKnownHostsFile /dev/null
                ConnectTimeout 300

            """, to: configuration)
    }

    private func write(_ text: String, to path: String) throws {
        try text.write(toFile: path, atomically: true, encoding: .utf8)
    }

    private func start() throws {
        // As root, sshd wants the directory of its unprivileged half; nothing is kept in it.
        if getuid() == 0 {
            try FileManager.default.createDirectory(
                atPath: "/run/sshd", withIntermediateDirectories: true)
        }
        // A signal to the whole group, as Ctrl-C is, must not keep the shell from cleaning up.
        let script = """
            trap : INT TERM HUP
            directory=$1; shift
            "$@" -D -E "$directory/log" -f "$directory/sshd_config" </dev/null & server=$!
            read -r files; kill "$server"; wait "$server"
            [ "$files" = keep ] || rm -rf "$directory"
            """
        let command = (network?.prefix ?? []) + ["/usr/sbin/sshd"]
        let started = TestShell(script: script, arguments: [directory] + command)
        guard let started else { throw Failure(description: "no shell could be started") }
        shell.withLock { $0 = started }
        try waitForKey()
    }

    /// Waits until the server shows its present key.
    private func waitForKey() throws {
        let key = try String(contentsOfFile: directory + "/host.pub", encoding: .utf8)
        let wanted = key.split(separator: " ")[1]
        let deadline = Date(timeIntervalSinceNow: 300)
        while Date() < deadline {
            let scan = try? Self.run(
                ["ssh-keyscan", "-T", "30", "-t", "ed25519", "-p", String(port), address])
            if let scan, scan.contains(wanted) { return }
            // A refused connection returns at once: give the server the processor.
            poll(nil, 0, 5)
        }
        let log = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
        throw Failure(description: "sshd did not start on \(address) port \(port): \(log)")
    }

    private static func children(of identifier: pid_t) -> [pid_t] {
        let path = "/proc/\(identifier)/task/\(identifier)/children"
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        return text.split(separator: " ").compactMap { pid_t($0) }
    }

    private static func descendants(of identifier: pid_t) -> [pid_t] {
        children(of: identifier).flatMap { [$0] + descendants(of: $0) }
    }

    private static func name(of identifier: pid_t) -> String {
        let text = try? String(contentsOfFile: "/proc/\(identifier)/comm", encoding: .utf8)
        return (text ?? "").trimmingCharacters(in: .newlines)
    }

    /// A server that starts anew needs its port again: so it is none of those that the system gives to
    /// whoever connects to something meanwhile (from 32768 on), and no other test's server has it.
    private static func reservedPort(_ address: String) throws -> Reservation {
        let port = Reservation(of: "port", in: 30_000..<32_768) { isFree($0, address) }
        guard let port else { throw Failure(description: "no free port on \(address)") }
        return port
    }

    private static func isFree(_ port: Int, _ address: String) -> Bool {
        // A child that another thread starts just now must not keep the port.
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(AF_INET, kind, 0)
        defer { close(descriptor) }
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = inet_addr(address)
        name.sin_port = UInt16(port).bigEndian
        return withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                bind(descriptor, name, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    /// Runs a tool to its end, and returns what it printed.
    @discardableResult
    public static func run(_ command: [String]) throws -> String {
        let tool = try TestProcess.run(command)
        guard tool.status == 0 else {
            throw Failure(description: "\(command.joined(separator: " ")) failed")
        }
        return tool.output
    }
}
