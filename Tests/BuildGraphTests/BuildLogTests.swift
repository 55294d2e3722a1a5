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
        let log: LogFile
        init(_ log: consuming LogFile) { self.log = log }
    }

    /// A log with the numbers of its files.
    private struct OpenLog: ~Copyable {
        var files = FileStates()
        var log: BuildLog

        init(_ path: String, writable: Bool) throws(GraphError) {
            var files = FileStates()
            log = try BuildLog.open(path, writable: writable, files: &files)
            self.files = files
        }

        mutating func record(_ content: UInt64, _ key: String) throws(GraphError) {
            let entry = BuildLogTests.entry(content, &files)
            try log.record(entry, key: files.number(of: key), files: &files)
        }

        mutating func recordFailure(_ key: String) throws(GraphError) {
            try log.recordFailure(key: files.number(of: key), files: files)
        }

        /// The content that a step was recorded with, if all the rest is as it was.
        mutating func content(_ key: String) -> UInt64? {
            guard let step = log.step(files.number(of: key)) else { return nil }
            let read = step.entry(toolText: files.path(step.tool))
            let content = read.identity.command.high
            return read == BuildLogTests.entry(content, &files) ? content : nil
        }
    }

    private static func entry(_ number: UInt64, _ files: inout FileStates) -> LogEntry {
        let content = Fingerprint(high: number, low: .max)
        func versions(_ names: [String]) -> [FileVersion] {
            names.map { FileVersion(file: files.number(of: $0), content: content) }
        }
        return LogEntry(
            identity: Step.Identity(
                command: content, environment: Fingerprint(high: 1, low: number),
                tool: "tool\twith\nall\\signs"),
            inputs: versions(["/a b", "/tab\there"]), discovered: versions(["/h", ""]),
            outputs: versions(["/o"]), absent: ["/no\there", "/none"].map { files.number(of: $0) })
    }

    private func record(_ entries: [(String, UInt64)]) throws {
        var log = try OpenLog(shop.log, writable: true)
        for (key, content) in entries { try log.record(content, key) }
    }

    /// What the log says of steps; 0: nothing.
    private func contents(_ keys: String...) throws -> [UInt64] {
        var log = try OpenLog(shop.log, writable: false)
        return keys.map { log.content($0) ?? 0 }
    }

    @Test func `what was recorded is read back`() throws {
        try record([("/o", 1), ("/ö", 2), ("/o", 3)])
        #expect(try contents("/o", "/ö", "/o\u{308}") == [3, 2, 0])
    }

    @Test func `a step that failed is remembered until it ends well`() throws {
        try record([("/o", 1)])
        do {
            var log = try OpenLog(shop.log, writable: true)
            try log.recordFailure("/o")
            try log.recordFailure("/p")
            try log.record(4, "/p")
        }
        var log = try OpenLog(shop.log, writable: false)
        #expect(
            ["/o", "/p", "/q"].map { log.log.hasFailed(log.files.number(of: $0)) } == [
                true, false, false,
            ])
    }

    @Test func `a block that was cut off is dropped, and the log goes on after it`() throws {
        try record([("/o", 1), ("/p", 2)])
        var bytes = try #require(FileManager.default.contents(atPath: shop.log))
        bytes.removeLast(5)
        try bytes.write(to: URL(fileURLWithPath: shop.log))
        #expect(try contents("/o", "/p") == [1, 0])
        try record([("/q", 3)])
        #expect(try contents("/o", "/p", "/q") == [1, 0, 3])
    }

    @Test func `any cut leaves a log that can be read`() throws {
        try record([("/o", 1)])
        let first = try #require(FileManager.default.contents(atPath: shop.log)).count
        try record([("/p", 2)])
        let bytes = try #require(FileManager.default.contents(atPath: shop.log))
        for length in 0..<bytes.count {
            try bytes.prefix(length).write(to: URL(fileURLWithPath: shop.log))
            #expect(try contents("/o", "/p") == [length < first ? 0 : 1, 0], "cut at \(length)")
        }
    }

    @Test func `any damaged byte costs what it is in and what follows, nothing else`() throws {
        try record([("/o", 1)])
        let first = try #require(FileManager.default.contents(atPath: shop.log)).count
        try record([("/p", 2)])
        let bytes = try #require(FileManager.default.contents(atPath: shop.log))
        for index in 0..<bytes.count {
            var damaged = bytes
            damaged[index] ^= 1 << UInt8(index % 8)
            try damaged.write(to: URL(fileURLWithPath: shop.log))
            #expect(try contents("/o", "/p") == [index < first ? 0 : 1, 0], "byte \(index)")
        }
    }

    /// Blocks whose check is right and whose items are not.
    @Test(
        arguments: [
            [[9]], [[1 | 100 << 8, 0]], [[2, 0, 1, 2, 3, 4]], [[1 | 1 << 8, 65], [3, 0]],
            [[1 | 1 << 8, 65], [5, 1]], [[1 | 1 << 8, 65], [5]],
            [
                [1 | 1 << 8, 65],
                [4, 0] + Array(repeating: 0, count: 8) + [0, .max, .max, .max, .max],
            ],
            [[1 | 1 << 8, 65], [4, 0] + Array(repeating: 0, count: 8) + [0, 1, 0, 0, 0, 7]],
        ] as [[[UInt32]]])
    func `items that are none end what is read`(items: [[UInt32]]) throws {
        try record([("/o", 1)])
        for item in items {
            let words = [UInt32(item.count), LogFormat.check(item)] + item
            let file = try #require(FileHandle(forWritingAtPath: shop.log))
            try file.seekToEnd()
            try file.write(contentsOf: words.withUnsafeBytes { Data($0) })
        }
        try record([("/q", 3)])
        #expect(try contents("/o", "/q") == [1, 3])
    }

    @Test(arguments: [
        "marionette-build-log 2\nfile\t/o\nfailed\t0\n", "marionette build log 4\n\0", "junk", "",
        "\n\n\n",
    ])
    func `a log of another version counts as empty`(text: String) throws {
        try shop.write(text, to: "log")
        #expect(try contents("/o") == [0])
        try record([("/q", 3)])
        #expect(try contents("/o", "/q") == [0, 3])
    }

    @Test func `a long log is written anew with what still counts`() throws {
        try shop.write("x", to: "live")
        let live = shop.path("live")
        try record((1...5_000).map { (live, UInt64($0)) } + [("/gone", 1)])
        let before = try #require(FileStamp.of(shop.log)).size
        do {
            var log = try OpenLog(shop.log, writable: true)
            #expect(log.content(live) == 5_000)
            try log.record(7, "/more")
        }
        #expect(try #require(FileStamp.of(shop.log)).size * 100 < before)
        #expect(try contents(live, "/gone", "/more") == [5_000, 0, 7])
    }

    @Test func `a second build waits for the first one, names it, and goes on`() async throws {
        let held = Mutex(Optional(HeldLog(try LogFile(shop.log, locks: true))))
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
        let held = HeldLog(try LogFile(shop.log, locks: true))
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
            _ = try OpenLog(shop.log, writable: true)
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
        let first = try OpenLog(shop.log, writable: true)
        let error = try #require(throws: GraphError.self) {
            _ = try OpenLog(shop.log, writable: true)
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
        _ = try OpenLog(shop.log, writable: true)
    }
}
