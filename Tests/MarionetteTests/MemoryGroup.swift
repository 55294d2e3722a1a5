import Foundation
import Testing

/// A memory cgroup below that of the tests: processes in it that need more than it has are killed
/// by the kernel.
struct MemoryGroup {
    private let directory: String
    private let parent: String
    private let isUnified: Bool

    /// Why none can be made; nil where they can.
    static let refusal: String? = {
        do { try with(bytes: 64 << 20) { _ in } } catch { return "no memory cgroup: \(error)" }
        return nil
    }()

    /// The processes that are still in it at the end go back to where the tests are.
    static func with<Result>(
        bytes: Int, _ body: (MemoryGroup) throws -> Result
    ) throws -> Result {
        let group = try MemoryGroup(bytes: bytes)
        defer { group.remove() }
        return try body(group)
    }

    static func with<Result>(
        bytes: Int, _ body: (MemoryGroup) async throws -> Result
    ) async throws -> Result {
        let group = try MemoryGroup(bytes: bytes)
        defer { group.remove() }
        return try await body(group)
    }

    private init(bytes: Int) throws {
        (parent, isUnified) = try Self.own()
        directory = "\(parent)/marionette-test-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: false)
        do {
            try write("\(bytes)", to: isUnified ? "memory.max" : "memory.limit_in_bytes")
            // Where there is no swap there is no such file.
            let swap = isUnified ? ("memory.swap.max", "0") : ("memory.swappiness", "0")
            try? write(swap.1, to: swap.0)
        } catch {
            rmdir(directory)
            throw error
        }
    }

    /// Where new members are written to, by themselves or by others.
    var members: String { "\(directory)/cgroup.procs" }

    func take(_ process: Int32) throws { try write("\(process)", to: "cgroup.procs") }

    /// How many of its processes the kernel has killed.
    func kills() throws -> Int {
        let file = directory + (isUnified ? "/memory.events" : "/memory.oom_control")
        let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
        let line = lines.first { $0.hasPrefix("oom_kill ") }
        return line.flatMap { Int($0.dropFirst("oom_kill ".count)) } ?? 0
    }

    private func remove() {
        // One that is ending can't be moved, and is gone in a moment.
        while rmdir(directory) != 0, errno == EBUSY {
            let text = (try? String(contentsOfFile: members, encoding: .utf8)) ?? ""
            for process in text.split(separator: "\n") {
                try? Self.write(String(process), to: parent + "/cgroup.procs")
            }
            usleep(1000)
        }
    }

    private func write(_ text: String, to name: String) throws {
        try Self.write(text, to: "\(directory)/\(name)")
    }

    private static func write(_ text: String, to path: String) throws {
        let file = open(path, O_WRONLY)
        guard file >= 0 else { throw Refusal(path: path, reason: errno) }
        defer { close(file) }
        guard
            text.utf8CString.withUnsafeBytes({ Glibc.write(file, $0.baseAddress, $0.count - 1) })
                > 0
        else { throw Refusal(path: path, reason: errno) }
    }

    private struct Refusal: Error, CustomStringConvertible {
        let path: String
        let reason: Int32
        var description: String { "'\(path)': \(String(cString: strerror(reason)))" }
    }

    /// The tests' own cgroup, in a hierarchy of its own for memory or the one for all.
    private static func own() throws -> (path: String, isUnified: Bool) {
        let groups = try String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8)
            .split(separator: "\n").map { $0.split(separator: ":", maxSplits: 2) }
        let mounts = try String(contentsOfFile: "/proc/self/mounts", encoding: .utf8)
            .split(separator: "\n").map { $0.split(separator: " ") }
        func place(_ type: String, _ option: String?) -> Substring? {
            mounts.first { mount in
                mount[2] == type
                    && (option.map { mount[3].split(separator: ",").contains(Substring($0)) }
                        ?? true)
            }?[1]
        }
        if let group = groups.first(where: { $0[1].split(separator: ",").contains("memory") }),
            let mount = place("cgroup", "memory")
        {
            return ("\(mount)\(group[2] == "/" ? "" : group[2])", false)
        }
        let group = try #require(groups.first { $0[0] == "0" })
        let mount = try #require(place("cgroup2", nil))
        return ("\(mount)\(group[2] == "/" ? "" : group[2])", true)
    }
}
