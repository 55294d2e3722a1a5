import Diagnostics

/// What can go wrong between this machine and a host.
public enum TransportError: Error, Hashable, Sendable {
    /// No connection: no such name, refused, no route, no answer in time.
    case unreachable(host: String, reason: String)
    /// The host's key stands in no known-hosts file.
    case hostKeyUnknown(host: String, key: HostKey)
    /// The host shows another key than the one known.
    case hostKeyChanged(host: String, key: HostKey)
    /// A known-hosts file or the configuration could not be used.
    case configurationInvalid(host: String, reason: String)
    /// The host refused every key that was offered.
    case authenticationFailed(host: String, user: String, tried: [String], check: String)
    /// The command could not be started.
    case commandFailed(host: String, command: String, reason: String)
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
    /// The user's known-hosts file.
    public var file: String
    /// The command that reaches the host through another one, where a scan from here would not.
    public var proxied: String?

    public init(
        address: String, port: Int, type: String, fingerprint: String, file: String,
        proxied: String? = nil
    ) {
        self.address = address
        self.port = port
        self.type = type
        self.fingerprint = fingerprint
        self.file = file
        self.proxied = proxied
    }

    /// The host as a known-hosts file names it.
    var name: String { port == 22 ? address : "[\(address)]:\(port)" }

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
        case .configurationInvalid: .configuration
        case .inputUnreadable: .failed
        default: .unreachable
        }
    }

    public var diagnostic: Diagnostic {
        switch self {
        case .unreachable(let host, let reason):
            Diagnostic(
                summary: "host '\(host)' is unreachable: \(reason)",
                remedy: "marionette hosts")
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
