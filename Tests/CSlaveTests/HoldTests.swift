import Foundation
import Testing

/// Workers that stand still for a debugger.
@Suite struct HoldTests {
    private enum Kind: UInt32 { case any = 0, worker, call, procedure, crash }

    /// What is told of a held worker.
    private struct Held {
        var worker: UInt32
        var process: Int32
        var executing: UInt32?
        var calls: [UInt32] = []

        init(_ result: [UInt8]) throws {
            var cursor = XDRCursor(result)
            try #require(try cursor.word() == 0)
            worker = try cursor.word()
            process = Int32(bitPattern: try cursor.word())
            if try cursor.word() == 1 { executing = try cursor.word() }
            for _ in 0..<(try cursor.word()) { calls.append(try cursor.word()) }
        }

        /// As /proc says: `T`, it is stopped.
        var state: String? {
            let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
            return text?.split(separator: ")").last?.split(separator: " ").first.map(String.init)
        }

        func expectEnd() {
            let limit = Date(timeIntervalSinceNow: 60)
            while let state, state != "Z", limit.timeIntervalSinceNow > 0 { usleep(1000) }
            #expect(state == nil || state == "Z")
        }
    }

    private static func ask(_ slave: SlaveProcess, _ kind: Kind, _ which: UInt32 = 0) -> UInt32 {
        slave.call(.hold, XDRBytes.of(kind.rawValue, which))
    }

    private static func held(_ slave: SlaveProcess, _ xid: UInt32) throws -> Held {
        try Held(try slave.reply(to: xid).result)
    }

    @Test(arguments: [1, 2, 5] as [UInt32])
    func `a held worker keeps its process and operation while updates come and go`(
        _ workers: UInt32
    ) throws {
        let slave = try SlaveProcess.greeted(workers: workers)
        let gate = Gate()
        slave.sendContext(.setBias, makes: 1, 10)
        let waiting = slave.operate(.waitFor, at: 1, XDRBytes.text(gate.path))
        let hold = Self.ask(slave, .any)
        let held = try Self.held(slave, hold)
        #expect(held.executing == waiting)
        #expect(held.calls == [waiting])
        #expect(held.state == "T")
        slave.retire(below: 1)
        for position in 2...20 as ClosedRange<UInt64> {
            slave.sendContext(.setBias, makes: position, Int32(position))
            slave.retire(below: position)
            guard workers > 1 else { continue }
            #expect(try slave.sum(1, 2, at: position) == 3 + Int32(position))
        }
        try gate.open()
        _ = try slave.reply(to: slave.call(.ping))
        #expect(held.state == "T")
        #expect(!slave.hasReply(to: waiting))
        slave.call(.release, XDRBytes.of(hold))
        #expect(try slave.reply(to: waiting).status == .success)
        #expect(try slave.sum(1, 2, at: 20) == 23)
        // Nobody needs its position any more.
        held.expectEnd()
    }

    @Test func `the next worker that is given an operation stands still before it`() throws {
        let slave = try SlaveProcess.greeted(workers: 3)
        let hold = Self.ask(slave, .procedure, Operation.print.rawValue)
        #expect(try slave.sum(1, 2, at: 0) == 3)
        let first = slave.operate(.print, XDRBytes.text("first"))
        let held = try Self.held(slave, hold)
        #expect(held.executing == first)
        #expect(held.state == "T")
        // Only that one.
        #expect(
            try slave.reply(to: slave.operate(.print, XDRBytes.text("next"))).status == .success)
        #expect(!slave.hasReply(to: first))
        slave.call(.release, XDRBytes.of(hold))
        #expect(try slave.reply(to: first).status == .success)
    }

    @Test func `a worker that crashes stands still with its crash, and then ends by it`() throws {
        let slave = try SlaveProcess.greeted(workers: 2)
        // Forked before it is asked for.
        #expect(try slave.sum(1, 2, at: 0) == 3)
        let hold = Self.ask(slave, .crash)
        let crashed = slave.operate(.crash, XDRBytes.of(UInt32(SIGSEGV)))
        let held = try Self.held(slave, hold)
        #expect(held.executing == crashed)
        #expect(held.state == "T")
        // Only that one.
        let other = slave.operate(.crash, XDRBytes.of(UInt32(SIGSEGV)))
        #expect(try slave.ending(of: other).signal == "SIGSEGV")
        slave.call(.release, XDRBytes.of(hold))
        let ending = try slave.ending(of: crashed)
        #expect(ending.signal == "SIGSEGV")
        #expect(ending.process == held.process)
    }

    @Test func `a cancelled operation keeps its held worker until that is released`() throws {
        let slave = try SlaveProcess.greeted(workers: 1)
        let running = slave.operate(.waitFor, XDRBytes.text("/nonexistent"))
        let hold = Self.ask(slave, .call, running)
        let held = try Self.held(slave, hold)
        slave.call(.cancel, XDRBytes.of(running))
        #expect(try slave.reply(to: running).failure == "cancelled")
        _ = try slave.reply(to: slave.call(.ping))
        #expect(held.state == "T")
        slave.call(.release, XDRBytes.of(hold))
        held.expectEnd()
        #expect(try slave.sum(1, 2, at: 0) == 3)
    }

    @Test func `a hold ends with its worker, and one that waits ends with its release`() throws {
        let slave = try SlaveProcess.greeted(workers: 2)
        let running = slave.operate(.waitFor, XDRBytes.text("/nonexistent"))
        let hold = Self.ask(slave, .any)
        let held = try Self.held(slave, hold)
        kill(held.process, SIGKILL)
        #expect(try slave.ending(of: running).signal == "SIGKILL")
        slave.call(.release, XDRBytes.of(hold))
        let next = Self.ask(slave, .procedure, Operation.add.rawValue)
        slave.call(.release, XDRBytes.of(next))
        #expect(try slave.sum(1, 2, at: 0) == 3)
        #expect(!slave.hasReply(to: next))
    }

    @Test func `an idle worker is held if none has work, and a number that none has is refused`()
        throws
    {
        let slave = try SlaveProcess.greeted(workers: 2)
        #expect(try slave.sum(1, 2, at: 0) == 3)
        let idle = Self.ask(slave, .any)
        #expect(try Self.held(slave, idle).executing == nil)
        let unknown = try slave.reply(to: Self.ask(slave, .worker, 2)).result
        var cursor = XDRCursor(unknown)
        #expect(try cursor.word() == 1)
        #expect(try cursor.text() == "it has no worker of that number")
        #expect(try slave.sum(1, 2, at: 0) == 3)
        slave.call(.release, XDRBytes.of(idle))
    }
}
