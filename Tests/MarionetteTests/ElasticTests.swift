import Foundation
import RunRecords
import Scheduling
import TestKit
import Testing

@testable import Marionette

/// Hosts that come and go while a run goes on, by way of its control socket.
@Suite(.timeLimit(.minutes(20))) struct ElasticTests {
    @Test func `a host that is added joins with the context and the shared data of now`()
        async throws
    {
        try await TrialRun.with(workers: 1) { run in
            try await run.client.add(3)
            run.client.table = [7, 8]
            _ = try await run.client.look(0)
            let answer = try run.ask(.add(run.host("h2")))
            #expect(answer == .done("host 'h2' joined with 2 workers"))
            let drained = try run.ask(.drain(host: "h1"))
            #expect(drained == .done("host 'h1' has left the run"))
            let square = try await run.client.square(4)
            let look = try await run.client.look(1)
            #expect(square == 19)
            #expect(look == (8, 2))
            let joined = try run.events().filter { $0.kind == .host }.map(\.host)
            #expect(joined == ["h1", "h2"])
        }
    }

    @Test func `a host that is drained finishes what it has, and nothing is executed twice`()
        async throws
    {
        try await TrialRun.with(hosts: 2) { run in
            var results: [Int64] = []
            for try await result in run.client.square(each: 0..<400, milliseconds: 2) {
                results.append(result)
                if results.count == 50 {
                    let answer = try run.ask(.drain(host: "h2"))
                    #expect(answer == .done("host 'h2' has left the run"))
                }
            }
            #expect(results.sorted() == squares(400))
            let events = try run.events()
            #expect(!events.contains { $0.kind == .operationRetried })
            #expect(!events.contains { $0.kind == .hostLost })
            let left = try #require(events.first { $0.kind == .hostLeft })
            #expect(left.host == "h2")
            let later = events.contains {
                $0.kind == .operations && $0.host == "h2" && $0.t > left.t
            }
            #expect(!later)
        }
    }

    @Test func `a host that is removed leaves at once, and its operations go elsewhere`()
        async throws
    {
        try await TrialRun.with(hosts: 2, workers: 1) { run in
            while try run.slaveProcesses().count < 2 { await Task.yield() }
            let gate = run.directory.appendingPathComponent("gate").path
            async let first = run.client.wait(for: gate)
            async let second = run.client.wait(for: gate)
            try await run.untilTaken(2)
            #expect(try run.ask(.remove(host: "h2")) == .done("host 'h2' has left the run"))
            try Data().write(to: URL(fileURLWithPath: gate))
            let workers = try await [first, second]
            #expect(Set(workers).count == 1)
            let next = try await run.client.square(3)
            #expect(next == 9)
            let hosts = Set(
                try run.events().filter { $0.kind == .operations }.compactMap(\.host))
            #expect(hosts == ["h1"])
        }
    }

    @Test func `if no host is left, one that was removed is listed as that, not with an old fault`()
        async throws
    {
        var policy = Policy()
        policy.failuresMax = 2
        let error = await runError {
            try await TrialRun.with(hosts: 2, policy: policy) { run in
                let slave = { (host: String, number: Int) in
                    while true {
                        let hellos = try run.events().filter {
                            $0.kind == .hello && $0.host == host
                        }
                        if hellos.count >= number { return hellos[number - 1].process }
                        await Task.yield()
                    }
                }
                kill(try #require(try await slave("h1", 1)), SIGKILL)
                _ = try await slave("h1", 2)
                #expect(try run.ask(.remove(host: "h1")) == .done("host 'h1' has left the run"))
                for number in 1...2 { kill(try #require(try await slave("h2", number)), SIGKILL) }
                _ = try await run.client.square(3, milliseconds: 600_000)
            }
        }
        #expect(
            error?.diagnostic.notes == [
                "host 'h1' has left the run", "host 'h2': its slave was killed by SIGKILL",
            ])
    }

    @Test func `what a host that was removed still answers is nobody's, and the run goes on`()
        async throws
    {
        try await TrialRun.with(hosts: 2, workers: 2) { run in
            async let sum: Int64 = {
                var sum: Int64 = 0
                for try await result in run.client.square(each: 0..<3000, milliseconds: 1) {
                    sum += result
                }
                return sum
            }()
            for _ in 0..<12 {
                #expect(
                    try run.ask(.remove(host: "h2")) == .done("host 'h2' has left the run"))
                #expect(
                    try run.ask(.add(run.host("h2"))) == .done("host 'h2' joined with 2 workers"))
            }
            let total = try await sum
            #expect(total == squares(3000).reduce(0, +))
        }
    }

    @Test func `a host that left comes back, and one that is there is not added twice`()
        async throws
    {
        try await TrialRun.with(hosts: 2) { run in
            _ = try await run.client.square(1)
            #expect(
                try run.ask(.add(run.host("h1"))) == .refused("host 'h1' is in the run already"))
            #expect(try run.ask(.drain(host: "h1")) == .done("host 'h1' has left the run"))
            #expect(try run.ask(.drain(host: "h1")) == .refused("host 'h1' has left the run"))
            #expect(
                try run.ask(.add(run.host("h1"))) == .done("host 'h1' joined with 2 workers"))
            #expect(try run.ask(.remove(host: "h3")) == .refused("host 'h3' is not in the run"))
            for try await _ in run.client.square(each: 0..<100) {}
            try await run.master.finish()
            var statistics = RunStatistics()
            for event in try run.events() { statistics.apply(event) }
            #expect(statistics.hosts.map(\.name) == ["h1", "h2"])
            #expect(statistics.hosts.map(\.operations).reduce(0, +) == 101)
        }
    }

    @Test func `a host that can't be added is told with the reason`() async throws {
        try await TrialRun.with { run in
            var host = run.host("h2")
            host.command = ["/nonexistent/slave"]
            guard case .refused(let reason) = try run.ask(.add(host)) else {
                Issue.record("it was added")
                return
            }
            #expect(reason.hasPrefix("host 'h2'"), "\(reason)")
            let square = try await run.client.square(2)
            #expect(square == 4)
        }
    }

    @Test func `the control socket is its user's alone, and gone after the run`() async throws {
        let path = try await withDirectory { directory in
            // Longer than a socket's address has room for.
            let long = directory + "/" + String(repeating: "long-", count: 40)
            try FileManager.default.createDirectory(
                atPath: long, withIntermediateDirectories: true)
            try await TrialRun.with(directory: long) { run in
                _ = try await run.client.square(1)
                var status = stat()
                #expect(stat(long + "/control", &status) == 0)
                #expect(status.st_mode & 0o777 == 0o600)
                let answer = try run.ask(.list)
                #expect(
                    answer
                        == .hosts([ControlHost(name: "h1", target: "here", state: .connected)]))
            }
            #expect(!FileManager.default.fileExists(atPath: long + "/control"))
            return long
        }
        #expect(throws: RunError.self) { try RunControl.ask(.list, of: path) }
    }

    @Test func `who says nothing, or nonsense, holds nobody up`() async throws {
        try await TrialRun.with { run in
            let mute = SocketAddress.makeSocket()
            defer { close(mute) }
            #expect(
                SocketAddress.use(run.directory.path + "/control") { connect(mute, $0, $1) } == 0)
            let loud = SocketAddress.makeSocket()
            defer { close(loud) }
            #expect(
                SocketAddress.use(run.directory.path + "/control") { connect(loud, $0, $1) } == 0)
            let stream = ControlStream(descriptor: loud)
            #expect(stream.send(["nonsense"]))
            #expect(
                stream.receive(ControlAnswer.self) == .refused("that is no request"))
            guard case .hosts = try run.ask(.list) else {
                Issue.record("no list")
                return
            }
        }
    }

    @Test func `a host that was absent joins when it comes up`() async throws {
        try await withDirectory { directory in
            let marker = directory + "/is-up"
            // As 'marionette hosts add' ends where the host is not there.
            let script = """
                echo "$1" >> \(directory)/sought
                test -e \(marker) || { echo 'error: host is away' >&2; exit 69; }
                """
            let absent = RunDescription.Absence(
                hosts: ["h9"], command: ["/bin/sh", "-c", script, "sh"])
            try await TrialRun.with(absent: absent) { run in
                func sought() -> Int {
                    let text = try? String(contentsOfFile: directory + "/sought", encoding: .utf8)
                    return text?.split(separator: "\n").count { $0 == "h9" } ?? 0
                }
                while sought() < 2 { await Task.yield() }
                try Data().write(to: URL(fileURLWithPath: marker))
                let answer = try run.ask(.add(run.host("h9")))
                #expect(answer == .done("host 'h9' joined with 2 workers"))
                let count = sought()
                for try await _ in run.client.square(each: 0..<50, milliseconds: 10) {}
                // Found hosts are not looked for.
                #expect(sought() <= count + 1)
            }
        }
    }

    @Test func `nobody looks for hosts any more when the run has ended`() async throws {
        try await withDirectory { directory in
            let script = "echo $$ > \(directory)/pid; exec cat"
            let absent = RunDescription.Absence(
                hosts: ["h9"], command: ["/bin/sh", "-c", script, "sh"])
            func process() -> Int32? {
                let text = try? String(contentsOfFile: directory + "/pid", encoding: .utf8)
                return text.flatMap { Int32($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
            }
            try await TrialRun.with(absent: absent) { _ in
                while process() == nil { await Task.yield() }
            }
            let number = try #require(process())
            // Its parent, the run, is no more; whoever adopted it may take a moment.
            while isAlive(number) { await Task.yield() }
        }
    }

    private func withDirectory<Value>(
        _ body: (String) async throws -> Value
    ) async throws -> Value {
        let directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("marionette-elastic-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        return try await body(directory)
    }
}
