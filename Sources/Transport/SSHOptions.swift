import CLibSSH
import Glibc

/// The options of one session, taken from the configuration files and the destination.
struct SSHOptions {
    let session: SSHSession
    let destination: SSHDestination
    /// How the settings that libssh ignores stand.
    private(set) var configuration: SSHConfiguration

    /// AES-GCM first: it is as fast as the wire allows, ChaCha20 is not. A `Ciphers` of the
    /// configuration overrides it.
    private static let ciphers = """
        aes128-gcm@openssh.com,aes256-gcm@openssh.com,chacha20-poly1305@openssh.com,\
        aes256-ctr,aes192-ctr,aes128-ctr
        """

    init(_ session: SSHSession, destination: SSHDestination) {
        self.session = session
        self.destination = destination
        configuration = SSHConfiguration(
            alias: destination.host, user: destination.user ?? Self.userName, home: Self.home)
    }

    /// Reads the configuration, then puts the destination's own settings over it.
    mutating func apply() throws(TransportError) {
        // ssh_connect would read ~/.ssh/config once more, and override the port given here.
        set(SSH_OPTIONS_PROCESS_CONFIG, false)
        try set(SSH_OPTIONS_HOST, destination.host)
        try set(SSH_OPTIONS_CIPHERS_C_S, Self.ciphers)
        try set(SSH_OPTIONS_CIPHERS_S_C, Self.ciphers)
        try applyDestination()
        if let path = destination.configuration {
            guard access(path, R_OK) == 0 else {
                throw .configurationInvalid(
                    host: session.host, reason: "'\(path)': \(lastErrorText())")
            }
        }
        guard ssh_options_parse_config(session.session, destination.configuration) == 0 else {
            throw .configurationInvalid(host: session.host, reason: session.errorText)
        }
        try applyDestination()
        set(SSH_OPTIONS_LOG_VERBOSITY, Int32(0))
        try keepConfigurationForJump()
        if let path = destination.configuration {
            configuration.read(path)
        } else {
            configuration.read("\(Self.home)/.ssh/config")
            configuration.read("/etc/ssh/ssh_config")
        }
    }

    var address: String { text(SSH_OPTIONS_HOST) ?? destination.host }
    var user: String { text(SSH_OPTIONS_USER) ?? Self.userName }

    var port: Int {
        var port: UInt32 = 0
        guard ssh_options_get_port(session.session, &port) == 0, port > 0 else { return 22 }
        return Int(port)
    }

    /// The command that carries the connection, where the configuration has one.
    var proxy: String? {
        guard let command = text(SSH_OPTIONS_PROXYCOMMAND), command != "none" else { return nil }
        return command
    }

    /// The user's known-hosts file; known once libssh has begun to connect.
    var knownHosts: String {
        text(SSH_OPTIONS_KNOWNHOSTS) ?? "\(Self.home)/.ssh/known_hosts"
    }

    /// What a user types to make the same connection by hand.
    func check(_ flags: [String] = []) -> String {
        var words = ["ssh"]
        if let path = destination.configuration { words += ["-F", path] }
        if let port = destination.port { words += ["-p", String(port)] }
        if let user = destination.user { words += ["-l", user] }
        return shellQuoted(words + flags + [destination.host, "true"])
    }

    private func applyDestination() throws(TransportError) {
        if let user = destination.user { try set(SSH_OPTIONS_USER, user) }
        if let port = destination.port { set(SSH_OPTIONS_PORT, UInt32(clamping: port)) }
    }

    /// libssh makes `ssh … -W` of a ProxyJump; with a configuration of its own, the destination's
    /// jump host has to be looked up there too.
    private func keepConfigurationForJump() throws(TransportError) {
        guard let path = destination.configuration, let command = proxy,
            command.hasPrefix("ssh "), command.split(separator: " ").contains("-W")
        else { return }
        let rest = command.dropFirst(4)
        try set(SSH_OPTIONS_PROXYCOMMAND, "ssh -F \(shellQuoted(path)) \(rest)")
    }

    private func text(_ option: ssh_options_e) -> String? {
        var value: UnsafeMutablePointer<CChar>?
        guard ssh_options_get(session.session, option, &value) == 0, let value else { return nil }
        defer { ssh_string_free_char(value) }
        return String(cString: value)
    }

    private func set(_ option: ssh_options_e, _ value: String) throws(TransportError) {
        guard ssh_options_set(session.session, option, value) == 0 else {
            throw .configurationInvalid(host: session.host, reason: session.errorText)
        }
    }

    private func set(_ option: ssh_options_e, _ value: some BitwiseCopyable) {
        withUnsafeBytes(of: value) { bytes in
            _ = ssh_options_set(session.session, option, bytes.baseAddress)
        }
    }

    private static var home: String {
        if let home = getenv("HOME") { return String(cString: home) }
        guard let entry = getpwuid(getuid()), let home = entry.pointee.pw_dir else { return "/" }
        return String(cString: home)
    }

    private static var userName: String {
        guard let entry = getpwuid(getuid()), let name = entry.pointee.pw_name else { return "" }
        return String(cString: name)
    }
}
