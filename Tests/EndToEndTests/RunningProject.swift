import Foundation
import RunRecords
import TestKit

/// A run that goes on, as its event log tells it.
struct RunningProject {
    let project: Project
    let process: TestProcess
    private let earlier: String?

    /// Starts a run that is long enough to be disturbed.
    init(
        _ project: Project, _ output: String, flags: [String] = [],
        options: [String] = ["--samples", "16", "--tile", "16"]
    ) throws {
        self.project = project
        earlier = Self.latest(project)
        process = try project.start(output, flags: flags, options: options)
    }

    /// Starts one in which each of the hosts works. On a busy machine one may be so late that the others
    /// have done all: then another one is started.
    static func working(
        _ project: Project, _ output: String, on hosts: [String]
    ) throws -> RunningProject {
        for _ in 1..<5 {
            let run = try RunningProject(project, output)
            do {
                for host in hosts { try run.waitForWork(on: host) }
                return run
            } catch {
                guard run.process.ending == .exited(0) else { throw error }
                try? FileManager.default.removeItem(atPath: project.picture(output))
            }
        }
        let run = try RunningProject(project, output)
        for host in hosts { try run.waitForWork(on: host) }
        return run
    }

    /// What a test waits for, of the newest event that has it.
    func waitForEvent<Wanted>(
        within seconds: Double = 900, _ wanted: (RunEvent.Content) -> Wanted?
    ) throws -> Wanted {
        let deadline = Date(timeIntervalSinceNow: seconds)
        let changes = inotify_init1(Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK))
        guard changes >= 0 else {
            throw TestProcess.Failure(description: "inotify: \(String(cString: strerror(errno)))")
        }
        defer { close(changes) }
        while Date() < deadline {
            // Before the log is read, so that nothing is written unseen between.
            watch(changes)
            let hasEnded = process.ending != nil
            for event in events.reversed() {
                if let found = wanted(event.content) { return found }
            }
            guard !hasEnded else { break }
            // A run that ends without another event is found out a second later.
            var wanted = pollfd(fd: changes, events: Int16(POLLIN), revents: 0)
            poll(&wanted, 1, 1000)
            var notes = [UInt8](repeating: 0, count: 65_536)
            while read(changes, &notes, notes.count) > 0 {}
        }
        throw TestProcess.Failure(description: "the event did not come: \(process.told)")
    }

    /// The directory that tells which run is the latest, and that run's own once it is there.
    private func watch(_ changes: Int32) {
        let state = "\(project.directory)/.marionette"
        let changed = UInt32(IN_MODIFY | IN_CREATE | IN_MOVED_TO)
        for path in [state] + (directory.map { [$0] } ?? []) {
            inotify_add_watch(changes, path, changed)
        }
    }

    /// The host's slave and workers compute: operations of it have ended.
    func waitForWork(on host: String) throws {
        _ = try waitForEvent { content -> Int? in
            guard case .hostProgress(let progress) = content, progress.host == host,
                progress.operations > 0
            else { return nil }
            return progress.operations
        }
    }

    var events: [RunEvent] {
        guard let directory else { return [] }
        let log =
            (try? Data(contentsOf: URL(fileURLWithPath: "\(directory)/events.jsonl"))) ?? Data()
        return log.split(separator: UInt8(ascii: "\n")).compactMap {
            try? JSONDecoder().decode(RunEvent.self, from: Data($0))
        }
    }

    /// The run's own, once it has begun.
    private var directory: String? {
        guard let latest = Self.latest(project), latest != earlier else { return nil }
        return "\(project.directory)/.marionette/runs/\(latest)"
    }

    private static func latest(_ project: Project) -> String? {
        let pointer = "\(project.directory)/.marionette/latest-run"
        return (try? String(contentsOfFile: pointer, encoding: .utf8))?
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
