import Diagnostics

/// What can go wrong between this machine and a host.
public enum TransportError: Error, Hashable, Sendable {
    /// No connection: no such name, refused, no route, no answer in time.
    case unreachable(host: String, reason: String)
    /// The same, where somebody else was to carry the connection.
    case proxyFailed(host: String, ProxyFault)
    /// The host's key stands in no known-hosts file.
    case hostKeyUnknown(host: String, key: HostKey)
    /// The host shows another key than the one known.
    case hostKeyChanged(host: String, key: HostKey)
    /// A file says that the host's key is not to be trusted any more.
    case hostKeyRevoked(host: String, key: HostKey, file: String)
    /// The ssh client does not say how the host is reached; in its words.
    case configurationRefused(host: String, words: String, check: String)
    /// A known-hosts file or the configuration could not be used.
    case configurationInvalid(host: String, reason: String)
    /// The host refused every key that was offered.
    case authenticationFailed(host: String, user: String, tried: [String], check: String)
    /// The command could not be started.
    case commandFailed(host: String, command: String, reason: String)
    /// The host's shell did not come to the command.
    case shellFailed(host: String, ShellFault)
    /// The host lets no further command run over the connection.
    case noRoom(host: String, command: String)
    /// The connection ended while it was in use.
    case lost(host: String, reason: String)
    /// The waiting for the host was cancelled here.
    case cancelled(host: String)
    /// Neither side sent a byte for so long.
    case silent(host: String, seconds: Int)
    /// What was to be sent could not be read here.
    case inputUnreadable(path: String, reason: String)
}

/// A host's public key, as it was shown when connecting.
public struct HostKey: Hashable, Sendable {
    /// What was connected to: a name or an address.
    public var address: String
    public var port: Int
    /// `ssh-ed25519`
    public var type: String
    /// `SHA256:…`, as ssh prints it.
    public var fingerprint: String
    /// The user's known-hosts file, or the one that has another key.
    public var file: String
    /// The host's name in that file.
    public var name: String
    /// The command that reaches the host, where a scan from here would not find what ssh looks for.
    public var proxied: String?

    public init(
        address: String, port: Int, type: String, fingerprint: String, file: String, name: String,
        proxied: String? = nil
    ) {
        self.address = address
        self.port = port
        self.type = type
        self.fingerprint = fingerprint
        self.file = file
        self.name = name
        self.proxied = proxied
    }

    /// Adds the key to the file.
    var scan: String {
        if let proxied { return proxied }
        let kind = type.hasPrefix("ssh-") ? String(type.dropFirst(4)) : type
        let short = kind.hasPrefix("ecdsa-") ? "ecdsa" : kind
        return "ssh-keyscan -p \(port) -t \(short) \(shellQuoted(address))"
            + " >> \(shellQuoted(file))"
    }

    /// Removes the key from the file.
    var removal: String { "ssh-keygen -f \(shellQuoted(file)) -R \(shellQuoted(name))" }
}

extension TransportError: DiagnosticError {
    public var exitCode: ExitCode {
        switch self {
        case .configurationInvalid, .configurationRefused: .configuration
        case .shellFailed(_, let fault) where fault.command == nil: .configuration
        case .inputUnreadable: .failed
        default: .unreachable
        }
    }

    /// Trying again can't help.
    public var isPermanent: Bool {
        switch self {
        case .unreachable, .proxyFailed, .lost, .silent, .cancelled: false
        case .shellFailed(_, let fault): fault.command == nil
        default: true
        }
    }

    public var diagnostic: Diagnostic {
        switch self {
        case .unreachable(let host, let reason):
            Diagnostic(
                summary: "host '\(host)' is unreachable: \(reason)",
                remedy: "marionette hosts")
        case .proxyFailed(let host, let fault): fault.diagnostic(host)
        case .hostKeyUnknown(let host, let key):
            Diagnostic(
                summary: "host '\(host)': its key is not known",
                notes: ["it shows \(key.type) \(key.fingerprint)"],
                remedy: "compare the fingerprint with the host's own, then: \(key.scan)")
        case .hostKeyChanged(let host, let key):
            Diagnostic(
                summary: "host '\(host)': its key is not the one that is known",
                notes: [
                    "it shows \(key.type) \(key.fingerprint)",
                    "the host was installed anew, or someone stands between it and this machine",
                ],
                remedy: "if the change is legitimate: \(key.removal) && \(key.scan)")
        case .hostKeyRevoked(let host, let key, let file):
            Diagnostic(
                summary: "host '\(host)': its key is revoked",
                notes: ["it shows \(key.type) \(key.fingerprint)", "'\(file)' revokes it"],
                remedy: "give the host another key, or ask who looks after it")
        case .configurationRefused(let host, let words, let check):
            Diagnostic(
                summary: "host '\(host)': ssh does not say how it is reached: \(words)",
                remedy: "see it with: \(check)")
        case .configurationInvalid(let host, let reason):
            Diagnostic(summary: "host '\(host)': the SSH configuration is not usable: \(reason)")
        case .authenticationFailed(let host, let user, let tried, let check):
            Diagnostic(
                summary: "host '\(host)' does not let user '\(user)' in",
                notes: [
                    tried.isEmpty
                        ? "no key was found" : "it was offered \(tried.joined(separator: ", "))",
                    "passwords and passphrases are not asked for",
                ],
                remedy: "see why with: \(check)")
        case .commandFailed(let host, let command, let reason):
            Diagnostic(summary: "host '\(host)': '\(command)' did not start: \(reason)")
        case .shellFailed(let host, let fault): fault.diagnostic(host)
        case .noRoom(let host, let command):
            Diagnostic(
                summary:
                    "host '\(host)' takes no further command over its connection: '\(command)'",
                remedy: "raise MaxSessions in the host's sshd_config")
        case .lost(let host, let reason):
            Diagnostic(
                summary: "host '\(host)': the connection was lost: \(reason)",
                remedy: "marionette hosts")
        case .cancelled(let host):
            Diagnostic(summary: "host '\(host)': connecting was cancelled")
        case .silent(let host, let seconds):
            Diagnostic(
                summary: "host '\(host)': nothing was heard for \(seconds) s",
                remedy: "marionette hosts")
        case .inputUnreadable(let path, let reason):
            Diagnostic(summary: "'\(path)' can't be read: \(reason)")
        }
    }
}
