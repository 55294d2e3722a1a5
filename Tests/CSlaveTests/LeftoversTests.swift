import Foundation
import Testing

/// What user code does to its process group, and what it leaves behind.
@Suite struct LeftoversTests {
    static let suicides = ["kill 0", "trap 'kill 0' EXIT; true"]

    @Test(arguments: ManyWorkersTests.counts, suicides)
    func `an operation that signals its process group ends its worker alone, and is blamed`(
        _ count: UInt32, _ script: String
    ) throws {
        let slave = try SlaveProcess.greeted(workers: count)
        let gate = Gate()
        let others = slave.together {
            (1..<count).map { _ in slave.operate(.waitFor, XDRBytes.text(gate.path)) }
        }
        let xid = slave.operate(.shell, XDRBytes.text(script))
        #expect(try slave.ending(of: xid).signal == "SIGTERM")
        try gate.open()
        for xid in others { #expect(try slave.reply(to: xid).status == .success) }
        let ends = slave.events.filter { if case .ended = $0 { true } else { false } }
        #expect(ends.count == 1)
        #expect(try slave.sum(1, 2, at: 0) == 3)
    }

    @Test(arguments: suicides)
    func `a context operation that signals its process group fails alone`(_ script: String) throws {
        let slave = try SlaveProcess.greeted(workers: 2)
        #expect(try slave.sum(1, 2, at: 0) == 3)
        let failed = slave.sendContext(.shellContext, makes: 1, XDRBytes.text(script))
        #expect(try slave.updateFailure(failed) == "'shellContext' was ended by SIGTERM")
        #expect(try slave.sum(1, 2, at: 0) == 3)
        #expect(try slave.updateFailure(slave.sendContext(.setBias, makes: 1, 5)) == nil)
        #expect(try slave.sum(1, 2, at: 1) == 8)
    }

    /// Of this slave, by the name of their program.
    private static func sleepers(_ slave: SlaveProcess) -> [Int32] {
        slave.processes.filter {
            (try? String(contentsOfFile: "/proc/\($0)/comm", encoding: .utf8)) == "sleep\n"
        }
    }

    @Test(arguments: ProbeKind.available)
    func `what an operation leaves behind is ended when it is cancelled`(_ kind: ProbeKind) throws {
        let slave = try SlaveProcess.greeted(kind, workers: 2)
        let xid = slave.operate(
            .shell, XDRBytes.text("sleep 1000 & (sleep 1000 & sleep 1000) & sleep 1000"))
        #expect(eventually { Self.sleepers(slave).count == 4 })
        slave.call(.cancel, XDRBytes.of(xid))
        #expect(try slave.reply(to: xid).failure == "cancelled")
        #expect(eventually { Self.sleepers(slave).isEmpty })
        #expect(try slave.sum(1, 2, at: 0) == 3)
    }

    @Test(arguments: ProbeKind.available)
    func `what an operation leaves behind is ended when its worker dies`(_ kind: ProbeKind) throws {
        let slave = try SlaveProcess.greeted(kind, workers: 1)
        let xid = slave.operate(.shell, XDRBytes.text("sleep 1000 & (sleep 1000 &); kill -9 $PPID"))
        #expect(try slave.ending(of: xid).signal == "SIGKILL")
        #expect(eventually { Self.sleepers(slave).isEmpty })
    }

    @Test func `what an operation leaves behind may go on while its worker lives`() throws {
        let slave = try SlaveProcess.greeted(workers: 1)
        _ = try slave.reply(to: slave.operate(.shell, XDRBytes.text("sleep 1000 &")))
        #expect(try slave.sum(1, 2, at: 0) == 3)
        // The shell has forked it, and it may be no `sleep` yet.
        #expect(eventually { Self.sleepers(slave).count == 1 })
        #expect(try slave.reply(to: slave.call(.goodbye)).status == .success)
        #expect(slave.isGone)
    }

    @Test(arguments: [true, false])
    func `what an operation left behind is ended with a serial slave`(_ isAsked: Bool) throws {
        let slave = try SlaveProcess.greeted(.native, ["--serve", "--serial"])
        let script = "sleep 1000 & (setsid sleep 1000 &); sleep 0"
        _ = try slave.reply(to: slave.operate(.shell, XDRBytes.text(script)))
        #expect(eventually { Self.sleepers(slave).count == 2 })
        if isAsked { _ = try slave.reply(to: slave.call(.goodbye)) } else { slave.closeWire() }
        #expect(slave.isGone)
    }

    /// How a slave ends.
    enum End: CaseIterable {
        case goodbye, masterGone, relayKilled, replicaKilled, guardianKilledFirst
    }

    @Test(arguments: End.allCases)
    func `what called setsid is ended with the slave, however that ends`(_ end: End) throws {
        let slave = try SlaveProcess.greeted(workers: 2)
        let script = "(setsid sleep 1000 &); setsid sleep 1000 & sleep 0"
        _ = try slave.reply(to: slave.operate(.shell, XDRBytes.text(script)))
        #expect(eventually { Self.sleepers(slave).count == 2 })
        switch end {
        case .goodbye: _ = try slave.reply(to: slave.call(.goodbye))
        case .masterGone: slave.closeWire()
        case .relayKilled: kill(slave.process, SIGKILL)
        case .replicaKilled:
            let worker = try slave.event {
                if case .started(_, let process, _) = $0 { process } else { nil }
            }
            kill(try #require(DeathTests.parent(of: worker)), SIGKILL)
        case .guardianKilledFirst:
            let guardian = try #require(DeathTests.guardian(of: slave))
            kill(guardian, SIGKILL)
            #expect(eventually { slave.processes.contains(guardian) == false })
            #expect(try slave.sum(1, 2, at: 0) == 3)
            slave.closeWire()
        }
        #expect(slave.isGone)
    }

    @Test(arguments: ProbeKind.available, [1, 8] as [UInt32])
    func `a relay that is stopped does not outlive its master by more than five seconds`(
        _ kind: ProbeKind, _ count: UInt32
    ) throws {
        let slave = try SlaveProcess.greeted(kind, workers: count)
        let xids = (0..<count).map { _ in
            slave.operate(.waitFor, XDRBytes.text("/nonexistent"))
        }
        _ = try slave.event { if case .started = $0 { true } else { nil } }
        #expect(xids.count == count)
        kill(slave.process, SIGSTOP)
        let begin = ContinuousClock.now
        slave.closeWire()
        #expect(try slave.status() == 128 + SIGKILL)
        #expect(slave.isGone)
        // The rest is the machine's, which may be busy with other tests. Without a guardian it would be
        // stopped for ever.
        #expect(ContinuousClock.now - begin < .seconds(300))
    }
}
