import Diagnostics
import Foundation
import Synchronization
import Testing

@testable import BuildGraph

@Suite struct BuildLogTests {
    let shop: Workshop

    init() throws { shop = try Workshop() }

    /// A log that can be let go of from elsewhere.
    private final class HeldLog: @unchecked Sendable {
        let log: BuildLog
        init(_ log: consuming BuildLog) { self.log = log }
    }

    private func entry(_ number: UInt64) -> LogEntry {
        let content = Fingerprint(high: number, low: .max)
        return LogEntry(
            command: content, environment: content, tool: "tool\twith\nall\\signs",
            inputs: ["/a b": content, "/tab\there": content], discovered: ["/h": content],
            outputs: ["/o": content], absent: ["/no\there", "/none"])
    }

    private func record(_ entries: [(String, LogEntry)]) throws {
        var log = try BuildLog(path: shop.log, writable: true)
        for (key, entry) in entries { try log.record(entry, key: key) }
    }

    private func entries() throws -> [String: LogEntry] {
        try BuildLog(path: shop.log, writable: false).entries
    }

    @Test func `what was recorded is read back`() throws {
        try record([("/o", entry(1)), ("/p", entry(2)), ("/o", entry(3))])
        #expect(try entries() == ["/o": entry(3), "/p": entry(2)])
    }

    @Test func `a line that was cut off is dropped, and the log goes on after it`() throws {
        try record([("/o", entry(1)), ("/p", entry(2))])
        var bytes = try #require(FileManager.default.contents(atPath: shop.log))
        bytes.removeLast(5)
        try bytes.write(to: URL(fileURLWithPath: shop.log))
        #expect(try entries() == ["/o": entry(1)])
        try record([("/q", entry(3))])
        #expect(try entries() == ["/o": entry(1), "/q": entry(3)])
    }

    @Test func `any cut leaves a log that can be read`() throws {
        try record([("/o", entry(1)), ("/p", entry(2))])
        let bytes = try #require(FileManager.default.contents(atPath: shop.log))
        for length in 0..<bytes.count {
            try bytes.prefix(length).write(to: URL(fileURLWithPath: shop.log))
            let read = try entries()
            #expect(read["/o"] == nil || read["/o"] == entry(1))
            #expect(read["/p"] == nil)
        }
    }

    @Test(arguments: [
        "marionette-build-log 0\n", "junk", "marionette-build-log 2\nstep\t9\n",
        "marionette-build-log 2\nfile\t/o\nfailed\t-1\n", "\n\n\n",
        "marionette-build-log 2\nseen\t0\t99999999999999999999999\n",
    ])
    func `a log of another version or with damaged lines counts as empty`(text: String) throws {
        try shop.write(text, to: "log")
        #expect(try entries().isEmpty)
        try record([("/q", entry(3))])
        #expect(try entries() == ["/q": entry(3)])
    }

    @Test func `a long log is written anew with what still counts`() throws {
        try shop.write("x", to: "live")
        let live = shop.path("live")
        try record((0..<5_000).map { (live, entry(UInt64($0))) } + [("/gone", entry(1))])
        let before = try #require(FileStamp.of(shop.log)).size
        do { _ = try BuildLog(path: shop.log, writable: true) }
        #expect(try #require(FileStamp.of(shop.log)).size * 100 < before)
        #expect(try entries() == [live: entry(4_999)])
    }

    @Test func `a second build waits for the first one, names it, and goes on`() async throws {
        let held = Mutex(Optional(HeldLog(try BuildLog(path: shop.log, writable: true))))
        let waited = Mutex<[LockHolder]>([])
        let step = shop.join("one", ["a.c"])
        try shop.write("a", to: "a.c")
        let build = Build(graph: try Graph(steps: [step]), log: shop.log)
        let summary = try await build.run { event in
            guard case .waiting(let holder) = event else { return }
            waited.withLock { $0.append(holder) }
            held.withLock { $0 = nil }
        }
        #expect(waited.withLock { $0.map(\.process) } == [getpid()])
        #expect(summary.isComplete)
        #expect(shop.takeNotes() == ["one"])
    }

