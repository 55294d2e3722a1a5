import Foundation

/// Memory as the kernel counts it: each page is divided by those who have it.
enum Processes {
    /// Bytes of one process; 0 where it is gone.
    static func memory(of process: Int32) -> Double {
        Double(field("Pss:", of: "/proc/\(process)/smaps_rollup") ?? 0) * 1024
    }

    /// Bytes of the process's children, their children, and so on.
    static func memory(below process: Int32) -> Double {
        children(of: process).reduce(0) { $0 + memory(of: $1) + memory(below: $1) }
    }

    private static func children(of process: Int32) -> [Int32] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return all.compactMap { Int32($0) }.filter {
            field("PPid:", of: "/proc/\($0)/status") == Int(process)
        }
    }

    private static func field(_ name: String, of path: String) -> Int? {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
        let line = text.split(separator: "\n").first { $0.hasPrefix(name) }
        return line.flatMap { Int($0.filter(\.isNumber)) }
    }
}
