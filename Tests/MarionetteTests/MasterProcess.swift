import Foundation
import RunRecords
import TestKit
import Testing

@testable import Marionette

/// A place where runs of TrialMaster, in processes of their own, leave what they leave.
final class MasterPlace {
    let directory: URL
    private var runs = 0

    init() throws {
        directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("marionette-master-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    func path(_ name: String) -> String { directory.appendingPathComponent(name).path }

    /// Of the latest run.
    var runDirectory: String { path("run\(runs)") }

    func events() throws -> [RunEvent] {
        Array(try EventLogReader(path: runDirectory + "/events.jsonl"))
    }

    /// Starts a master of two workers on each host.
    ///
    /// - Parameter prefix: a command that executes the master's.
    func start(
        _ arguments: [String], hosts: Int = 1, journal: String? = nil, resume: Bool = false,
        environment: [String: String?] = [:], prefix: [String] = [],
        change: (inout RunDescription) -> Void = { _ in }
    ) throws -> TestProcess {
        let file = try describe(hosts: hosts, journal: journal, resume: resume, change: change)
        return try TestProcess(
            prefix + [try Self.program()] + arguments,
            environment: environment.merging([RunDescription.environmentVariable: file]) { $1 })
    }

    /// Writes the description of a run; returns its path.
    func describe(
        hosts: Int = 1, journal: String? = nil, resume: Bool = false,
        change: (inout RunDescription) -> Void = { _ in }
    ) throws -> String {
        runs += 1
        try FileManager.default.createDirectory(
            atPath: runDirectory, withIntermediateDirectories: true)
        let slave = try TrialRun.slave.get().path
        var description = RunDescription(
            application: "trial", interfaceHash: "010203" + String(repeating: "0", count: 58),
            directory: runDirectory,
            hosts: (1...hosts).map { number in
                RunDescription.HostDescription(
                    name: "h\(number)", target: "here", endpoint: .local, command: [slave],
                    workers: 2)
            },
            journal: journal.map { RunDescription.Journal(path: $0, resume: resume) })
        description.hostWait = 600
        change(&description)
        let file = runDirectory + "/run.json"
        try description.write(to: file)
        return file
    }

    /// Built beside the tests.
    static func program() throws -> String {
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let folder = URL(fileURLWithPath: tests).deletingLastPathComponent()
        return folder.appendingPathComponent("TrialMaster").path
    }
}
