import Glibc

/// The processes below one, whatever groups and sessions they made for themselves.
///
/// `swift build` gives each compiler a group of its own and, when it is interrupted, does not wait
/// until all of them have ended: nobody else ends them.
struct Descendants {
    /// What tells a process from a later one with its number.
    private struct Member: Hashable {
        var id: pid_t
        var start: String
    }

    private var members: Set<Member> = []

    /// Signals all that stand below `parent` now. While that is stopped it starts no more, and what it
    /// started has started no more after the second look.
    mutating func signal(below parent: pid_t, _ number: Int32) {
        for _ in 0..<2 {
            let found = Self.below(parent).subtracting(members)
            for member in found { kill(member.id, number) }
            members.formUnion(found)
        }
    }

    /// Ends those that were signalled and live on.
    func end() {
        for member in members where Self.member(member.id)?.member == member {
            kill(member.id, SIGKILL)
        }
    }

    private static func below(_ parent: pid_t) -> Set<Member> {
        let children = Dictionary(grouping: processes().compactMap(member), by: \.parent)
        var found: Set<Member> = []
        var next = [parent]
        while let id = next.popLast() {
            for (member, _) in children[id] ?? [] where found.insert(member).inserted {
                next.append(member.id)
            }
        }
        return found
    }

    /// The numbers of all processes.
    private static func processes() -> [pid_t] {
        guard let directory = opendir("/proc") else { return [] }
        defer { closedir(directory) }
        var found: [pid_t] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let id = pid_t(name) { found.append(id) }
        }
        return found
    }

    /// From /proc/PID/stat (proc(5)), where the name may hold anything: fields are counted behind it.
    private static func member(_ id: pid_t) -> (member: Member, parent: pid_t)? {
        guard let bytes = try? fileContents("/proc/\(id)/stat") else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        guard let name = text.lastIndex(of: ")") else { return nil }
        let fields = text[name...].split(separator: " ")
        guard fields.count > 20, let parent = pid_t(fields[2]) else { return nil }
        return (Member(id: id, start: String(fields[20])), parent)
    }
}
