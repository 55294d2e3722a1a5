import Glibc

/// The process that holds the lock of a build log, as far as this system says.
public struct LockHolder: Hashable, Sendable {
    public var process: Int32?
    /// Its program and arguments: `marionette run -- --scene balls.nff`.
    public var command: String?

    /// How much of a command is shown.
    static let commandMax = 200

    public init(process: Int32? = nil, command: String? = nil) {
        self.process = process
        self.command = command
    }

    /// Who holds a lock on a file. /proc/locks has a line for each lock of this machine:
    ///
    ///     4: FLOCK  ADVISORY  WRITE 4711 fe:01:1835077 0 EOF
    init(ofFile inode: ino_t) {
        // Files of /proc have no size, so they can't be read by one.
        let locks = Self.text(of: "/proc/locks")
        process =
            locks.split(separator: "\n").lazy.compactMap { line -> Int32? in
                let fields = line.split(separator: " ", omittingEmptySubsequences: true)
                // A process that waits stands there as well: `4: -> FLOCK …`.
                guard fields.count > 5, fields[1] == "FLOCK",
                    fields[5].split(separator: ":").last.flatMap({ ino_t($0) }) == inode
                else { return nil }
                // In another namespace of processes, the holder has no number here.
                return Int32(fields[4]).flatMap { $0 > 0 ? $0 : nil }
            }.first
        command = process.flatMap { Self.command(of: $0) }
    }

    private static func command(of process: Int32) -> String? {
        let words = text(of: "/proc/\(process)/cmdline").split(separator: "\0")
        guard let program = words.first else { return nil }
        let name = program.split(separator: "/").last.map(String.init) ?? String(program)
        let whole = ([name] + words.dropFirst().map(String.init)).joined(separator: " ")
        return whole.count > commandMax ? "\(whole.prefix(commandMax))…" : whole
    }

    private static func text(of path: String) -> String {
        String(decoding: (try? fileContents(path)) ?? [], as: UTF8.self)
    }

    /// `process 4711, 'marionette run'`; empty where nothing is known.
    public var told: String {
        guard let process else { return "" }
        return "process \(process)" + (command.map { ", '\($0)'" } ?? "")
    }
}
