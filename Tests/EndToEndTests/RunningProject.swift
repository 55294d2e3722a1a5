import Foundation
import Marionette
import TestKit

/// A run that goes on, as its event log tells it.
struct RunningProject {
    let project: Project
    let process: TestProcess
    private let earlier: String?

    /// Starts a run that is long enough to be disturbed.
    init(_ project: Project, _ output: String) throws {
        self.project = project
        earlier = Self.latest(project)
        process = try project.start(output, options: ["--samples", "16", "--tile", "16"])
    }

    /// The newest event that a test waits for.
    func waitForEvent(
        within seconds: Double = 300, _ isWanted: (RunEvent) -> Bool
    ) throws -> RunEvent {
        let deadline = Date(timeIntervalSinceNow: seconds)
        while Date() < deadline {
            if let found = events.last(where: isWanted) { return found }
            guard process.ending == nil else { break }
            // Reads the log again when the run has printed or written for a moment.
            Thread.sleep(forTimeInterval: 0.01)
        }
        throw TestProcess.Failure(description: "the event did not come: \(process.told)")
    }

    /// The host's slave and workers compute: operations of it have ended.
    func waitForWork(on host: String) throws {
        _ = try waitForEvent {
            $0.event == .hostProgress && $0.host == host && ($0.operations ?? 0) > 0
        }
    }

    var events: [RunEvent] {
        guard let latest = Self.latest(project), latest != earlier else { return [] }
        let path = "\(project.directory)/.marionette/runs/\(latest)/events.jsonl"
        let log = (try? Data(contentsOf: URL(fileURLWithPath: path))) ?? Data()
        return log.split(separator: UInt8(ascii: "\n")).compactMap {
            try? JSONDecoder().decode(RunEvent.self, from: Data($0))
        }
    }

    private static func latest(_ project: Project) -> String? {
        let pointer = "\(project.directory)/.marionette/latest-run"
        return (try? String(contentsOfFile: pointer, encoding: .utf8))?
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
