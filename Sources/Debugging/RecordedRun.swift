import Foundation
import RunRecords

/// The newest run of a project that goes on, or else the newest: its description and what its event log
/// tells at this time.
public struct RecordedRun: Sendable {
    /// `20261123T091500Z-1234`
    public let name: String
    public let directory: String
    public let description: RunDescription
    let processes: RunProcesses

    /// - Parameter project: the directory of marionette.yaml.
    public init(newestOf project: String) throws(DebuggingError) {
        let pointer = "\(project)/.marionette/latest-run"
        guard let text = try? String(contentsOfFile: pointer, encoding: .utf8) else {
            throw .noRun(directory: project)
        }
        let runs = "\(project)/.marionette/runs"
        var name = text.trimmingCharacters(in: .whitespacesAndNewlines)
        if !RunRecord.isAlive(directory: "\(runs)/\(name)") {
            // Names sort by time.
            let all = (try? FileManager.default.contentsOfDirectory(atPath: runs)) ?? []
            name = all.sorted().last { RunRecord.isAlive(directory: "\(runs)/\($0)") } ?? name
        }
        directory = "\(runs)/\(name)"
        let path = RunRecord.description(in: directory)
        do throws(RunRecordsError) {
            description = try RunDescription(contentsOf: path)
        } catch {
            throw .runUnreadable(path: path, reason: error.diagnostic.summary)
        }
        // A run that has just begun has no events yet: every host of it is still absent.
        let log = try? EventLogReader(path: RunRecord.eventLog(in: directory))
        self.name = name
        processes = log.map(RunProcesses.init) ?? RunProcesses()
        if let ending = processes.ending { throw .runEnded(run: name, how: ending) }
    }

    /// Whether the run has that, as far as its record knows.
    public func check(_ selection: WorkerSelection) throws(DebuggingError) {
        _ = try processes.find(selection, known: hostNames)
    }

    func host(named name: String) throws(DebuggingError) -> RunDescription.HostDescription {
        guard let host = description.hosts.first(where: { $0.name == name }) else {
            throw .unknownHost(host: name, known: hostNames)
        }
        return host
    }

    var hostNames: [String] { description.hosts.map(\.name) }
}
