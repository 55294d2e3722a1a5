import ArgumentParser
import Diagnostics
import Foundation
import RunRecords
import Testing

@testable import Marionette
@testable import MarionetteCommand

/// What commands find of runs.
@Suite final class RunRecordTests {
    let project: String

    init() throws {
        project =
            FileManager.default.temporaryDirectory
            // Short: the path of a socket has little room.
            .appending(path: "mrn-\(UInt32.random(in: 0...UInt32.max))").path
    }

    deinit { try? FileManager.default.removeItem(atPath: project) }

    private func create(_ seconds: Double) throws -> String {
        try RunDirectory.create(project: project, now: Date(timeIntervalSince1970: seconds))
    }

    /// A run that began, and is over.
    @discardableResult private func createDead(_ seconds: Double) throws -> String {
        let run = try create(seconds)
        try Data().write(to: URL(fileURLWithPath: "\(run)/events.jsonl"))
        return run
    }

    @Test func `the latest run is meant where none is named`() throws {
        let first = try create(0)
        let second = try create(60)
        #expect(try RunDirectory.find(nil, project: project) == second)
        let name = URL(fileURLWithPath: first).lastPathComponent
        #expect(name == "19700101T000000Z-\(getpid())")
        #expect(try RunDirectory.find(name, project: project) == first)
    }

    @Test func `the record of a run that goes on is kept, however many runs are started beside it`()
        throws
    {
        let long = try create(0)
        // Its master's process, as far as the record is concerned.
        let log = try LogFile(path: "\(long)/events.jsonl", writing: BackgroundJobs(limit: 1))
        let dead = try createDead(1)
        for number in 1...2 * RunDirectory.keptMax { try createDead(Double(60 * number)) }
        let files = FileManager.default
        #expect(files.fileExists(atPath: "\(long)/events.jsonl"))
        #expect(!files.fileExists(atPath: dead))
        let runs = URL(fileURLWithPath: long).deletingLastPathComponent().path
        #expect(try files.contentsOfDirectory(atPath: runs).count == RunDirectory.keptMax + 1)
        withExtendedLifetime(log) {}
    }

    @Test
    func `the record of a program that has not begun its run is kept, whatever the clock says`()
        throws
    {
        for number in 1...RunDirectory.keptMax { try createDead(Double(60 * number)) }
        // The clock was set back: its name is the oldest one.
        let starting = try create(0)
        for number in 1...RunDirectory.keptMax { try createDead(Double(3600 * number)) }
        #expect(FileManager.default.fileExists(atPath: starting))
        // It begins, and is over.
        try Data().write(to: URL(fileURLWithPath: "\(starting)/events.jsonl"))
        try createDead(7200)
        #expect(!FileManager.default.fileExists(atPath: starting))
        // A process that is no more begins nothing.
        let abandoned = URL(fileURLWithPath: starting).deletingLastPathComponent()
            .appending(path: "19690101T000000Z-\(Int32.max)").path
        try FileManager.default.createDirectory(
            atPath: abandoned, withIntermediateDirectories: true)
        try createDead(7260)
        #expect(!FileManager.default.fileExists(atPath: abandoned))
    }

    @Test func `a run that is not there is told beside those that are`() throws {
        #expect(throws: RunRecordError.noRuns(directory: project)) {
            try RunDirectory.find(nil, project: project)
        }
        let kept = URL(fileURLWithPath: try create(0)).lastPathComponent
        #expect(throws: RunRecordError.unknownRun(name: "yesterday", kept: [kept])) {
            try RunDirectory.find("yesterday", project: project)
        }
    }

    @Test func `a run that was killed loses its control socket to the next`() throws {
        let killed = try create(0)
        let path = "\(killed)/control"
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        try #require(path.utf8.count < MemoryLayout.size(ofValue: address.sun_path))
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let isBound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        #expect(isBound == 0)
        // As after a kill: the path is there, and nobody listens.
        close(descriptor)
        #expect(FileManager.default.fileExists(atPath: path))
        _ = try create(60)
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func `a host joins only with slaves of the run's sources`() throws {
        func host(_ name: String, _ target: String, _ build: String)
            -> RunDescription.HostDescription
        {
            RunDescription.HostDescription(
                name: name, target: target, endpoint: .local, command: ["slave"], build: build)
        }
        let run = RunDescription(
            application: "a", interfaceHash: "ab", directory: "", hosts: [host("one", "x", "1")])
        #expect(throws: Never.self) {
            try HostsOfRun.check(host("two", "x", "1"), "ab", against: run)
            try HostsOfRun.check(host("two", "y", "7"), "ab", against: run)
        }
        for (build, interface) in [("2", "ab"), ("1", "cd")] {
            #expect(throws: HostsOfRunError.otherSources(host: "two")) {
                try HostsOfRun.check(host("two", "x", build), interface, against: run)
            }
        }
    }

    @Test func `what the run refuses is an error in its words`() {
        #expect(throws: HostsOfRunError.refused("host 'x' is not in the run")) {
            try HostsOfRun.tell(.refused("host 'x' is not in the run"))
        }
    }

    @Test func `resume needs a journal`() {
        #expect(throws: (any Error).self) { try RunCommand.parse(["--resume"]) }
        #expect(throws: Never.self) { try RunCommand.parse(["--journal", "j", "--resume"]) }
    }

    @Test(arguments: [
        (
            RunRecordError.noRuns(directory: "p").diagnostic.rendered,
            "error: no run was started in 'p'\n  help: marionette run"
        ),
        (
            RunRecordError.unknownRun(name: "x", kept: ["1", "2"]).diagnostic.rendered,
            "error: there is no run 'x'\n  note: those kept: 1, 2"
        ),
        (
            HostsOfRunError.otherSources(host: "pi").diagnostic.rendered,
            """
            error: host 'pi' can't join: the sources changed since the run began
              help: undo the change, or end the run and start it again
            """
        ),
        (
            PreparationError.unknownHost(name: "p1", nearest: "pi1").diagnostic.rendered,
            "error: host 'p1' is not in marionette.yaml\n  help: did you mean 'pi1'?"
        ),
    ])
    func `each error is told in these words`(told: String, expected: String) {
        #expect(told == expected)
    }
}
