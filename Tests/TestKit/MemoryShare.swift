import Foundation

/// The memory of processes that share some of it: each page divided by those that have it.
public func memoryShare(of processes: [pid_t]) throws -> Int {
    try processes.map { process in
        let text = try String(contentsOfFile: "/proc/\(process)/smaps_rollup", encoding: .utf8)
        let line = text.split(separator: "\n").first { $0.hasPrefix("Pss:") }
        return 1024 * (line.flatMap { Int($0.filter(\.isNumber)) } ?? 0)
    }.reduce(0, +)
}
