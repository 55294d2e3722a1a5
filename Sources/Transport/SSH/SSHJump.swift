/// A `ProxyJump`: hosts to go through, the last of which carries the connection.
struct SSHJump: Equatable {
    var user: String?
    var host: String
    var port: String?
    /// Those before it.
    var before: String?

    private static let scheme = "ssh://"

    /// `a,me@b:22,me@[::1]:22`; each may stand as `ssh://me@b:22`.
    init(_ text: String) {
        var rest = text[...]
        if let comma = rest.lastIndex(of: ",") {
            before = String(rest[..<comma])
            rest = rest[comma...].dropFirst()
        }
        if rest.hasPrefix(Self.scheme) {
            rest = rest.dropFirst(Self.scheme.count)
            if rest.hasSuffix("/") { rest = rest.dropLast() }
        }
        if let at = rest.lastIndex(of: "@") {
            user = String(rest[..<at])
            rest = rest[at...].dropFirst()
        }
        if let end = rest.lastIndex(of: "]"), rest.first == "[" {
            host = String(rest[..<end].dropFirst())
            rest = rest[end...].dropFirst()
            if rest.first == ":" { port = String(rest.dropFirst()) }
        } else if let colon = rest.lastIndex(of: ":") {
            host = String(rest[..<colon])
            port = String(rest[colon...].dropFirst())
        } else {
            host = String(rest)
        }
    }

    /// The command that ssh makes of it. Tokens may stand in all of its parts.
    func command(client: String, configuration: String?) -> String {
        let words = words(client: client.escaped, configuration: configuration?.escaped)
        return "\(shellQuoted(words)) -W '[%h]:%p' -- \(shellQuoted(host))"
    }

    /// Reaches the host that carries the connection, and no further.
    func check(client: String, configuration: String?) -> String {
        shellQuoted(words(client: client, configuration: configuration) + [host, "true"])
    }

    private func words(client: String, configuration: String?) -> [String] {
        var words = [client]
        if let user { words += ["-l", user] }
        if let port { words += ["-p", port] }
        if let before { words += ["-J", before] }
        if let configuration { words += ["-F", configuration] }
        return words
    }
}

extension String {
    /// As text in which `%` begins a token.
    fileprivate var escaped: String {
        split(separator: "%", omittingEmptySubsequences: false).joined(separator: "%%")
    }
}
