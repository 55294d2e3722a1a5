import CLibSSH
import Glibc

/// From an idle session to an authenticated one: connect, check the host's key, authenticate.
struct SSHHandshake {
    let session: SSHSession
    let options: SSHOptions
    let deadline: ContinuousClock.Instant

    func perform() throws(TransportError) {
        ssh_set_blocking(session.session, 0)
        if options.proxy == nil { try connectSocket() }
        let code = try complete(again: SSH_AGAIN) { ssh_connect(session.session) }
        guard code == SSH_OK else { throw unreachable(session.errorText) }
        try checkHostKey()
        try authenticate()
        try session.startPumping()
    }

    private func connectSocket() throws(TransportError) {
        let connecting = TCPConnecting(
            address: options.address, port: options.port,
            family: options.configuration.addressFamily ?? .any, deadline: deadline)
        try session.connect(connecting)
    }

    private func checkHostKey() throws(TransportError) {
        let verdict = ssh_session_is_known_server(session.session)
        switch verdict {
        case SSH_KNOWN_HOSTS_OK: return
        case SSH_KNOWN_HOSTS_UNKNOWN, SSH_KNOWN_HOSTS_NOT_FOUND:
            throw .hostKeyUnknown(host: session.host, key: try hostKey())
        // A key of another kind than the one known is what an attacker would show too.
        case SSH_KNOWN_HOSTS_CHANGED, SSH_KNOWN_HOSTS_OTHER:
            throw .hostKeyChanged(host: session.host, key: try hostKey())
        default:
            throw .configurationInvalid(host: session.host, reason: session.errorText)
        }
    }

    private func hostKey() throws(TransportError) -> HostKey {
        var key: ssh_key?
        guard ssh_get_server_publickey(session.session, &key) == SSH_OK, let key else {
            throw unreachable("it shows no key")
        }
        defer { ssh_key_free(key) }
        var hash: UnsafeMutablePointer<UInt8>?
        var size = 0
        ssh_get_publickey_hash(key, SSH_PUBLICKEY_HASH_SHA256, &hash, &size)
        defer { ssh_clean_pubkey_hash(&hash) }
        let fingerprint = ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, size)
        defer { ssh_string_free_char(fingerprint) }
        return HostKey(
            address: options.address, port: options.port,
            type: ssh_key_type_to_char(ssh_key_type(key)).map { String(cString: $0) } ?? "key",
            fingerprint: fingerprint.map { String(cString: $0) } ?? "", file: options.knownHosts,
            proxied: options.proxy.map { _ in options.check() })
    }

    /// The agent's keys, then the identity files. A key that needs a passphrase is passed over.
    private func authenticate() throws(TransportError) {
        var tried: [String] = getenv("SSH_AUTH_SOCK") == nil ? [] : ["the agent"]
        let again = Int32(SSH_AUTH_AGAIN.rawValue)
        let code = try complete(again: again) {
            var identity: UnsafeMutablePointer<CChar>?
            let code = ssh_userauth_publickey_auto(session.session, nil, nil)
            if ssh_userauth_publickey_auto_get_current_identity(session.session, &identity) == 0,
                let identity
            {
                let name = String(cString: identity)
                if !tried.contains(name) { tried.append(name) }
                ssh_string_free_char(identity)
            }
            return Int32(code)
        }
        if code == Int32(SSH_AUTH_SUCCESS.rawValue) { return }
        guard session.isAlive, code != Int32(SSH_AUTH_ERROR.rawValue) else {
            throw .lost(host: session.host, reason: session.errorText)
        }
        throw .authenticationFailed(
            host: session.host, user: options.user, tried: tried,
            check: options.check(["-o", "BatchMode=yes"]))
    }

    private func complete(
        again: Int32, _ step: () -> Int32
    ) throws(TransportError) -> Int32 {
        try session.complete(
            until: deadline, again: again, late: unreachable("no answer in time"), step)
    }

    private func unreachable(_ reason: String) -> TransportError {
        .unreachable(
            host: session.host, reason: "\(reason) (\(options.address) port \(options.port))")
    }
}