    @Test func `a build that waits for another one can be ended`() async throws {
        let held = HeldLog(try BuildLog(path: shop.log, writable: true))
        try shop.write("a", to: "a.c")
        let build = Build(graph: try Graph(steps: [shop.join("one", ["a.c"])]), log: shop.log)
        let task = Task {
            try await build.run { event in
                if case .waiting = event { withUnsafeCurrentTask { $0?.cancel() } }
            }
        }
        let summary = try await task.value
        #expect(summary.wasInterrupted)
        #expect(!summary.isComplete)
        withExtendedLifetime(held) {}
    }

    @Test func `a log that is no file is refused, and does not keep what was built from removal`()
        throws
    {
        #expect(mkfifo(shop.log, 0o600) == 0)
        let error = try #require(throws: GraphError.self) {
            _ = try BuildLog(path: shop.log, writable: true)
        }
        #expect(
            error.diagnostic.rendered == """
                error: can't use the build log '\(shop.log)': it is no regular file
                  help: marionette clean removes it; the next build makes everything again
                """)
        var isDone = false
        try Build.removing(log: shop.log) { isDone = true }
        #expect(isDone)
    }

    @Test func `a second build in the same directory is refused`() throws {
        let first = try BuildLog(path: shop.log, writable: true)
        let error = try #require(throws: GraphError.self) {
            _ = try BuildLog(path: shop.log, writable: true)
        }
        guard case .busy(_, let holder) = error, let command = holder.command else {
            Issue.record("\(error)")
            return
        }
        #expect(
            error.diagnostic.rendered == """
                error: another build is at work in this directory
                  note: it is process \(getpid()), '\(command)'
                  help: wait for it, or end it: kill \(getpid())
                """)
        _ = consume first
        _ = try BuildLog(path: shop.log, writable: true)
    }
}

@Test func `steps that need each other are told with their circle`() throws {
    let error = try #require(throws: GraphError.self) {
        try Graph(steps: [
            step("/a", ["/b"]), step("/b", ["/c"]), step("/c", ["/a", "/x"]), step("/d", []),
        ])
    }
    #expect(
        error.diagnostic.rendered == """
            error: the build runs in a circle
              note: '/a' needs '/b'
              note: '/b' needs '/c'
              note: '/c' needs '/a'
            """)
}

@Test func `two steps for one file are told with both`() throws {
    let error = try #require(throws: GraphError.self) {
        try Graph(steps: [step("/a", []), step("/a", ["/b"])])
    }
    #expect(
        error.diagnostic.rendered == """
            error: two steps make '/a'
              note: 'make /a'
              note: 'make /a'
            """)
}

@Test func `an input that nothing makes and that does not exist is told`() async throws {
    let shop = try Workshop()
    let graph = try Graph(steps: [step("/a", ["/no/such/file"])])
    let error = await #expect(throws: GraphError.self) {
        try await Build(graph: graph, log: shop.log).run()
    }
    #expect(
        error?.diagnostic.rendered == """
            error: '/no/such/file' does not exist
              note: 'make /a' needs it
            """)
}

@Test func `a goal that nothing makes is told`() async throws {
    let shop = try Workshop()
    let graph = try Graph(steps: [step("/a", [])])
    let error = await #expect(throws: GraphError.self) {
        try await Build(graph: graph, log: shop.log).run(goals: ["/b"])
    }
    #expect(error?.diagnostic.rendered == "error: nothing makes '/b'")
}

private func step(_ output: String, _ inputs: [String]) -> Step {
    Step(
        name: "make \(output)", inputs: inputs, outputs: [output],
        action: .function(Step.Function(signature: "") { [] }))
}
