import Foundation
import Testing

@Suite struct PositionTests {
    @Test(arguments: ProbeKind.available)
    func `operations at old and new positions are executed side by side`(_ kind: ProbeKind) throws {
        let slave = try SlaveProcess.greeted(kind, workers: 3)
        #expect(try slave.updateFailure(slave.sendContext(.setBias, makes: 1, 100)) == nil)
        #expect(try slave.updateFailure(slave.sendContext(.setBias, makes: 2, 1_000)) == nil)
        for position in [2, 0, 1, 2, 1, 0] as [UInt64] {
            #expect(try slave.sum(1, 2, at: position) == [3, 103, 1_003][Int(position)])
        }
    }

    @Test func `operations may follow their update without waiting for it`() throws {
        let slave = try SlaveProcess.greeted(workers: 2)
        var xids: [(xid: UInt32, sum: UInt32)] = []
        for position in 1...20 as ClosedRange<UInt64> {
            slave.sendContext(.setBias, makes: position, Int32(position) * 10)
            xids.append(
                (slave.operate(.add, at: position, XDRBytes.of(1, 1)), UInt32(position) * 10 + 2))
            xids.append(
                (
                    slave.operate(.add, at: position - 1, XDRBytes.of(1, 1)),
                    UInt32(position) * 10 - 8
                ))
        }
        for (xid, sum) in xids { #expect(try slave.reply(to: xid).number == sum) }
    }

    @Test func `an update out of order is refused and changes nothing`() throws {
        let slave = try SlaveProcess.greeted()
        #expect(
            try slave.updateFailure(slave.sendContext(.setBias, makes: 2, 5))
                == "update 2 does not follow position 0")
        #expect(try slave.updateFailure(slave.sendContext(.setBias, makes: 1, 7)) == nil)
        #expect(
            try slave.updateFailure(slave.sendContext(.setBias, makes: 1, 9))
                == "update 1 does not follow position 1")
        #expect(try slave.sum(1, 2, at: 1) == 10)
    }

    @Test func `a slave that joins late may skip what lies below the floor`() throws {
        let slave = try SlaveProcess.greeted()
        slave.retire(below: 40)
        #expect(try slave.updateFailure(slave.sendContext(.setBias, makes: 17, 1)) == nil)
        #expect(try slave.updateFailure(slave.sendContext(.setBias, makes: 40, 2)) == nil)
        #expect(
            try slave.updateFailure(slave.sendContext(.setBias, makes: 42, 3))
                == "update 42 does not follow position 40")
        #expect(try slave.sum(0, 0, at: 40) == 2)
    }

    @Test func `numbers may be left out above an open position, where they were retired`() throws {
        let slave = try SlaveProcess.greeted(workers: 2)
        #expect(try slave.updateFailure(slave.sendContext(.setBias, makes: 1, 100)) == nil)
        #expect(
            try slave.updateFailure(slave.sendContext(.setBias, makes: 9, 7))
                == "update 9 does not follow position 1")
        slave.retire(from: 3, below: 9)
        #expect(
            try slave.updateFailure(slave.sendContext(.setBias, makes: 9, 7))
                == "update 9 does not follow position 1")
        slave.retire(from: 2, below: 9)
        #expect(try slave.updateFailure(slave.sendContext(.setBias, makes: 9, 200)) == nil)
        #expect(try slave.sum(1, 2, at: 1) == 103)
        #expect(try slave.sum(1, 2, at: 9) == 203)
    }

    @Test func `positions between an open one and the newest end when they are retired`() throws {
        let slave = try SlaveProcess.greeted(workers: 2)
        var updates: [UInt32] = []
        for position in 1...600 as ClosedRange<UInt64> {
            if position > 2 { slave.retire(from: 2, below: position) }
            updates.append(slave.sendContext(.setBias, makes: position, Int32(position)))
            // As a program does that waits for each.
            if position % 100 == 0 {
                #expect(try slave.updateFailure(updates[updates.count - 1]) == nil)
            }
        }
        #expect(try slave.sum(0, 0, at: 1) == 1)
        #expect(try slave.sum(0, 0, at: 600) == 600)
        // The relay, the guardian, the replicas of 0, 1 and 600, and two workers.
        #expect(eventually { slave.processes.count <= 2 + 3 + 2 })
        let reply = try slave.reply(to: slave.operate(.nothing, at: 300))
        #expect(reply.status == .systemError)
    }

    @Test(arguments: [0, SIGABRT, SIGSEGV])
    func `a context operation that fails or dies leaves the earlier position`(_ signal: Int32)
        throws
    {
        let slave = try SlaveProcess.greeted()
        #expect(try slave.updateFailure(slave.sendContext(.setBias, makes: 1, 30)) == nil)
        let names: [Int32: String] = [SIGABRT: "SIGABRT", SIGSEGV: "SIGSEGV"]
        let expected =
            names[signal].map { "'breakContext' was ended by \($0)" } ?? "the context is broken"
        let broken = slave.sendContext(.breakContext, makes: 2, signal)
        let operation = slave.operate(.add, at: 2, XDRBytes.of(1, 2))
        #expect(try slave.updateFailure(broken) == expected)
        let reply = try slave.reply(to: operation)
        #expect(reply.status == .systemError)
        #expect(
            reply.failure.hasPrefix("position 2 was not reached")
                || reply.failure.contains("does not hold"))
        #expect(try slave.sum(1, 2, at: 1) == 33)
        #expect(try slave.updateFailure(slave.sendContext(.setBias, makes: 2, 40)) == nil)
        #expect(try slave.sum(1, 2, at: 2) == 43)
    }

    @Test
    func `a replica that is killed while it applies an update ends its slave, not the update`()
        throws
    {
        let slave = try SlaveProcess.greeted()
        #expect(try slave.updateFailure(slave.sendContext(.setBias, makes: 1, 30)) == nil)
        slave.sendContext(.breakContext, makes: 2, SIGKILL)
        #expect(try slave.status() == 75)
        #expect(
            slave.errors
                == "slave: the replica of position 2 was ended by SIGKILL in 'breakContext'\n")
        #expect(slave.isGone)
    }

    @Test func `a process that a context operation forked is no replica, whatever it returns`()
        throws
    {
        let slaves = try [-2, 5 as Int32].map { bias in
            let slave = try SlaveProcess.greeted(workers: 1)
            let update =
                bias < 0
                ? slave.sendContext(.breakContext, makes: 1, bias)
                : slave.sendContext(.setBias, makes: 1, bias)
            #expect(try slave.updateFailure(update) == nil)
            #expect(try slave.sum(1, 100, at: 1) == 101 + bias)
            return slave
        }
        #expect(eventually(within: 20) { slaves[0].processes.count == slaves[1].processes.count })
    }

    @Test func `an operation at a position that is not held is told so`() throws {
        let slave = try SlaveProcess.greeted()
        let reply = try slave.reply(to: slave.operate(.add, at: 9, XDRBytes.of(1, 2)))
        #expect(reply.status == .systemError)
        #expect(reply.failure == "'add' is for position 9, which this slave does not hold")
    }

    @Test func `retired replicas and their workers end`() throws {
        let slave = try SlaveProcess.greeted(workers: 4)
        for position in 1...10 as ClosedRange<UInt64> {
            #expect(try slave.updateFailure(slave.sendContext(.setBias, makes: position, 1)) == nil)
            _ = try slave.sum(1, 1, at: position)
        }
        slave.retire(below: 10)
        _ = try slave.sum(1, 1, at: 10)
        // The relay, the guardian, one replica, and the workers of that.
        #expect(eventually { slave.processes.count <= 3 + 4 })
        let reply = try slave.reply(to: slave.operate(.nothing, at: 3))
        #expect(reply.status == .systemError)
    }

    @Test func `a replica is not retired before its operations are done`() throws {
        let slave = try SlaveProcess.greeted(workers: 1)
        let gate = Gate()
        let waiting = slave.operate(.waitFor, at: 0, XDRBytes.text(gate.path))
        let queued = slave.operate(.add, at: 0, XDRBytes.of(1, 1))
        #expect(try slave.updateFailure(slave.sendContext(.setBias, makes: 1, 50)) == nil)
        slave.retire(below: 1)
        try gate.open()
        #expect(try slave.reply(to: waiting).status == .success)
        #expect(try slave.reply(to: queued).number == 2)
        #expect(try slave.sum(1, 1, at: 1) == 52)
    }
}
