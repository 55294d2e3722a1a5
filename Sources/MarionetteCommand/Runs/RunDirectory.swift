import Diagnostics
import Foundation
import Marionette
import RunRecords

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

    /// The directory of a run that was.
    ///
    /// - Parameter name: nil: the latest one.
    static func find(_ name: String?, project: String) throws(RunRecordError) -> String {
        let runs = "\(project)/.marionette/runs"
        let kept = ((try? FileManager.default.contentsOfDirectory(atPath: runs)) ?? []).sorted()
        let pointer = "\(project)/.marionette/latest-run"
        let latest = try? String(contentsOfFile: pointer, encoding: .utf8)
        guard let wanted = name ?? latest?.trimmingCharacters(in: .whitespacesAndNewlines) else {
            throw .noRuns(directory: project)
        }
        guard kept.contains(wanted) else { throw .unknownRun(name: wanted, kept: kept) }
        return "\(runs)/\(wanted)"
    }

    /// Names sort by time. A run that goes on keeps its record, however many were started since.
    /// What can't be removed stays for the next time.
    private static func prune(_ runs: String) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: runs)) ?? []
        // A run that was killed could not remove its socket.
        for name in names { RunControl.removeIfDead(directory: "\(runs)/\(name)") }
        for name in names.sorted().dropLast(keptMax)
        where !isStarting(name, in: runs) && !RunRecord.isAlive(directory: "\(runs)/\(name)") {
            try? FileManager.default.removeItem(atPath: "\(runs)/\(name)")
        }
    }

    /// Whether a program has its record and did not come to its run yet: it may ask or read much
    /// before. Its process is the one that made the record. Its name may be older than the others',
    /// where the clock was set back.
    private static func isStarting(_ name: String, in runs: String) -> Bool {
        guard let process = name.split(separator: "-").last.flatMap({ pid_t($0) }), process > 0,
            access(RunRecord.eventLog(in: "\(runs)/\(name)"), F_OK) != 0
        else { return false }
        return kill(process, 0) == 0 || errno == EPERM
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

enum RunRecordError: DiagnosticError, Hashable {
    case noRuns(directory: String)
    case unknownRun(name: String, kept: [String])

    var diagnostic: Diagnostic {
        switch self {
        case .noRuns(let directory):
            Diagnostic(summary: "no run was started in '\(directory)'", remedy: "marionette run")
        case .unknownRun(let name, let kept):
            Diagnostic(
                summary: "there is no run '\(name)'",
                notes: kept.isEmpty
                    ? [] : ["those kept: " + kept.suffix(5).joined(separator: ", ")])
        }
    }

    var exitCode: Diagnostics.ExitCode { .usage }
}
