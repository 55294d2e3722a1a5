import Glibc

/// Memory as the kernel counts it.
enum Processes {
    /// Bytes of one process, each page divided by those who have it; 0 where it is gone.
    static func memory(of process: Int32) -> Double {
        kibibytes("Pss:", in: content("/proc/\(process)/smaps_rollup")) * 1024
    }

    /// Bytes of the process's children, their children, and so on.
    static func memory(below process: Int32) -> Double {
        children(of: process).reduce(0) { $0 + memory(of: $1) + memory(below: $1) }
    }

    /// Bytes of one process as if no other program in Swift ran, such as the one that measures: of
    /// all that is loaded, only the C library's pages are divided by those who have them.
    static func memoryAlone(of process: Int32) -> Double {
        var sum = 0.0
        var isEverywhere = false
        for line in content("/proc/\(process)/smaps").split(separator: "\n") {
            switch line.prefix(while: { $0 != " " }) {
            case "Pss:" where isEverywhere, "Rss:" where !isEverywhere:
                sum += kibibytes("", in: String(line))
            case let head where !head.hasSuffix(":"):
                let file = line.split(separator: "/").last ?? ""
                isEverywhere = ["libc.so", "libm.so", "ld-linux"].contains {
                    file.hasPrefix($0)
                }
            default: break
            }
        }
        return sum * 1024
    }

    private static func children(of process: Int32) -> [Int32] {
        guard let folder = opendir("/proc") else { return [] }
        defer { closedir(folder) }
        var children: [Int32] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard let child = Int32(name) else { continue }
            let parent = kibibytes("PPid:", in: content("/proc/\(child)/status"))
            if Int32(parent) == process { children.append(child) }
        }
        return children
    }

    /// The number of the first line that begins so.
    private static func kibibytes(_ name: String, in text: String) -> Double {
        let line = text.split(separator: "\n").first { $0.hasPrefix(name) } ?? ""
        return Double(line.filter(\.isNumber)) ?? 0
    }

    /// Empty where there is none.
    private static func content(_ path: String) -> String {
        let file = open(path, O_RDONLY)
        guard file >= 0 else { return "" }
        defer { close(file) }
        var content: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        while case let count = read(file, &piece, piece.count), count > 0 {
            content += piece[..<count]
        }
        return String(decoding: content, as: UTF8.self)
    }
}
