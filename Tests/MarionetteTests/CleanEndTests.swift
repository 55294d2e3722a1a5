import Foundation
import RunRecords
import TestKit
import Testing
import Transport

@testable import Marionette

/// However a master ends, nothing of its run is left.
@Suite(.timeLimit(.minutes(20))) struct CleanEndTests {
    /// Where slaves put their nameless files, and whoever else something temporary.
    private struct Scene {
        let place: MasterPlace
        let temporary: String

        init() throws {
            place = try MasterPlace()
            temporary = place.path("tmp")
            try FileManager.default.createDirectory(
                atPath: temporary, withIntermediateDirectories: true)
        }

        func start(_ arguments: [String], journal: String? = nil) throws -> TestProcess {
            try place.start(
                arguments, hosts: 2, journal: journal, environment: ["TMPDIR": temporary])
        }

        /// The slaves and workers of the run so far.
        func processes() throws -> [Int32] {
            try place.events().filter { [.hello, .workerStarted].contains($0.kind) }
                .compactMap(\.process)
        }

        /// Waits until both hosts have their slave and two workers each.
        func untilAllWork() async throws {
            while (try? processes().count) ?? 0 < 6 {
                try Task.checkCancellation()
                await Task.yield()
            }
        }

        /// An operation takes an hour here: in five minutes only what is ended is gone.
        func expectNothingLeft(after processes: [Int32]) async throws {
            var rest = processes
            let start = ContinuousClock.now
            while !rest.isEmpty, ContinuousClock.now - start < .seconds(300) {
                await Task.yield()
                rest = rest.filter(isAlive)
            }
            #expect(rest.isEmpty, "300 s later these are left: \(rest)")
            let files = try FileManager.default.contentsOfDirectory(atPath: temporary)
            #expect(files == [])
        }
    }

    @Test(arguments: [SIGTERM, SIGHUP, SIGQUIT, SIGKILL])
    func `a signal ends the run and all its processes at once`(signal: Int32) async throws {
        let scene = try Scene()
        let master = try scene.start(["sums", "40", "3600000", "1"])
        defer { master.end() }
        try await scene.untilAllWork()
        let processes = try scene.processes()
        master.signal(signal)
        let ending = try master.waitForEnd(within: 300)
        #expect(ending == (signal == SIGKILL ? .signalled(SIGKILL) : .exited(130)))
        try await scene.expectNothingLeft(after: processes)
        let control = scene.place.runDirectory + "/control"
        if signal == SIGKILL {
            // Nobody was there to remove it; the next run does.
            RunControl.removeIfDead(directory: scene.place.runDirectory)
        } else {
            let text = signal == SIGTERM ? "the run was terminated" : "the run was interrupted"
            #expect(master.errors.contains("error: \(text)\n"), "\(master.errors)")
            #expect(try scene.place.events().last?.kind == .end)
        }
        #expect(!FileManager.default.fileExists(atPath: control))
    }

    @Test func `Ctrl-C lets what was sent end, and no more is sent`() async throws {
        let scene = try Scene()
        let journal = scene.place.path("journal")
        let master = try scene.start(["sums", "100000", "20", "1"], journal: journal)
        defer { master.end() }
        try await scene.untilAllWork()
        try master.waitForText("result ")
        let processes = try scene.processes()
        // As a terminal does it: to the whole process group.
        master.signalGroup(SIGINT)
        #expect(try master.waitForEnd() == .exited(130))
        try await scene.expectNothingLeft(after: processes)
        #expect(
            master.errors.contains(
                "interrupted: what was sent to hosts may end; Ctrl-C again stops it\n"))
        #expect(master.errors.contains("error: the run was interrupted\n"), "\(master.errors)")

        let events = try scene.place.events()
        let draining = try #require(events.firstIndex { $0.kind == .draining })
        let later = events[draining...]
        #expect(later.contains { $0.kind == .operations && $0.outcome == "done" })
        #expect(!later.contains { $0.kind == .operationRetried || $0.kind == .hostLost })
        // What ended is in the journal, to the last one.
        let done = events.filter { $0.outcome == "done" }.flatMap { $0.ended ?? [] }
        let file = try JournalFile(
            path: journal, application: "trial",
            interfaceHash: "010203" + String(repeating: "0", count: 58), resume: true)
        #expect(try file.index().places == Set(done.map(\.place)))
    }

    @Test func `Ctrl-C again ends the run at once, whatever is executed`() async throws {
        let scene = try Scene()
        let master = try scene.start(["sums", "40", "3600000", "1"])
        defer { master.end() }
        try await scene.untilAllWork()
        let processes = try scene.processes()
        master.signalGroup(SIGINT)
        try master.waitForText("Ctrl-C again stops it")
        #expect(processes.allSatisfy(isAlive))
        master.signalGroup(SIGINT)
        #expect(try master.waitForEnd(within: 300) == .exited(130))
        try await scene.expectNothingLeft(after: processes)
    }

    @Test(arguments: [false, true])
    func `a program whose output nobody reads ends by SIGPIPE, and nothing is left`(
        overSSH: Bool
    ) async throws {
        let scene = try Scene()
        let server = try overSSH ? TestSSHServer() : nil
        let pipeline = ["bash", "-c", #""$@" | head -n 1; exit "${PIPESTATUS[0]}""#, "bash"]
        let master = try scene.place.start(
            ["sums", "1000000", "1", "1"], environment: ["TMPDIR": scene.temporary],
            prefix: pipeline
        ) { description in
            guard let server else { return }
            description.hosts[0].endpoint = .ssh(
                SSHDestination(host: server.alias, configuration: server.configuration))
        }
        defer { master.end() }
        #expect(try master.waitForEnd() == .exited(128 + SIGPIPE), "\(master.told)")
        #expect(master.output.split(separator: "\n").count == 1)
        #expect(try scene.place.events().allSatisfy { $0.kind != .end })
        try await scene.expectNothingLeft(after: try scene.processes())
    }

    @Test func `a program whose errors nobody reads ends with its own exit code`() throws {
        let scene = try Scene()
        // A pipe whose reader has ended, as its writer learns by trying.
        let pipeline = [
            "bash", "-c",
            #"exec 3> >(exec true); trap "" PIPE; while echo >&3; do :; done 2>/dev/null; "#
                + #"trap - PIPE; exec 2>&3; "$@""#,
            "bash",
        ]
        let master = try scene.place.start(
            ["end", "throw", "3", "0"], environment: ["TMPDIR": scene.temporary],
            prefix: pipeline)
        defer { master.end() }
        #expect(try master.waitForEnd() == .exited(1), "\(master.told)")
    }

    private struct End: CustomTestStringConvertible {
        var program: [String]
        var outcome: RunOutcome
        var text: String
        var testDescription: String { outcome.rawValue }
    }

    @Test(arguments: [
        End(program: ["end", "return", "3", "0"], outcome: .done, text: "done"),
        End(
            program: ["end", "throw", "3", "0"], outcome: .threw,
            text: "the picture is too small"),
        End(
            program: ["end", "wait", "3", "0"], outcome: .interrupted,
            text: "the run was terminated"),
        End(program: ["end", "return", "3", "0"], outcome: .failed, text: "all hosts are gone"),
    ])
    private func `the event log tells how a run ended`(end: End) throws {
        let scene = try Scene()
        let master = try scene.place.start(
            end.program, hosts: 2, environment: ["TMPDIR": scene.temporary]
        ) { description in
            guard end.outcome == .failed else { return }
            for index in description.hosts.indices {
                description.hosts[index].command = ["/nowhere/slave"]
            }
        }
        defer { master.end() }
        if end.outcome == .interrupted {
            try master.waitForText("ends\n")
            master.signal(SIGTERM)
        }
        try master.waitForEnd()
        let last = try #require(try scene.place.events().last)
        #expect(last.kind == .end)
        #expect(last.outcome == end.outcome.rawValue)
        #expect(last.text == end.text)
    }

    @Test func `a program that awaits something is told that its run was interrupted`()
        async throws
    {
        let whole = await runError {
            try await TrialRun.with(workers: 1) { run in
                async let sent = run.client.process(milliseconds: 200)
                while try run.events().allSatisfy({ $0.kind != .workerStarted }) {
                    await Task.yield()
                }
                let waiting = Task {
                    for try await _ in run.client.square(each: 0..<1_000_000, milliseconds: 5) {}
                }
                try await run.untilTaken(2)
                #expect(run.master.queue.submit(.interrupted(signal: SIGINT)))
                let late = await runError { _ = try await run.client.square(1) }
                let update = await runError { try await run.client.add(1) }
                #expect(late == .interrupted(signal: SIGINT))
                #expect(update == .interrupted(signal: SIGINT))
                let worker = try await sent
                #expect(worker > 0)
                let error = await runError { try await waiting.value }
                #expect(error == .interrupted(signal: SIGINT))
            }
        }
        #expect(whole == .interrupted(signal: SIGINT))
    }
}

/// A process that init has yet to reap counts as gone.
func isAlive(_ process: Int32) -> Bool {
    guard let stat = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
    else { return false }
    return !stat.contains(") Z ")
}
