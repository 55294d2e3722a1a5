/// What `ssh -G` printed: a keyword and its value on each line, all of them decided.
///
/// `Host`, `Match`, `Include`, defaults and command line are behind it. It leaves tokens where ssh
/// expands them later, and puts several paths on one line with nothing but a space between them.
struct SSHAnswer {
    private let values: [String: [String]]

    /// Why there are no options to be had from it.
    enum Fault: Error, Equatable {
        /// It is no answer to `-G`.
        case incomplete(missing: String)
        /// ssh would do what is not done here, and refuse hosts that would be accepted here.
        case unsupported(reason: String)
    }

    init(_ text: String) {
        var values: [String: [String]] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
            values[parts[0].lowercased(), default: []].append(
                parts.count > 1 ? String(parts[1]) : "")
        }
        self.values = values
    }

    /// - Parameters:
    ///   - destination: what ssh was asked about.
    ///   - client: the ssh client's name, for the command that goes through jump hosts.
    ///   - tokens: what does not depend on the host.
    func options(
        for destination: SSHDestination, client: String, tokens: SSHTokens
    ) throws(Fault) -> SSHOptions {
        try refuseWhatIsNotKept()
        let address = try required("hostname")
        let port = try required("port")
        guard let number = Int(port), 1...65_535 ~= number else {
            throw .incomplete(missing: "port")
        }
        let user = try required("user")
        let alias = value("hostkeyalias")
        var tokens = tokens
        let given = destination.host.split(separator: "@").last.map(String.init) ?? destination.host
        let original = value("host") ?? given
        tokens.values.merge(
            ["h": address, "n": original, "p": port, "r": user, "k": alias ?? original],
            uniquingKeysWith: { $1 })
        let proxy = proxy(destination, client: client)
        let command = try proxy.map { command throws(Fault) in
            try expanded { () throws(SSHTokens.Fault) in try tokens.command(command) }
        }
        return SSHOptions(
            address: address, port: number, user: user, proxy: command,
            hop: command.map { hop(destination, client: client, command: $0) },
            bottleneck: proxy ?? "\(address) \(port)",
            connectTimeout: connectTimeout,
            addressFamily: addressFamily,
            asked: SSHOptions.Asked(
                bindAddress: value("bindaddress"), bindInterface: value("bindinterface"),
                identities: try paths("identityfile", tokens),
                isIdentityRequired: isOn("identitiesonly"), agent: agent(tokens),
                trust: trust(address: address, port: number, alias: alias, tokens: tokens),
                algorithms: algorithms, isCompressed: isOn("compression"),
                rsaSizeMin: value("requiredrsasize").flatMap(Int.init) ?? 0,
                rekeyBytes: rekey.first.flatMap { UInt64($0) } ?? 0,
                rekeySeconds: rekey.last.flatMap { UInt32($0) } ?? 0))
    }

    // MARK: Values

    private func required(_ keyword: String) throws(Fault) -> String {
        guard let value = values[keyword]?.first, !value.isEmpty else {
            throw .incomplete(missing: keyword)
        }
        return value
    }

    /// nil where ssh says nothing, or `none`.
    private func value(_ keyword: String) -> String? {
        guard let value = values[keyword]?.first, !value.isEmpty, value.lowercased() != "none"
        else {
            return nil
        }
        return value
    }

    private func isOn(_ keyword: String) -> Bool { ["yes", "true"].contains(value(keyword) ?? "") }
    private func isOff(_ keyword: String) -> Bool {
        ["no", "false"].contains(value(keyword) ?? "")
    }

    private func list(_ keywords: String...) -> [String] {
        let value = keywords.lazy.compactMap(value).first
        return value.map { $0.split(separator: ",").map(String.init) } ?? []
    }

    /// 0 is no limit of the configuration's, either.
    private var connectTimeout: Duration? {
        value("connecttimeout").flatMap(Int.init).flatMap { $0 > 0 ? .seconds($0) : nil }
    }

    private var rekey: [Substring] { (value("rekeylimit") ?? "").split(separator: " ") }

    private var addressFamily: SSHOptions.AddressFamily {
        switch value("addressfamily") {
        case "inet": .inet
        case "inet6": .inet6
        default: .any
        }
    }

    private func refuseWhatIsNotKept() throws(Fault) {
        if isOn("proxyusefdpass") {
            throw .unsupported(reason: "'ProxyUseFdpass yes' can't be done here")
        }
        if isOff("pubkeyauthentication") {
            throw .unsupported(
                reason: "'PubkeyAuthentication no' leaves nothing: no password is asked for here")
        }
        if value("knownhostscommand") != nil {
            throw .unsupported(
                reason: "'KnownHostsCommand' is not asked here; write the keys to a file, and set "
                    + "'KnownHostsCommand none' for this host")
        }
    }

    // MARK: Files

    private func paths(_ keyword: String, _ tokens: SSHTokens) throws(Fault) -> [String] {
        var paths: [String] = []
        for text in values[keyword] ?? [] where text.lowercased() != "none" {
            paths.append(try expanded { () throws(SSHTokens.Fault) in try tokens.path(text) })
        }
        return paths
    }

    /// Several paths on one line. Spaces may stand in them: a path begins where a `/` or `~` does.
    private func line(_ keyword: String, _ tokens: SSHTokens) -> [String] {
        guard let line = value(keyword) else { return [] }
        var paths: [String] = []
        for word in line.split(separator: " ", omittingEmptySubsequences: false) {
            if paths.isEmpty || word.hasPrefix("/") || word.hasPrefix("~") {
                paths.append(String(word))
            } else {
                paths[paths.count - 1] += " " + word
            }
        }
        // ssh before 8.4 prints them as they were written; later ones have expanded all else too.
        return paths.map { tokens.tildeExpanded($0) }
    }

    private func agent(_ tokens: SSHTokens) -> SSHOptions.Agent {
        let variable: String
        switch values["identityagent"]?.first {
        case nil, "SSH_AUTH_SOCK": variable = "SSH_AUTH_SOCK"
        case "none": return .none
        case .some(let text) where text.hasPrefix("$"): variable = String(text.dropFirst())
        case .some(let path): return .socket(path: tokens.tildeExpanded(path))
        }
        guard let path = tokens.environment(variable), !path.isEmpty else { return .none }
        return .socket(path: path)
    }

    /// As ssh looks keys up: under the alias, without a port, or under the name with its port.
    private func trust(
        address: String, port: Int, alias: String?, tokens: SSHTokens
    ) -> HostTrust {
        let users = line("userknownhostsfile", tokens)
        let systems = line("globalknownhostsfile", tokens)
        return HostTrust(
            name: alias?.lowercased() ?? HostTrust.name(address, port: port),
            bareName: alias == nil && port != 22 ? address.lowercased() : nil,
            files: users + systems,
            userFile: users.first ?? tokens.tildeExpanded("~/.ssh/known_hosts"),
            revoked: line("revokedhostkeys", tokens),
            isAddressChecked: isOn("checkhostip"),
            isStrict: !["no", "off", "false"].contains(value("stricthostkeychecking") ?? ""),
            isAlias: alias != nil)
    }

    // MARK: Algorithms

    /// As fast as the wire allows; ChaCha20 is not.
    private static let fastCiphers = ["aes128-gcm@openssh.com", "aes256-gcm@openssh.com"]

    private var algorithms: SSHOptions.Algorithms {
        SSHOptions.Algorithms(
            keyExchange: list("kexalgorithms"), hostKey: list("hostkeyalgorithms"),
            cipher: ciphers,
            authentication: list("pubkeyacceptedalgorithms", "pubkeyacceptedkeytypes"),
            code: list("macs"))
    }

    /// AES-GCM first where ssh's own order stands, which begins with ChaCha20 and has all; an order that
    /// somebody chose stays.
    private var ciphers: [String] {
        let ciphers = list("ciphers")
        let isDefault = ciphers.count >= 6 && ciphers[0] == "chacha20-poly1305@openssh.com"
        guard isDefault else { return ciphers }
        let fast = Self.fastCiphers.filter(ciphers.contains)
        return fast + ciphers.filter { !fast.contains($0) }
    }

    // MARK: Proxies

    /// With tokens, so that it is the same for all hosts behind one jump host.
    private func proxy(_ destination: SSHDestination, client: String) -> String? {
        guard let jump = value("proxyjump") else { return value("proxycommand") }
        return SSHJump(jump).command(client: client, configuration: destination.configuration)
    }

    private func hop(
        _ destination: SSHDestination, client: String, command: String
    ) -> SSHOptions.Hop {
        guard let jump = value("proxyjump") else {
            return SSHOptions.Hop(name: "its proxy", check: command)
        }
        return SSHOptions.Hop(
            name: "its jump host '\(jump)'",
            check: SSHJump(jump).check(client: client, configuration: destination.configuration))
    }

    private func expanded(
        _ body: () throws(SSHTokens.Fault) -> String
    ) throws(Fault) -> String {
        do { return try body() } catch { throw .unsupported(reason: error.reason) }
    }
}
