import Foundation
import TestKit
import Testing
import Transport

@testable import Marionette

/// A run that may have too few open files says so before it starts.
@Suite(.timeLimit(.minutes(20))) struct DescriptorTests {
    private func start(
        _ place: MasterPlace, hosts: Int, limit: String
    ) throws -> TestProcess {
        try place.start(
            ["end", "return", "50", "0"], hosts: hosts,
            prefix: ["bash", "-c", "ulimit \(limit); exec \"$@\"", "bash"])
    }

    @Test(arguments: [1, 7, 100, 1000])
    func `too few descriptors are told before the run starts, with what to type`(hosts: Int) throws
    {
        let place = try MasterPlace()
        let needed = RunLimits.descriptorsBeside + hosts * RunLimits.descriptorsLocal
        let limit = needed - 1
        let master = try start(place, hosts: hosts, limit: "-n \(limit)")
        defer { master.end() }
        #expect(try master.waitForEnd() == .exited(78), "\(master.told)")
        #expect(
            master.errors == """
                error: a run of \(hosts) \(hosts == 1 ? "host" : "hosts") needs \(needed) open files, \
                this process may have \(limit)
                  help: ulimit -n \(needed)

                """)
        // Nothing was begun.
        let left = try FileManager.default.contentsOfDirectory(atPath: place.runDirectory)
        #expect(left == ["run.json"])
    }

    @Test func `a soft limit is raised for the run, and workers see the one that was`() throws {
        let place = try MasterPlace()
        let slave = try TrialRun.slave.get().path
        let master = try place.start(
            ["end", "return", "50", "0"], hosts: 12,
            prefix: ["bash", "-c", "ulimit -S -n 200; exec \"$@\"", "bash"]
        ) { description in
            for index in description.hosts.indices {
                description.hosts[index].command = [
                    "sh", "-c", "echo \"limit $(ulimit -S -n)\" >&2; exec \"$0\" \"$@\"", slave,
                ]
            }
        }
        defer { master.end() }
        #expect(try master.waitForEnd() == .exited(0), "\(master.told)")
        let limits = try place.events().filter { $0.kind == .log }.compactMap(\.text)
        #expect(limits == Array(repeating: "limit 200", count: limits.count))
        #expect(!limits.isEmpty)
    }

    @Test func `what a slave says that its workers need is enough`() async throws {
        let slave = try TrialRun.slave.get().path
        let command = ["bash", "-c", "ulimit -n 548; exec \"$0\" \"$@\"", slave]
        // What the tests left open for it counts as well: fewer workers fit, then.
        for workers in [256, 240, 200] {
            var fits = false
            try await TrialRun.with(workers: workers, command: command) { run in
                let first = try await run.event { $0.kind == .hostLost || $0.kind == .hello }
                guard first.kind == .hello else {
                    #expect(first.text?.contains("open files") == true, "\(first.text ?? "")")
                    return
                }
                for try await _ in run.client.square(each: 0..<500) {}
                #expect(try !run.events().contains { $0.kind == .hostLost })
                fits = true
            }
            if fits { return }
        }
        Issue.record("not even 200 workers fit")
    }

    @Test(arguments: [64, 256])
    func `a slave raises a soft limit that is too low for its workers`(limit: Int) async throws {
        let slave = try TrialRun.slave.get().path
        let command = ["bash", "-c", "ulimit -S -n \(limit); exec \"$0\" \"$@\"", slave]
        try await TrialRun.with(workers: 250, command: command) { run in
            for try await _ in run.client.square(each: 0..<500) {}
            let events = try run.events()
            #expect(!events.contains { $0.kind == .hostLost })
            #expect(events.contains { $0.kind == .hello && $0.workers == 250 })
        }
    }

    /// With 256 open files at most.
    private func narrowSlave() throws -> [String] {
        ["bash", "-c", "ulimit -n 256; exec \"$0\" \"$@\"", try TrialRun.slave.get().path]
    }

    @Test func `a slave that may have few open files serves the workers that they are enough for`()
        async throws
    {
        try await TrialRun.with(workers: 64, command: narrowSlave()) { run in
            for round in 0..<3 as Range<Int32> {
                for try await _ in run.client.square(each: 0..<500) {}
                try await run.client.add(round)
            }
            let events = try run.events()
            #expect(!events.contains { $0.kind == .hostLost })
        }
    }

    @Test func `a slave that may have too few open files says so when it is asked for its workers`()
        async throws
    {
        try await TrialRun.with(workers: 250, command: narrowSlave()) { run in
            let lost = try await run.event { $0.kind == .hostLost }
            // What the tests left open for it counts as well.
            let text = try #require(lost.text)
            let needed = try #require(text.split(separator: " ").last.flatMap { Int($0) })
            #expect(needed >= 2 * 250 + 24)
            #expect(
                text == """
                    its slave was refused memory, processes or files by its system: slave: 250 workers \
                    need \(needed) open files, \
                    the limit on this host is 256: ulimit -n \(needed)
                    """)
        }
    }
}
