import Glibc

/// What ssh puts in the place of `%h`, `${NAME}` and `~`; see ssh_config(5), TOKENS.
struct SSHTokens: Sendable {
    /// Token to text: `h` for `%h`.
    var values: [Character: String]
    /// The home directory of the user here.
    var home: String
    var homeOf: @Sendable (_ user: String) -> String?
    var environment: @Sendable (_ name: String) -> String?

    /// Why a text can't be expanded.
    struct Fault: Error, Equatable { var reason: String }

    /// As ssh treats the name of a file: the home directory, variables, tokens.
    func path(_ text: String) throws(Fault) -> String {
        try expanded(tildeExpanded(text), variables: true)
    }

    /// As ssh treats `ProxyCommand`, which has fewer tokens, and whose variables are the shell's.
    func command(_ text: String) throws(Fault) -> String {
        var tokens = self
        tokens.values = values.filter { "hknpr".contains($0.key) }
        return try tokens.expanded(text, variables: false)
    }

    /// `~/a` and `~user/a`; the name of a user who does not exist stays.
    func tildeExpanded(_ text: String) -> String {
        guard text.hasPrefix("~") else { return text }
        let end = text.firstIndex(of: "/") ?? text.endIndex
        let user = text[..<end].dropFirst()
        guard let home = user.isEmpty ? home : homeOf(String(user)) else { return text }
        return home + text[end...]
    }

    private func expanded(_ text: String, variables: Bool) throws(Fault) -> String {
        var result = ""
        var rest = text[...]
        while let character = rest.popFirst() {
            if variables, character == "$", rest.first == "{" {
                guard let end = rest.firstIndex(of: "}") else {
                    throw Fault(reason: "'\(text)': '${' has no '}'")
                }
                let name = String(rest[..<end].dropFirst())
                guard let value = environment(name) else {
                    throw Fault(reason: "'\(text)': the environment has no '\(name)'")
                }
                result += value
                rest = rest[end...].dropFirst()
            } else if character == "%" {
                guard let token = rest.popFirst() else {
                    throw Fault(reason: "'\(text)' ends with '%'; write '%%' for one '%'")
                }
                guard let value = token == "%" ? "%" : values[token] else {
                    throw Fault(
                        reason: "'\(text)': '%\(token)' is not known here; write what it stands for")
                }
                result += value
            } else {
                result.append(character)
            }
        }
        return result
    }
}

extension SSHTokens {
    /// Of this process: its user, its machine, its environment.
    static func here() -> SSHTokens {
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        let machine = String(decoding: name.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
        let entry = getpwuid(getuid())
        let home = entry.flatMap { $0.pointee.pw_dir }.map { String(cString: $0) } ?? "/"
        let user = entry.flatMap { $0.pointee.pw_name }.map { String(cString: $0) } ?? ""
        return SSHTokens(
            values: [
                "d": home, "i": String(getuid()), "l": machine, "u": user,
                "L": String(machine.prefix { $0 != "." }),
            ],
            home: home,
            homeOf: { getpwnam($0).flatMap { $0.pointee.pw_dir }.map { String(cString: $0) } },
            environment: { getenv($0).map { String(cString: $0) } })
    }
}
