import Foundation

/// The processes of a run's slaves, as the kernel has them: here, and on the emulated hosts, whose
/// processes are also this machine's. A slave's file is named by its host, in a directory that only
/// this soak has.
struct SlaveProcesses {
    enum Role: String { case relay, guardian, replica, worker }

    struct Process {
        let identifier: pid_t
        let parent: pid_t
        let host: String
        let state: Character
        fileprivate let group: pid_t
        var role = Role.worker
    }

    private(set) var all: [Process] = []

    /// - Parameter tag: of the directory.
    init(tag: String) {
        for identifier in Self.identifiers() {
            guard let process = Self.process(identifier, tag) else { continue }
            all.append(process)
        }
        let known = Dictionary(uniqueKeysWithValues: all.map { ($0.identifier, $0) })
        let parents = Set(all.map(\.parent))
        let guardians = Set(relayChildren(known).values)
        for index in all.indices {
            let process = all[index]
            guard let parent = known[process.parent], parent.host == process.host else {
                all[index].role = .relay
                continue
            }
            let isFirst = known[parent.parent]?.host != process.host
            if guardians.contains(process.identifier) {
                all[index].role = .guardian
            } else if isFirst || guardians.contains(parent.identifier)
                || parents.contains(process.identifier)
            {
                all[index].role = .replica
            }
        }
    }

    /// The youngest child of each relay: its guardian, which is the only one unless an earlier one
    /// was killed and left the relay its replicas.
    private func relayChildren(_ known: [pid_t: Process]) -> [pid_t: pid_t] {
        var youngest: [pid_t: pid_t] = [:]
        for process in all {
            guard let parent = known[process.parent], parent.host == process.host,
                known[parent.parent]?.host != process.host
            else { continue }
            youngest[parent.identifier] = max(youngest[parent.identifier] ?? 0, process.identifier)
        }
        return youngest
    }

    func of(_ role: Role) -> [Process] { all.filter { $0.role == role } }

    /// The part of sshd that has this relay's connection; nil: it is here.
    static func session(of relay: Process) -> pid_t? {
        var process = relay.parent
        while process > 1 {
            guard let status = stat(of: process) else { return nil }
            if name(of: process).hasPrefix("sshd") {
                // A relay that lost its session is a child of the host's first process, sshd itself.
                return name(of: status.parent).hasPrefix("sshd") ? process : nil
            }
            process = status.parent
        }
        return nil
    }

    /// The most memory that a process had, in KiB.
    static func peak(of process: pid_t) -> Int {
        guard let text = text(of: "/proc/\(process)/status") else { return 0 }
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return line.flatMap { Int($0.filter(\.isNumber)) } ?? 0
    }

    private static func identifiers() -> [pid_t] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { pid_t($0) }
    }

    private static func process(_ identifier: pid_t, _ tag: String) -> Process? {
        guard let line = text(of: "/proc/\(identifier)/cmdline"), line.contains(tag) else {
            return nil
        }
        let words = line.split(separator: "\0")
        // A shell that starts it has the path within a longer word.
        guard let path = words.first(where: { $0.contains("\(tag)/slaves/") }),
            path.hasPrefix("/"), !path.contains(" "), let status = stat(of: identifier),
            status.state != "Z"
        else { return nil }
        return Process(
            identifier: identifier, parent: status.parent,
            host: String(path.split(separator: "/").last ?? ""), state: status.state,
            group: status.group)
    }

    private static func stat(
        of process: pid_t
    ) -> (state: Character, parent: pid_t, group: pid_t)? {
        guard let text = text(of: "/proc/\(process)/stat"), let end = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 3, let state = fields[0].first, let parent = pid_t(fields[1]),
            let group = pid_t(fields[2])
        else { return nil }
        return (state, parent, group)
    }

    private static func name(of process: pid_t) -> String {
        text(of: "/proc/\(process)/comm") ?? ""
    }

    /// nil: it is gone. Files of /proc have no size, so that Foundation's reading is of no use.
    private static func text(of path: String) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(file, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
    }
}
