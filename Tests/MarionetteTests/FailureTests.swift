import Foundation
import RunRecords
import Scheduling
import Synchronization
import TestKit
import Testing

@testable import Marionette

@Suite(.timeLimit(.minutes(20))) struct FailureTests {
    @Test func `results are the same when a worker is killed in the middle`() async throws {
        try await TrialRun.with(workers: 2) { run in
            var results: [Int64] = []
            let victim = try await run.client.process(milliseconds: 0)
            for try await result in run.client.square(each: 0..<200, milliseconds: 2) {
                results.append(result)
                if results.count == 20 { kill(victim, SIGKILL) }
            }
            #expect(results.sorted() == squares(200))
            // Where this task was slow nothing was left to do: then its end is told after the results.
            let end = try await run.event { $0.kind == .workerEnded && $0.process == victim }
            #expect(end.text == "killed by SIGKILL")
        }
    }

    @Test(arguments: [1, 2])
    func `results are the same when a slave is killed in the middle`(hosts: Int) async throws {
        try await TrialRun.with(hosts: hosts) { run in
            var results: [Int64] = []
            try await run.client.add(3)
            run.client.table = [5]
            var isRetried = false
            var rounds = 0
            // Where this task was slow, the slave had nothing left to do: another time.
            while !isRetried {
                rounds += 1
                for try await result in run.client.square(each: 0..<200, milliseconds: 2) {
                    results.append(result)
                    guard results.count % 20 == 0, !isRetried else { continue }
                    isRetried = try run.events().contains { $0.kind == .operationRetried }
                    if !isRetried, let slave = try run.slaveProcesses().last {
                        kill(slave, SIGKILL)
                    }
                }
            }
            let all = (0..<rounds).flatMap { _ in squares(200, plus: 3) }
            #expect(results.sorted() == all.sorted())
            let look = try await run.client.look(0)
            #expect(look == (5, 1))
            let lost = try run.events().filter { $0.kind == .hostLost }
            #expect(Set(lost.map(\.text)) == ["its slave was killed by SIGKILL"])
        }
    }

    @Test func `results are the same when a replica is killed in the middle`() async throws {
        try await TrialRun.with(hosts: 2) { run in
            try await run.client.add(3)
            var results: [Int64] = []
            for try await result in run.client.square(each: 0..<200, milliseconds: 2) {
                results.append(result)
                guard results.count == 20 else { continue }
                let worker = try await run.event {
                    $0.kind == .workerStarted && $0.host == "h1" && $0.position == 1
                }
                kill(try #require(worker.process.flatMap(parent(of:))), SIGKILL)
            }
            #expect(results.sorted() == squares(200, plus: 3))
            let lost = try await run.event { $0.kind == .hostLost }
            #expect(
                (lost.host, lost.text) == (
                    "h1", "its slave gave up: a replica, or one worker after the other, was gone"
                ))
            try await run.event {
                $0.text == "slave: the replica of position 1 was ended by SIGKILL"
            }
        }
    }

    @Test func `an operation that kills each worker fails alone and says how`() async throws {
        try await TrialRun.with(workers: 2) { run in
            async let sound = run.client.square(9, milliseconds: 50)
            let error = await #expect(throws: RunError.self) {
                try await run.client.crash(.segmentationFault)
            }
            guard
                case .operationPoisoned(
                    let name, let kills, let how, let host, _, let attempt, .written) = error
            else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(name == "crash")
            #expect(kills == 3)
            #expect(how == "killed by SIGSEGV")
            #expect(host == "h1")
            #expect(attempt == 3)
            let result = try await sound
            #expect(result == 81)
            let next = try await run.client.square(2)
            #expect(next == 4)
        }
    }

    @Test func `a crash in a serial run is told at once, and the program goes on`() async throws {
        try await TrialRun.with(serial: true) { run in
            try await run.client.add(3)
            let error = await #expect(throws: RunError.self) {
                try await run.client.crash(.segmentationFault)
            }
            #expect(
                error?.diagnostic.rendered == """
                    error: operation 'crash' killed its worker
                      note: host 'h1', worker 0, attempt 1, killed by SIGSEGV
                      note: capsule: \(run.directory.path)/capsule-1
                      help: marionette replay \(run.directory.path)/capsule-1 --debug
                    """)
            let next = try await run.client.square(2)
            #expect(next == 7)
        }
    }

    @Test
    func `in a serial run a once operation behind one that kills its process is executed, once`()
        async throws
    {
        let directory = try TemporaryDirectory("once")
        let path = "\(directory.path)/notes"
        try await TrialRun.with(workers: 1, serial: true) { run in
            for round in 1...5 {
                let busy = Task { try await run.client.square(1, milliseconds: 300) }
                try await run.untilTaken(4 * round - 3)
                let killer = Task { try await run.client.crash(.kill) }
                try await run.untilTaken(4 * round - 2)
                let notes = [path, path].map { path in
                    Task { try await run.client.note(path) }
                }
                _ = try await busy.value
                await #expect(throws: RunError.self) { try await killer.value }
                for note in notes { try await note.value }
                #expect(procFile(path).count == 2 * round)
            }
            #expect(try !run.events().contains { $0.kind == .hostLost })
        }
    }

    @Test(arguments: [false, true])
    func `an operation that is executed once is not repeated when its worker dies`(
        inSerialRun: Bool
    ) async throws {
        try await TrialRun.with(workers: 1, serial: inSerialRun) { run in
            await #expect(
                throws: RunError.fateUnknown(
                    operation: "crashOnce", host: "h1",
                    how: "its worker ended (killed by SIGKILL)")
            ) { try await run.client.crashOnce(.kill) }
            let ends = try run.events().filter { $0.kind == .workerEnded }
            #expect(ends.count == 1)
        }
    }

    @Test func `an operation's own failure is its error, and the run goes on`() async throws {
        try await TrialRun.with { run in
            await #expect(
                throws: RunError.operationFailed(
                    operation: "crash", host: "h1", reason: "asked to fail at 0")
            ) { try await run.client.crash(.failure) }
            let next = try await run.client.square(2)
            #expect(next == 4)
        }
    }

    @Test func `a context operation that fails ends the run`() async throws {
        let expected = RunError.updateFailed(
            host: "h1", operation: "add", reason: "-1 is less than nothing")
        let whole = await runError {
            try await TrialRun.with { run in
                let first = await runError { try await run.client.add(-1) }
                let next = await runError { _ = try await run.client.square(1) }
                #expect(first == expected)
                #expect(next == expected)
            }
        }
        #expect(whole == expected)
    }

    @Test(arguments: [1, 2])
    func `a context operation that kills its process ends the run, and its signal is told`(
        hosts: Int
    ) async throws {
        let whole = await runError {
            try await TrialRun.with(hosts: hosts) { run in
                while try run.slaveProcesses().count < hosts {
                    try await Task.sleep(for: .milliseconds(5))
                }
                try await run.client.add(2)
                let first = await runError { try await run.client.add(2_000_000) }
                let next = await runError { _ = try await run.client.square(1) }
                #expect(first == next)
                throw first ?? RunError.runEnded
            }
        }
        guard case .updateFailed(let host, "add", "'add' was ended by SIGSEGV")? = whole else {
            Issue.record("\(String(describing: whole))")
            return
        }
        #expect(["h1", "h2"].contains(host))
    }

    @Test
    func `a run whose hosts are gone waits, says so, and fails after the time that was asked for`()
        throws
    {
        let place = try MasterPlace()
        let master = try place.start(["sums", "1", "0", "1"], hosts: 2) { description in
            // Both of them have ended by then, and neither so often that it is given up.
            description.hostWait = 20
            for index in description.hosts.indices {
                description.hosts[index].command = ["sh", "-c", "exit 5"]
            }
        }
        defer { master.end() }
        try master.waitForEnd()
        #expect(master.status == 69)
        #expect(
            master.errors.contains(
                "warning: no host is connected; the run fails if none comes within 20 s\n"),
            "\(master.errors)")
        let error = """
            error: no host was connected for 20 s
              note: host 'h1': its slave exited with status 5
              note: host 'h2': its slave exited with status 5
              help: read what the slaves did and said in '\(place.runDirectory)/events.jsonl'

            """
        #expect(master.errors.hasSuffix(error), "\(master.errors)")
    }

    @Test func `a run without hosts ends after the stated time and says why`() async throws {
        var policy = Policy()
        policy.noHostMax = .seconds(20)
        policy.failuresMax = 1000
        let error = await runError {
            try await TrialRun.with(policy: policy, command: ["false"]) { run in
                _ = try await run.client.square(1)
            }
        }
        guard case .noHost(20, let reasons, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(reasons == ["host 'h1': its slave exited with status 1"])
    }

    @Test func `a shell that takes the slave for a script is told as a machine of another kind`()
        async throws
    {
        let script = "echo 'slave: line 1: syntax error: unexpected word' >&2; exit 2"
        let error = await runError {
            try await TrialRun.with(hosts: 2, command: ["sh", "-c", script]) { run in
                _ = try await run.client.square(1)
            }
        }
        guard case .allHostsGone(let reasons, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        let said = "slave: line 1: syntax error: unexpected word"
        #expect(
            reasons
                == ["h1", "h2"].map {
                    "host '\($0)': its machine can't execute slaves for here: \(said)"
                })
    }

    @Test func `a run whose hosts can't execute their slave ends at once`() async throws {
        let error = await runError {
            try await TrialRun.with(hosts: 2, command: ["/nonexistent/slave"]) { run in
                _ = try await run.client.square(1)
            }
        }
        let reason = "'/nonexistent/slave --serve' did not start: no such file or directory"
        #expect(error == .allHostsGone(reasons: ["host 'h1': \(reason)", "host 'h2': \(reason)"]))
    }

    @Test func `a slave of another interface is refused`() async throws {
        await #expect(throws: RunError.interfaceMismatch(host: "h1")) {
            try await TrialRun.with(interface: Trial.otherInterface) { run in
                _ = try await run.client.square(1)
            }
        }
    }

    @Test func `a program of another interface than its run is refused before anything starts`() {
        var description = RunDescription(
            application: "trial", interfaceHash: "00", directory: "", hosts: [])
        description.interfaceHash = String(repeating: "0", count: 64)
        #expect(throws: RunError.programMismatch(application: "Trial")) {
            try Master.start(description, Trial.interface)
        }
    }

    @Test func `no process remains after a run, whichever way it ended`() async throws {
        let processes = Mutex<[Int32]>([])
        try? await TrialRun.with(hosts: 2) { run in
            while try run.slaveProcesses().count < 2 { await Task.yield() }
            async let first = run.client.process(milliseconds: 20)
            async let second = run.client.process(milliseconds: 20)
            let workers = try await [first, second]
            let slaves = try run.slaveProcesses()
            processes.withLock { $0 = workers + slaves }
            _ = Task { try await run.client.square(1, milliseconds: 60_000) }
            try await run.untilTaken(3)
            throw CancellationError()
        }
        let started = processes.withLock { $0 }
        #expect(started.count >= 4)
        try await untilGone(started)
    }

    private func untilGone(_ processes: [Int32]) async throws {
        for process in processes {
            while isAlive(process) {
                try Task.checkCancellation()
                await Task.yield()
            }
        }
    }
}

/// The error of the run that `body` ends with; nil where it ends well or otherwise.
func runError(_ body: () async throws -> Void) async -> RunError? {
    do { try await body() } catch { return error as? RunError }
    return nil
}
