import Console
import Foundation
import RunRecords
import Synchronization
import TestKit
import Testing

@testable import Marionette

/// What a run shows and records holds up nobody.
@Suite(.serialized, .timeLimit(.minutes(20))) struct RecordingTests {
    /// A terminal whose user has stopped it, or nobody reads.
    private final class StoppedTerminal {
        let master: Int32
        let terminal: Int32

        init() throws {
            master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
            // What grantpt(3) and its like do, which Swift does not see: TIOCSPTLCK, TIOCGPTN.
            var lock: Int32 = 0
            var number: Int32 = -1
            try #require(
                ioctl(master, 0x4004_5431, &lock) == 0 && ioctl(master, 0x8004_5430, &number) == 0)
            terminal = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
            try #require(terminal >= 0)
        }

        /// What the board still has to show goes nowhere, and into no file that is opened later: its
        /// descriptor stays open.
        deinit {
            let nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC)
            dup2(nowhere, terminal)
            _ = fcntl(terminal, F_SETFD, FD_CLOEXEC)
            close(nowhere)
            close(master)
        }

        /// Everything that was shown, read until the text comes.
        static func read(_ master: Int32, until text: String) -> String {
            var all: [UInt8] = []
            var piece = [UInt8](repeating: 0, count: 1 << 16)
            var entry = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
            while poll(&entry, 1, 600_000) > 0 {
                let count = Glibc.read(master, &piece, piece.count)
                guard count > 0 else { break }
                all += piece[..<count]
                let shown = String(decoding: all, as: UTF8.self)
                if shown.contains(text) { return shown }
            }
            return String(decoding: all, as: UTF8.self)
        }
    }

    @Test func `a terminal that stands still holds up no operation, and no line is lost silently`()
        async throws
    {
        let terminal = try StoppedTerminal()
        let board = StatusBoard(descriptor: terminal.terminal, isTerminal: true, columns: 80)
        let lines = RunLimits.notesWaitingMax + 500
        try await TrialRun.with(hosts: 2, board: board) { run in
            for index in 0..<lines { try await run.client.tell("line \(index)") }
            for try await _ in run.client.square(each: 0..<1000) {}
            // All of it is there: what an operation wrote comes before its answer.
            let events = try run.events()
            let logged = Set(events.filter { $0.kind == .log }.compactMap(\.text))
            // The pings that a host which says nothing is asked with go on as well.
            #expect(!events.contains { $0.kind == .hostLost })
            #expect(logged == Set((0..<lines).map { "line \($0)" }))
            // It reads again: what is missing is counted.
            let master = terminal.master
            let shown = Task.detached { StoppedTerminal.read(master, until: " not shown") }
            let others = Task {
                while !Task.isCancelled { try await run.client.tell("more") }
            }
            defer { others.cancel() }
            let text = await shown.value
            #expect(text.contains(" lines were not shown: nobody read them"))
        }
    }

    @Test func `the end of a run does not wait for a terminal that stands still`() async throws {
        let terminal = try StoppedTerminal()
        let board = StatusBoard(descriptor: terminal.terminal, isTerminal: true, columns: 80)
        try await TrialRun.with(board: board) { run in
            for index in 0..<2000 { try await run.client.tell("line \(index)") }
            try await run.master.finish()
            #expect(try run.events().last?.outcome == RunOutcome.done.rawValue)
        }
    }

    @Test func `lines that a slow disk can't take are counted in the log, and the run says so`()
        throws
    {
        let path = FileManager.default.temporaryDirectory.path + "/marionette-log-\(UUID())"
        mkfifo(path, 0o600)
        defer { unlink(path) }
        // A pipe that nobody reads is a disk that stands still.
        let reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        let line = Array("{\"event\":\"draining\",\"operations\":1,\"t\":1}\n".utf8)
        let count = 100_000
        var file: LogFile? = try LogFile(
            path: path, writing: BackgroundJobs(limit: 1), waitingMax: 1 << 20)
        for _ in 0..<count { file?.append(line, at: 1) }
        #expect(file?.takeFault() == "the disk takes it too slowly")
        #expect(file?.takeFault() == nil)
        _ = fcntl(reader, F_SETFL, 0)
        let content = Mutex<[UInt8]>([])
        let isRead = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            var piece = [UInt8](repeating: 0, count: 1 << 16)
            while true {
                let size = read(reader, &piece, piece.count)
                guard size > 0 else { break }
                content.withLock { $0 += piece[..<size] }
            }
            close(reader)
            isRead.signal()
        }
        file?.append(line, at: 2)
        file?.finish(at: 2)
        // Closes it.
        file = nil
        isRead.wait()
        let events = Array(EventLogReader(Data(content.withLock(\.self))))
        let lines = events.count { $0.kind == .draining }
        let missing = events.filter { $0.kind == .gap }.compactMap { event in
            event.text.flatMap { Int($0.prefix { $0 != " " }) }
        }.reduce(0, +)
        #expect(missing > 0)
        #expect(lines + missing == count + 1)
    }

    @Test func `while a large capsule is written, operations and pings go on`() async throws {
        try await TrialRun.with(hosts: 2) { run in
            run.client.table = [UInt8](repeating: 42, count: 256 << 20)
            // Others may have had no processor just then; that they have to wait would be so each time.
            var count = 0
            for _ in 0..<3 where count <= 10 { count = try await Self.endedWhileWriting(run) }
            #expect(count > 10)
        }
    }

    /// How many operations ended while the capsule of one was written, that killed its workers.
    private static func endedWhileWriting(_ run: TrialRun) async throws -> Int {
        let isOver = Mutex(false)
        let others = Task {
            var count = 0
            while !isOver.withLock(\.self) {
                _ = try await run.client.square(1)
                count += 1
            }
            return count
        }
        let error = await runError { _ = try await run.client.burst(0) }
        isOver.withLock { $0 = true }
        _ = try await others.value
        guard case .operationPoisoned(_, 3, _, _, _, _, .written(let path))? = error else {
            Issue.record("\(String(describing: error))")
            return 0
        }
        let status = try FileManager.default.attributesOfItem(atPath: path)
        #expect((status[.size] as? Int).map { $0 > 256 << 20 } ?? false)
        // It takes long, and in that time others ended.
        let events = try run.events()
        let failed = try #require(events.last { $0.kind == .operationFailed }?.ended?.first)
        let killed = try #require(
            events.last { $0.kind == .workerEnded && $0.procedure == "burst" })
        let begun = UInt64(killed.t * 1e6)
        let ends = events.filter { $0.outcome == "done" }.flatMap { $0.ended ?? [] }
        return ends.map(\.ended).count { $0 > begun && $0 < failed.ended }
    }
}
