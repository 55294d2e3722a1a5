import TestKit
import Testing

/// Where shared data lie.
@Suite struct SharedMemoryTests {
    @Test(arguments: [ProbeKind.native, .swift].filter(ProbeKind.available.contains))
    func `eight workers and their replica have one copy of shared data in memory`(_ kind: ProbeKind)
        throws
    {
        let count = 8 << 20
        let slave = try SlaveProcess.greeted(kind, workers: 8)
        slave.sendShared(slot: 0, version: 1, makes: 1)
        let head = XDRBytes.text("table") + XDRBytes.of(UInt32(count))
        slave.provide(
            slot: 0, version: 1, head + [UInt8](repeating: 1, count: 4 * count), step: 262_144)
        var workers: Set<UInt32> = []
        // Until each has read them: one may have read them twice before another one was there.
        for _ in 0..<1_000 where workers.count < 8 {
            let xids = (0..<8).map { _ in slave.operate(.sum, at: 1) }
            for xid in xids {
                let reply = try slave.reply(to: xid)
                #expect(reply.number == UInt32(truncatingIfNeeded: 0x0101_0101 * count))
                if let worker = reply.worker { workers.insert(worker) }
            }
        }
        #expect(workers.count == 8)
        let share = try memoryShare(of: slave.processes)
        #expect(share >= 4 * count)
        #expect(share <= 4 * count * 5 / 4)
    }
}
