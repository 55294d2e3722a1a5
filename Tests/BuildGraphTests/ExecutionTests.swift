import Diagnostics
import Foundation
import Synchronization
import Testing

@testable import BuildGraph

@Suite struct ExecutionTests {
    let shop: Workshop

    init() throws {
        shop = try Workshop()
        try shop.write("a", to: "a.c")
    }

    @Test func `a dry run tells what would run and changes nothing`() async throws {
        func steps(_ signature: String) -> [Step] {
            [
                shop.join("one", ["a.c"], signature: signature), shop.join("two", ["one"]),
                shop.join("other", ["a.c"]),
            ]
        }
        try await shop.build(steps("1"))
        _ = shop.takeNotes()
        let before = try shop.snapshot()
        let told = try await shop.explain(steps("2"), executor: DryRunExecutor())
        #expect(
            told == [
                "one: the command line changed", "two: input 'one' would be made again",
            ])
        #expect(shop.takeNotes() == [])
        #expect(try shop.snapshot() == before)
    }

    @Test func `a dry run of a new project makes no log`() async throws {
        try await shop.build([shop.join("one", ["a.c"])], executor: DryRunExecutor())
        #expect(try shop.snapshot().keys.sorted() == ["a.c"])
    }

    @Test func `a failing command is told with all of its output`() async throws {
        let step = shop.shell("echo first; echo second >&2; echo half > $1; exit 7", "out")
        let summary = try await shop.build([step, shop.join("after", ["out"])])
        let failure = try #require(summary.failures.first)
        #expect(failure.output == "first\nsecond\n")
        #expect(failure.status == "exit code 7")
        #expect(failure.command?.prefix(2) == ["sh", "-c"])
        #expect(summary.skipped == 1)
        #expect(!summary.isComplete)
        #expect(shop.read("out") == nil)
    }

    @Test func `a command that a signal ends is told by the signal`() async throws {
        let summary = try await shop.build([shop.shell("kill -9 $$", "out")])
        #expect(summary.failures.map(\.status) == ["killed by SIGKILL"])
    }

    @Test func `a command that does not exist is told`() async throws {
        let step = Step(
            name: "x", inputs: [], outputs: [shop.path("x")],
            action: .command(Step.Command(arguments: ["/no/such/program"])))
        let failure = try #require(try await shop.build([step]).failures.first)
        #expect(failure.status == "exit code 127: a program was not found")
        #expect(failure.output.contains("/no/such/program"))
    }

    @Test func `a command that lacks its output failed`() async throws {
        let summary = try await shop.build([shop.shell("true", "out")])
        #expect(summary.failures.map(\.status) == ["it did not write '\(shop.path("out"))'"])
    }

    @Test func `after a failure nothing new starts, unless the build keeps going`() async throws {
        let steps = [
            shop.shell("exit 1", "bad"), shop.join("after", ["bad"]), shop.join("good", ["a.c"]),
        ]
        let stopped = try await shop.build(steps, jobs: 1)
        #expect(shop.takeNotes() == [])
        #expect(stopped.skipped == 2)
        let kept = try await shop.build(steps, jobs: 1, keepsGoing: true)
        #expect(shop.takeNotes() == ["good"])
        #expect(kept.skipped == 1)
        #expect(kept.failures.map(\.step) == ["bad"])
    }

    @Test func `an interrupted step leaves no output and no process`() async throws {
        let fifo = shop.path("fifo")
        try #require(mkfifo(fifo, 0o600) == 0)
        // The command has children of its own, as a compiler that a wrapper starts.
        let script = "echo half > $1; sleep 1000 & echo $$ > fifo; wait"
        let steps = [shop.shell(script, "out", ["a.c"]), shop.join("after", ["out"])]
        let (shop, build) = (shop, Task { [shop] in try await shop.build(steps) })
        let line = try await onThread {
            try FileHandle(forReadingFrom: URL(fileURLWithPath: fifo)).readToEnd()
        }
        build.cancel()
        let summary = try await build.value
        #expect(summary.wasInterrupted)
        #expect(!summary.isComplete)
        #expect(shop.read("out") == nil)
        let group = String(decoding: try #require(line), as: UTF8.self)
        let id = try #require(pid_t(group.trimmingCharacters(in: .newlines)))
        #expect(kill(id, 0) == -1)
        let working = [shop.shell("echo whole > $1", "out", ["a.c"])]
        #expect(
            try await shop.explain(working) == ["out: it failed or was interrupted last time"])
    }

    @Test func `an interrupted step ends what has a group of its own, as swift build's compilers`()
        async throws
    {
        let fifo = shop.path("fifo")
        try #require(mkfifo(fifo, 0o600) == 0)
        let script = "setsid sh -c 'echo $$ > fifo; sleep 1000; true' & wait"
        let step = shop.shell(script, "out")
        let build = Task { [shop] in try await shop.build([step]) }
        let line = try await onThread {
            try FileHandle(forReadingFrom: URL(fileURLWithPath: fifo)).readToEnd()
        }
        build.cancel()
        #expect(try await build.value.wasInterrupted)
        let text = String(decoding: try #require(line), as: UTF8.self)
        let job = try #require(pid_t(text.trimmingCharacters(in: .newlines)))
        defer { kill(-job, SIGKILL) }
        // Who reaps them is init.
        for _ in 0..<30_000 where kill(-job, 0) == 0 {
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(kill(-job, 0) == -1)
    }

    @Test(arguments: [1, 3])
    func `no more steps run at once than were asked for`(jobs: Int) async throws {
        let counts = Mutex((now: 0, most: 0))
        let gate = Gate()
        let steps = (0..<9).map { number in
            let path = shop.path("out\(number)")
            return Step(
                name: "\(number)", inputs: [], outputs: [path],
                action: .function(
                    Step.Function(signature: "") {
                        counts.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
                        gate.pass(at: jobs)
                        counts.withLock { $0.now -= 1 }
                        try writeAtomically("x".utf8, to: path)
                        return []
                    }))
        }
        let summary = try await shop.build(steps, jobs: jobs)
        #expect(summary.ran.count == 9)
        #expect(counts.withLock { $0.most } == jobs)
    }

    @Test(arguments: [1, 2, 5])
    func `no more steps of a pool run at once than it has room for`(size: Int) async throws {
        let counts = Mutex((now: 0, most: 0))
        let gate = Gate()
        let steps = (0..<10).map { number in
            let path = shop.path("out\(number)")
            return Step(
                name: "\(number)", inputs: [], outputs: [path],
                action: .function(
                    Step.Function(signature: "") {
                        counts.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
                        gate.pass(at: size)
                        counts.withLock { $0.now -= 1 }
                        try writeAtomically("x".utf8, to: path)
                        return []
                    }), pool: "links")
        }
        let other = shop.join("other", ["a.c"])
        let graph = try Graph(steps: steps + [other], pools: ["links": size])
        let summary = try await Build(graph: graph, log: shop.log, jobs: 20).run()
        #expect(summary.ran.count == 11)
        #expect(summary.isComplete)
        #expect(counts.withLock { $0.most } == size)
    }

    /// Each step raises the load while it runs.
    @Test(arguments: [(0.5, 1), (1.5, 2), (2.5, 3), (9.0, 4)])
    func `beside a running step none starts while the load is too high`(limit: Double, most: Int)
        async throws
    {
        let counts = Mutex((now: 0, most: 0))
        let steps = (0..<8).map { number in
            let path = shop.path("out\(number)")
            return Step(
                name: "\(number)", inputs: [], outputs: [path],
                action: .function(
                    Step.Function(signature: "") {
                        try writeAtomically("x".utf8, to: path)
                        return []
                    }))
        }
        var build = Build(graph: try Graph(steps: steps), log: shop.log, jobs: 4, loadLimit: limit)
        build.loadAverage = { Double(counts.withLock { $0.now }) }
        let summary = try await build.run { event in
            counts.withLock { counts in
                switch event {
                case .started: counts = (counts.now + 1, max(counts.most, counts.now + 1))
                case .finished: counts.now -= 1
                default: break
                }
            }
        }
        #expect(summary.ran.count == 8)
        #expect(counts.withLock { $0.most } == most)
    }

    @Test func `events count the steps of each group`() async throws {
        var first = shop.join("one", ["a.c"])
        first.group = "aarch64"
        var second = shop.join("two", ["a.c"])
        second.group = "s390x"
        try await shop.build([first])
        var progress = BuildProgress()
        var kinds: [String] = []
        _ = try await Build(graph: Graph(steps: [first, second]), log: shop.log).run { event in
            progress.apply(event)
            switch event {
            case .waiting: kinds.append("waiting")
            case .planned: kinds.append("planned")
            case .upToDate(let step): kinds.append("\(step.name) up to date")
            case .started(let step, _): kinds.append("\(step.name) started")
            case .finished(let step, _): kinds.append("\(step.name) finished")
            }
        }
        #expect(kinds == ["planned", "one up to date", "two started", "two finished"])
        #expect(progress.groups["aarch64"]?.done == 1)
        #expect(progress.groups["aarch64"]?.ran == 0)
        #expect(progress.groups["s390x"]?.ran == 1)
        #expect(progress.groups["s390x"]?.running == [])
    }

    @Test func `only what a goal needs is made`() async throws {
        let steps = [
            shop.join("one", ["a.c"]), shop.join("two", ["one"]), shop.join("other", ["a.c"]),
        ]
        let build = Build(graph: try Graph(steps: steps), log: shop.log)
        _ = try await build.run(goals: [shop.path("two")])
        #expect(shop.takeNotes() == ["one", "two"])
    }

    private func onThread<Value: Sendable>(
        _ work: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try work() }) }
        }
    }
}

/// Lets threads pass in groups, so that a test knows that they were there together.
private final class Gate: Sendable {
    private let condition = NSCondition()
    private let state = Mutex((waiting: 0, group: 0))

    func pass(at size: Int) {
        condition.lock()
        defer { condition.unlock() }
        let (isLast, group) = state.withLock { state -> (Bool, Int) in
            state.waiting += 1
            guard state.waiting == size else { return (false, state.group) }
            state = (0, state.group + 1)
            return (true, state.group)
        }
        if isLast { condition.broadcast() }
        while !isLast, state.withLock({ $0.group }) == group { condition.wait() }
    }
}
