import Foundation
import Testing

/// Cancellation, deadlines and deaths in slaves of one to 256 workers.
@Suite struct ManyWorkersTests {
    static let counts: [UInt32] = [1, 8, 64, 256]

    /// All workers execute what never ends.
    private static func busy(_ slave: SlaveProcess, _ count: UInt32) -> [UInt32] {
        slave.together {
            (0..<count).map { _ in slave.operate(.waitFor, XDRBytes.text("/nonexistent")) }
        }
    }

    /// A slave whose workers have all executed something: they are made when there is work.
    ///
    /// - Returns: their processes.
    static func worked(_ count: UInt32) throws -> (slave: SlaveProcess, workers: [Int32]) {
        let slave = try SlaveProcess.greeted(workers: count)
        let gate = Gate()
        let xids = slave.together {
            (0..<count).map { _ in slave.operate(.waitFor, XDRBytes.text(gate.path)) }
        }
        let workers = try (0..<count).map { number in
            try slave.event {
                if case .started(number, let process, _) = $0 { process } else { nil }
            }
        }
        try gate.open()
        for xid in xids { #expect(try slave.reply(to: xid).status == .success) }
        return (slave, workers)
    }

    @Test(arguments: counts, 0..<3 as Range<UInt32>)
    func `when all workers are busy and all are cancelled, the slave answers`(
        _ count: UInt32, _ milliseconds: UInt32
    ) throws {
        let slave = try SlaveProcess.greeted(workers: count)
        for _ in 0..<2 {
            let xids = Self.busy(slave, count)
            usleep(milliseconds * 5_000)
            slave.together {
                for xid in xids { slave.call(.cancel, XDRBytes.of(xid)) }
            }
            #expect(try slave.reply(to: slave.call(.ping)).status == .success)
            for xid in xids { #expect(try slave.reply(to: xid).failure == "cancelled") }
        }
        #expect(try slave.sum(1, 2, at: 0) == 3)
        let ends = slave.events.filter { if case .ended = $0 { true } else { false } }
        #expect(ends.isEmpty, "an end that we brought about is nobody's fault")
        #expect(try slave.reply(to: slave.call(.goodbye)).status == .success)
        #expect(slave.isGone)
    }

    @Test(arguments: counts)
    func `when all workers die at once, each operation is blamed once, and the work goes on`(
        _ count: UInt32
    ) throws {
        let slave = try SlaveProcess.greeted(workers: count)
        let xids = slave.together {
            (0..<count).map { _ in slave.operate(.crash, XDRBytes.of(UInt32(SIGKILL))) }
        }
        for xid in xids { #expect(try slave.ending(of: xid).signal == "SIGKILL") }
        let ends = slave.events.filter { if case .ended = $0 { true } else { false } }
        #expect(ends.count == Int(count))
        #expect(try slave.sum(1, 2, at: 0) == 3)
    }

    @Test(arguments: counts)
    func `what is late before a worker has it is not executed, however many wait`(
        _ count: UInt32
    ) throws {
        let slave = try SlaveProcess.greeted(workers: count)
        let gate = Gate()
        let (running, late) = slave.together {
            (
                (0..<count).map { _ in slave.operate(.waitFor, XDRBytes.text(gate.path)) },
                (0..<count).map { _ in slave.operate(.process, deadline: 1_000) }
            )
        }
        // Their deadline is surely over when a worker is free.
        #expect(try slave.reply(to: slave.call(.ping)).status == .success)
        usleep(2_000)
        try gate.open()
        for xid in running { #expect(try slave.reply(to: xid).status == .success) }
        for xid in late { #expect(try slave.reply(to: xid).status == .systemError) }
    }

    @Test(arguments: counts)
    func `when the relay of many busy workers is killed, nothing is left`(_ count: UInt32) throws {
        let slave = try SlaveProcess.greeted(workers: count)
        _ = Self.busy(slave, count)
        for worker in 0..<count {
            _ = try slave.event {
                if case .started(worker, _, _) = $0 { true } else { nil }
            }
        }
        kill(slave.process, SIGKILL)
        #expect(try slave.status() == 128 + SIGKILL)
        #expect(slave.isGone)
    }
}
