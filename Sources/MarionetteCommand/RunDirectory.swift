import Foundation

/// Where the records of runs are kept: `.marionette/runs/ID/`, the newest ones only.
enum RunDirectory {
    /// How many runs are kept.
    static let keptMax = 20

    /// Makes the directory of a new run, readable by its user alone, and makes it the latest one.
    static func create(project: String, now: Date = Date()) throws -> String {
        let runs = "\(project)/.marionette/runs"
        let id = "\(timestamp(now))-\(getpid())"
        let path = "\(runs)/\(id)"
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
            try Data((id + "\n").utf8).write(
                to: URL(fileURLWithPath: "\(project)/.marionette/latest-run"), options: .atomic)
        } catch {
            throw RunStartError.noRecord(path: path, reason: error.localizedDescription)
        }
        prune(runs)
        return path
    }

    /// Names sort by time. What can't be removed stays for the next time.
    private static func prune(_ runs: String) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: runs)) ?? []
        for name in names.sorted().dropLast(keptMax) {
            try? FileManager.default.removeItem(atPath: "\(runs)/\(name)")
        }
    }

    private static func timestamp(_ date: Date) -> String {
        var seconds = time_t(date.timeIntervalSince1970)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        var text = [CChar](repeating: 0, count: 32)
        strftime(&text, text.count, "%Y%m%dT%H%M%SZ", &parts)
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
