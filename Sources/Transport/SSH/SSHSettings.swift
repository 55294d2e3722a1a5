import CLibSSH
import Glibc

/// A libssh session's settings: made from what the ssh client says, or read by libssh itself.
struct SSHSettings {
    let session: SSHSession
    let destination: SSHDestination

    // MARK: As the ssh client says

    /// - Parameter known: the kinds of key that are known of the host, which it is asked for first.
    func apply(_ options: SSHOptions, _ asked: SSHOptions.Asked, known: [String])
        throws(TransportError)
    {
        // ssh_connect would read ~/.ssh/config.
        set(SSH_OPTIONS_PROCESS_CONFIG, false)
        set(SSH_OPTIONS_LOG_VERBOSITY, Int32(0))
        try set(SSH_OPTIONS_HOST, options.address)
        try set(SSH_OPTIONS_USER, options.user)
        set(SSH_OPTIONS_PORT, UInt32(options.port))
        // The library's own identities and known hosts would stand there, and be tried as well.
        try set(SSH_OPTIONS_SSH_DIR, "/dev/null")
        try set(SSH_OPTIONS_KNOWNHOSTS, "/dev/null")
        try set(SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null")
        // Each goes before those that were set before.
        for path in asked.identities.reversed() where Self.isUsable(path) {
            try set(SSH_OPTIONS_ADD_IDENTITY, Self.escaped(path))
        }
        try applyAgent(asked)
        try apply(asked.algorithms, known: known)
        if asked.isCompressed { try set(SSH_OPTIONS_COMPRESSION, "yes") }
        if asked.rsaSizeMin > 0 {
            set(SSH_OPTIONS_RSA_MIN_SIZE, max(Self.rsaSizeMin, Int32(clamping: asked.rsaSizeMin)))
        }
        if asked.rekeyBytes > 0 { set(SSH_OPTIONS_REKEY_DATA, asked.rekeyBytes) }
        if asked.rekeySeconds > 0 { set(SSH_OPTIONS_REKEY_TIME, asked.rekeySeconds) }
    }

    /// One whose public half is of a kind that the library does not know would end its attempts.
    private static func isUsable(_ identity: String) -> Bool {
        var key: ssh_key?
        defer { if let key { ssh_key_free(key) } }
        return ssh_pki_import_pubkey_file("\(identity).pub", &key) != SSH_ERROR
    }

    /// Where some of the agent's keys alone are wanted, the library gets an agent that has no others.
    private func applyAgent(_ asked: SSHOptions.Asked) throws(TransportError) {
        guard case .socket(let path) = asked.agent else {
            return try set(SSH_OPTIONS_IDENTITY_AGENT, "/dev/null")
        }
        guard asked.isIdentityRequired else { return try set(SSH_OPTIONS_IDENTITY_AGENT, path) }
        try set(SSH_OPTIONS_IDENTITY_AGENT, "/dev/null")
        let keys = Set(asked.identities.flatMap(Self.publicKeys))
        if let agent = SSHAgentFilter.open(path: path, allowed: keys) {
            ssh_set_agent_socket(session.session, agent)
        }
    }

    /// What stands beside a private key, or is in it where no passphrase keeps it.
    private static func publicKeys(of identity: String) -> [[UInt8]] {
        let written = ["\(identity).pub", "\(identity)-cert.pub", identity].compactMap { path in
            try? textOfFile(path).split(whereSeparator: \.isWhitespace).dropFirst().first
        }
        let keys = written.compactMap { KnownHosts.base64($0.utf8) }
        if !keys.isEmpty { return keys }
        var key: ssh_key?
        var text: UnsafeMutablePointer<CChar>?
        guard ssh_pki_import_privkey_file(identity, nil, nil, nil, &key) == SSH_OK, let key else {
            return []
        }
        defer { ssh_key_free(key) }
        guard ssh_pki_export_pubkey_base64(key, &text) == SSH_OK, let text else { return [] }
        defer { ssh_string_free_char(text) }
        return KnownHosts.base64(String(cString: text).utf8).map { [$0] } ?? []
    }

    /// The library takes no smaller one.
    private static let rsaSizeMin: Int32 = 768

    private func apply(
        _ algorithms: SSHOptions.Algorithms, known: [String]
    ) throws(TransportError) {
        try set(SSH_OPTIONS_KEY_EXCHANGE, algorithms.keyExchange)
        try set(SSH_OPTIONS_HOSTKEYS, algorithms.hostKey(knownAs: known))
        try set(SSH_OPTIONS_CIPHERS_C_S, algorithms.cipher)
        try set(SSH_OPTIONS_CIPHERS_S_C, algorithms.cipher)
        try set(SSH_OPTIONS_HMAC_C_S, algorithms.code)
        try set(SSH_OPTIONS_HMAC_S_C, algorithms.code)
        try set(SSH_OPTIONS_PUBLICKEY_ACCEPTED_TYPES, algorithms.authentication)
    }

    /// As text in which the library replaces tokens.
    private static func escaped(_ text: String) -> String {
        text.split(separator: "%", omittingEmptySubsequences: false).joined(separator: "%%")
    }

    // MARK: As libssh reads the files

    /// AES-GCM first: it is as fast as the wire allows, ChaCha20 is not. A `Ciphers` of the
    /// configuration overrides it.
    private static let ciphers = """
        aes128-gcm@openssh.com,aes256-gcm@openssh.com,chacha20-poly1305@openssh.com,\
        aes256-ctr,aes192-ctr,aes128-ctr
        """

    /// Has libssh read the configuration, then puts the destination's own settings over it.
    func read() throws(TransportError) -> SSHOptions {
        // ssh_connect would read ~/.ssh/config once more, and override the port given here.
        set(SSH_OPTIONS_PROCESS_CONFIG, false)
        try set(SSH_OPTIONS_HOST, destination.host)
        try set(SSH_OPTIONS_CIPHERS_C_S, Self.ciphers)
        try set(SSH_OPTIONS_CIPHERS_S_C, Self.ciphers)
        try applyDestination()
        guard ssh_options_parse_config(session.session, destination.configuration) == 0 else {
            throw .configurationInvalid(host: session.host, reason: session.errorText)
        }
        try applyDestination()
        set(SSH_OPTIONS_LOG_VERBOSITY, Int32(0))
        try keepConfigurationForJump()
        var configuration = SSHConfiguration(
            alias: destination.host, user: destination.user ?? Self.userName, home: Self.home)
        if let path = destination.configuration {
            configuration.read(path)
        } else {
            configuration.read("\(Self.home)/.ssh/config")
            configuration.read("/etc/ssh/ssh_config")
        }
        let address = text(SSH_OPTIONS_HOST) ?? destination.host
        let user = text(SSH_OPTIONS_USER) ?? Self.userName
        let proxied = try expandedProxy(address, user)
        return SSHOptions(
            address: address, port: port, user: user, proxy: proxied,
            hop: proxied.map { SSHOptions.Hop(name: "its proxy", check: $0) },
            bottleneck: proxy ?? "\(address) \(port)",
            connectTimeout: configuration.connectTimeout,
            addressFamily: configuration.addressFamily ?? .any)
    }

    /// Where the library itself looks keys up; its files are known once it has begun to connect.
    func trust(_ options: SSHOptions) -> HostTrust {
        let user = text(SSH_OPTIONS_KNOWNHOSTS) ?? "\(Self.home)/.ssh/known_hosts"
        let system = text(SSH_OPTIONS_GLOBAL_KNOWNHOSTS) ?? "/etc/ssh/ssh_known_hosts"
        return HostTrust(
            name: HostTrust.name(options.address, port: options.port), files: [user, system],
            userFile: user)
    }

    private var port: Int {
        var port: UInt32 = 0
        guard ssh_options_get_port(session.session, &port) == 0, port > 0 else { return 22 }
        return Int(port)
    }

    /// The command that carries the connection, where the configuration has one.
    private var proxy: String? {
        guard let command = text(SSH_OPTIONS_PROXYCOMMAND), command != "none" else { return nil }
        return command
    }

    /// The library itself would start it.
    private func expandedProxy(_ address: String, _ user: String) throws(TransportError) -> String?
    {
        guard let proxy else { return nil }
        let host = destination.host
        var tokens = SSHTokens.here
        tokens.values.merge(
            ["h": address, "n": host, "p": String(port), "r": user, "k": host],
            uniquingKeysWith: { $1 })
        do { return try tokens.command(proxy) } catch {
            throw .configurationInvalid(host: session.host, reason: error.reason)
        }
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

    // MARK: The library

    private func text(_ option: ssh_options_e) -> String? {
        var value: UnsafeMutablePointer<CChar>?
        guard ssh_options_get(session.session, option, &value) == 0, let value else { return nil }
        defer { ssh_string_free_char(value) }
        return String(cString: value)
    }

    /// A list of which nothing is said stays the library's own.
    private func set(_ option: ssh_options_e, _ list: [String]) throws(TransportError) {
        if !list.isEmpty { try set(option, list.joined(separator: ",")) }
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

    /// As the parsers here have it, unlike ssh, which does not look at the environment.
    private static var home: String { SSHTokens.here.environment("HOME") ?? SSHTokens.here.home }

    private static var userName: String { SSHTokens.here.values["u"] ?? "" }
}

extension SSHOptions.Algorithms {
    /// Those of which a key is known come first: a host that has several kinds of key shows one of these.
    func hostKey(knownAs types: [String]) -> [String] {
        func isKnown(_ algorithm: String) -> Bool {
            types.contains(algorithm.hasPrefix("rsa-sha2-") ? "ssh-rsa" : algorithm)
        }
        return hostKey.filter(isKnown) + hostKey.filter { !isKnown($0) }
    }
}
