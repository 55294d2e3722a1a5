import CLibSSH
import Glibc

/// From an idle session to an authenticated one: connect, check the host's key, authenticate.
struct SSHHandshake {
    let session: SSHSession
    let settings: SSHSettings
    let options: SSHOptions
    /// The files that the ssh client names; nil: libssh looks the key up.
    let known: KnownHosts?
    let deadline: ContinuousClock.Instant

    func perform() throws(TransportError) {
        ssh_set_blocking(session.session, 0)
        if let proxy = options.proxy {
            try session.connect(through: proxy)
        } else {
            try connectSocket()
        }
        let code = try complete(again: SSH_AGAIN) { ssh_connect(session.session) }
        guard code == SSH_OK else {
            let reason = session.errorText
            let error = unreachable(reason)
            let words = session.proxysWords()
            session.isDropped = isDrop(words.isEmpty ? reason : words.joined(separator: "; "))
            throw error
        }
        try checkHostKey()
        try authenticate()
        try session.startPumping()
    }

    private func connectSocket() throws(TransportError) {
        let connecting = TCPConnecting(
            address: options.address, port: options.port,
            family: options.addressFamily, bindAddress: options.asked?.bindAddress,
            bindInterface: options.asked?.bindInterface, deadline: deadline)
        try session.connect(connecting)
    }

    private func checkHostKey() throws(TransportError) {
        let key = try HostKeyShown(session)
        let trust = options.asked?.trust ?? settings.trust(options)
        switch try verdict(on: key, by: trust) {
        case .known: return
        case .unknown where !trust.isStrict, .changed where !trust.isStrict: return
        case .unknown:
            throw .hostKeyUnknown(host: session.host, key: told(key, trust, file: trust.userFile))
        case .changed(let file):
            throw .hostKeyChanged(host: session.host, key: told(key, trust, file: file))
        case .revoked(let file):
            throw .hostKeyRevoked(
                host: session.host, key: told(key, trust, file: file), file: file)
        }
    }

    private func verdict(
        on key: HostKeyShown, by trust: HostTrust
    ) throws(TransportError) -> KnownHosts.Verdict {
        if let known {
            let address = trust.isAddressChecked && options.proxy == nil ? session.peerAddress : nil
            return known.verdict(
                on: key.bytes, by: trust,
                addressName: address.map { HostTrust.name($0, port: options.port) })
        }
        // The library passes over what is revoked.
        let revoked = try KnownHosts(trust, host: session.host).verdict(on: key.bytes, by: trust)
        if case .revoked = revoked { return revoked }
        switch ssh_session_is_known_server(session.session) {
        case SSH_KNOWN_HOSTS_OK: return .known
        case SSH_KNOWN_HOSTS_UNKNOWN, SSH_KNOWN_HOSTS_NOT_FOUND: return .unknown
        // A key of another kind than the one known is what an attacker would show too.
        case SSH_KNOWN_HOSTS_CHANGED, SSH_KNOWN_HOSTS_OTHER: return .changed(file: trust.userFile)
        default: throw .configurationInvalid(host: session.host, reason: session.errorText)
        }
    }

    private func told(_ key: HostKeyShown, _ trust: HostTrust, file: String) -> HostKey {
        let isScanned = options.proxy == nil && !trust.isAlias
        return HostKey(
            address: options.address, port: options.port, type: key.type,
            fingerprint: key.fingerprint, file: file, name: trust.name,
            proxied: isScanned ? nil : settings.destination.check())
    }

    /// The agent's keys, then the identity files. A key that needs a passphrase is passed over.
    private func authenticate() throws(TransportError) {
        var tried = isAgentAsked ? ["the agent"] : []
        let again = Int32(SSH_AUTH_AGAIN.rawValue)
        let code = try complete(again: again) {
            var identity: UnsafeMutablePointer<CChar>?
            let code = Int32(ssh_userauth_publickey_auto(session.session, nil, nil))
            if ssh_userauth_publickey_auto_get_current_identity(session.session, &identity) == 0,
                let identity
            {
                let name = String(cString: identity)
                if !tried.contains(name) { tried.append(name) }
                ssh_string_free_char(identity)
            }
            // The library would ask for ever where the host has hung up, as after too many keys.
            let isOver = code == again && ssh_is_connected(session.session) == 0
            return isOver ? Int32(SSH_AUTH_ERROR.rawValue) : code
        }
        if code == Int32(SSH_AUTH_SUCCESS.rawValue) { return }
        guard session.isAlive, code != Int32(SSH_AUTH_ERROR.rawValue) else {
            throw .lost(host: session.host, reason: session.errorText)
        }
        throw .authenticationFailed(
            host: session.host, user: options.user, tried: tried,
            check: settings.destination.check(["-o", "BatchMode=yes"]))
    }

    /// Whether these are the words for a connection that ended before the host said what it speaks:
    /// libssh's, or those of ssh as a proxy.
    private func isDrop(_ words: String) -> Bool {
        [
            "reset by peer", "Socket error: disconnected", "MaxStartups",
            "kex_exchange_identification",
        ]
        .contains { words.contains($0) }
    }

    private var isAgentAsked: Bool {
        guard let asked = options.asked else { return getenv("SSH_AUTH_SOCK") != nil }
        return asked.agent != .none
    }

    private func complete(
        again: Int32, _ step: () -> Int32
    ) throws(TransportError) -> Int32 {
        try session.complete(
            until: deadline, again: again, late: unreachable("no answer in time"), step)
    }

    private func unreachable(_ reason: String) -> TransportError {
        let place = "\(reason) (\(options.address) port \(options.port))"
        guard let hop = options.hop else { return .unreachable(host: session.host, reason: place) }
        return .proxyFailed(
            host: session.host,
            ProxyFault(
                hop: hop.name, reason: place, words: session.proxysWords(), check: hop.check))
    }
}

/// The key that the host shows.
private struct HostKeyShown {
    /// As SSH transmits it.
    let bytes: [UInt8]
    let type: String
    let fingerprint: String

    init(_ session: SSHSession) throws(TransportError) {
        var key: ssh_key?
        var text: UnsafeMutablePointer<CChar>?
        guard ssh_get_server_publickey(session.session, &key) == SSH_OK, let key else {
            throw .unreachable(host: session.host, reason: "it shows no key")
        }
        defer { ssh_key_free(key) }
        guard ssh_pki_export_pubkey_base64(key, &text) == SSH_OK, let text else {
            throw .unreachable(host: session.host, reason: "its key can't be read")
        }
        defer { ssh_string_free_char(text) }
        guard let bytes = KnownHosts.base64(String(cString: text).utf8) else {
            throw .unreachable(host: session.host, reason: "its key can't be read")
        }
        self.bytes = bytes
        type = ssh_key_type_to_char(ssh_key_type(key)).map { String(cString: $0) } ?? "key"
        var hash: UnsafeMutablePointer<UInt8>?
        var size = 0
        ssh_get_publickey_hash(key, SSH_PUBLICKEY_HASH_SHA256, &hash, &size)
        defer { ssh_clean_pubkey_hash(&hash) }
        let fingerprint = ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, size)
        defer { ssh_string_free_char(fingerprint) }
        self.fingerprint = fingerprint.map { String(cString: $0) } ?? ""
    }
}
