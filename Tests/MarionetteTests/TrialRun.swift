import Console
import Foundation
import RunRecords
import Scheduling
import Synchronization
import TestKit
import Testing
import Transport

@testable import Marionette

/// A run of real slaves of Worker/trial.c on this machine.
struct TrialRun {
    let client: Trial
    let master: Master
    let directory: URL
    private let slave: [String]

    /// The slave, compiled once for all tests.
    static let slave = Result { try compileSlave() }
    /// Worker/hostile.c.
    static let hostileSlave = Result {
        try compile(
            "hostile.c",
            ["-std=gnu99", "-DSLAVE_PROTOCOL=\(SlaveMessages.protocolNumber)"])
    }

    /// No busy machine makes a sound slave look lost, or a run look as if nobody came.
    static let patience: Policy = {
        var policy = Policy()
        policy.silenceMax = .seconds(600)
        policy.noHostMax = .seconds(600)
        return policy
    }()

    static func with(
        hosts: Int = 1, workers: Int = 2, serial: Bool = false, policy: Policy = patience,
        connector: any HostConnector = StandardConnector(), board: StatusBoard? = nil,
        command: [String]? = nil, interface: InterfaceDescription = Trial.interface,
        trace: Bool = false, tracePath: String? = nil,
        journal: RunDescription.Journal? = nil,
        absent: RunDescription.Absence? = nil, inFlight: Int? = nil, directory place: String? = nil,
        target: String = "here", explainer: [String]? = nil, capture: [String: Int]? = nil,
        _ body: (TrialRun) async throws -> Void
    ) async throws {
        let parent = place.map { URL(fileURLWithPath: $0) }
        let directory =
            parent
            ?? FileManager.default.temporaryDirectory
            .appendingPathComponent("marionette-run-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let command = try command ?? [slave.get().path]
        let description = RunDescription(
            application: "trial", interfaceHash: hexadecimal(interface.hash),
            directory: directory.path,
            serial: serial,
            hosts: (1...hosts).map { number in
                RunDescription.HostDescription(
                    name: "h\(number)", target: target, endpoint: .local, command: command,
                    workers: workers)
            },
            trace: tracePath ?? (trace ? directory.path + "/trace.json" : nil),
            journal: journal, absent: absent, explainer: explainer, inFlight: inFlight,
            capture: capture)
        let master = try Master.start(description, interface) { start in
            start.policy = policy
            start.connector = connector
            start.board = board
            start.seekingPause = .milliseconds(10)
        }
        let run = TrialRun(
            client: Trial(master: master), master: master, directory: directory, slave: command)
        do { try await body(run) } catch {
            try? await master.finish()
            throw error
        }
        try await master.finish()
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Another host of two workers.
    func host(
        _ name: String, command: [String]? = nil, endpoint: Endpoint = .local
    ) -> RunDescription.HostDescription {
        RunDescription.HostDescription(
            name: name, target: "here", endpoint: endpoint, command: command ?? slave, workers: 2)
    }

    func ask(_ request: ControlRequest) throws -> ControlAnswer {
        try RunControl.ask(request, of: directory.path)
    }

    /// Waits for an event of the run, as its log tells it.
    @discardableResult
    func event(_ isWanted: (RunEvent) -> Bool) async throws -> RunEvent {
        while true {
            if let event = try events().first(where: isWanted) { return event }
            // Reads the log again when the run had a moment to write to it.
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// The events so far, as a reader beside the run sees them.
    func events() throws -> [RunEvent] {
        // What the run has recorded is written soon; here it shall be there.
        master.recording.wait()
        return Array(
            try EventLogReader(path: directory.appendingPathComponent("events.jsonl").path))
    }

    /// Returns when the I/O thread has taken so many operations.
    func untilTaken(_ count: Int) async throws {
        while master.taken.load(ordering: .relaxed) < count {
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    /// The slave processes that answered hello so far.
    func slaveProcesses() throws -> [Int32] {
        try events().filter { $0.kind == .hello }.compactMap(\.process)
    }

    static func repository() -> URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
    }

    private static func compileSlave() throws -> URL {
        try compile("trial.c", ["-std=c99", SlaveSources.headers] + SlaveSources.all)
    }

    private static func compile(_ name: String, _ arguments: [String]) throws -> URL {
        let output = FileManager.default.temporaryDirectory
            .appendingPathComponent("marionette-\(name)-\(UUID().uuidString)")
        let source = repository().appendingPathComponent("Tests/MarionetteTests/Worker/\(name)")
        let compiler = try TestProcess.run(
            ["cc", "-O2", "-o", output.path] + arguments + [source.path])
        try #require(compiler.status == 0, "\(compiler.told)")
        TemporaryFiles.removeAtExit(output.path)
        return output
    }
}

/// Files that are removed when the tests end.
private enum TemporaryFiles {
    private static let paths = Mutex<[String]>([])

    static func removeAtExit(_ path: String) {
        paths.withLock { paths in
            if paths.isEmpty {
                atexit { for path in TemporaryFiles.paths.withLock(\.self) { unlink(path) } }
            }
            paths.append(path)
        }
    }
}
