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
                        reason: "'\(text)': '%\(token)' is not known here; write what it stands for"
                    )
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
    static let here: SSHTokens = {
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        let machine = String(decoding: name.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
        let user = UserEntry { getpwuid_r(getuid(), $0, $1, $2, $3) }
        let home = user?.home ?? "/"
        return SSHTokens(
            values: [
                "d": home, "i": String(getuid()), "l": machine, "u": user?.name ?? "",
                "L": String(machine.prefix { $0 != "." }),
            ],
            home: home,
            homeOf: { name in UserEntry { getpwnam_r(name, $0, $1, $2, $3) }?.home },
            environment: { getenv($0).map { String(cString: $0) } })
    }()
}

/// A user as the system's database has it. Threads ask for many hosts at once, so that a call whose
/// answer stands in memory of the library's is none to use.
private struct UserEntry {
    typealias Search = (
        UnsafeMutablePointer<passwd>, UnsafeMutablePointer<CChar>, Int,
        UnsafeMutablePointer<UnsafeMutablePointer<passwd>?>
    ) -> Int32

    var name: String
    var home: String

    private static let roomSize = 64 << 10

    /// nil: there is no such user.
    init?(_ search: Search) {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        let room = UnsafeMutablePointer<CChar>.allocate(capacity: Self.roomSize)
        defer { room.deallocate() }
        guard search(&entry, room, Self.roomSize, &found) == 0, let found,
            let name = found.pointee.pw_name, let home = found.pointee.pw_dir
        else { return nil }
        self.name = String(cString: name)
        self.home = String(cString: home)
    }
}
