import Foundation
import Testing

/// Short operations, of which a worker has many at once.
@Suite struct BatchTests {
    /// Makes them known to be short, unless the machine does other work just then.
    private static func train(_ slave: SlaveProcess) throws {
        let open = Gate()
        try open.open()
        for _ in 0..<40 {
            _ = try slave.reply(to: slave.operate(.waitFor, XDRBytes.text(open.path)))
            _ = try slave.reply(to: slave.operate(.print, XDRBytes.text("")))
            _ = try slave.reply(to: slave.operate(.add, XDRBytes.of(1, 1)))
        }
    }

    private static func workers(
        of slave: SlaveProcess, _ count: Int, deadline: UInt64
    ) throws -> [UInt32?] {
        let gate = Gate()
        let xids = slave.together {
            (0..<count).map { _ in
                slave.operate(.waitFor, XDRBytes.text(gate.path), deadline: deadline)
            }
        }
        // The relay has handed them over before it answers.
        _ = try slave.reply(to: slave.call(.ping))
        try gate.open()
        return try xids.map { try slave.reply(to: $0).worker }
    }

    @Test(arguments: [0, 60_000_000] as [UInt64])
    func `those that come at once are shared among idle workers in runs`(
        _ deadline: UInt64
    ) throws {
        let slave = try SlaveProcess.greeted(workers: 2)
        #expect(try Set(Self.workers(of: slave, 2, deadline: deadline)) == [0, 1])
        let halves: [[UInt32?]] = [[0, 0, 0, 0, 1, 1, 1, 1], [1, 1, 1, 1, 0, 0, 0, 0]]
        #expect(
            try (0..<20).contains { _ in
                try Self.train(slave)
                return try halves.contains(Self.workers(of: slave, 8, deadline: deadline))
            })
    }

    @Test func `their times are told together, but never with those of another procedure`() throws {
        // Where the machine did other work in the midst of a quick one that was slow as well: again.
        let isShown = try (0..<20).contains { _ in try Self.areQuickOnesQuick() }
        #expect(isShown)
    }

    /// Whether each of the quick ones took less than the one that waited.
    private static func areQuickOnesQuick() throws -> Bool {
        let slave = try SlaveProcess.greeted(workers: 1)
        try Self.train(slave)
        let gate = Gate()
        let begun = ContinuousClock.now
        var waiting: UInt32 = 0
        let others = slave.together {
            let before = (0..<300).map { slave.operate(.add, XDRBytes.of(UInt32($0), 1)) }
            let print = slave.operate(.print, XDRBytes.text("now\n"))
            waiting = slave.operate(.waitFor, XDRBytes.text(gate.path))
            let behind = (0..<100).map { slave.operate(.add, XDRBytes.of(UInt32($0), 1)) }
            return before + [print] + behind
        }
        #expect(eventually { slave.printed.contains { $0.text.contains("now\n") } })
        #expect(eventually { gate.isWaitedFor })
        Thread.sleep(forTimeInterval: 0.2)
        try gate.open()
        let slow = try slave.reply(to: waiting).microseconds
        let quick = try others.map { try slave.reply(to: $0).microseconds }
        let span = (ContinuousClock.now - begun) / .microseconds(1)
        #expect(slow >= 100_000)
        #expect(Double(quick.reduce(slow, +)) <= span, "no time is told twice")
        return quick.allSatisfy { $0 < slow }
    }

    @Test func `calls of every size keep their bytes, also where they are executed again`() throws {
        let slave = try SlaveProcess.greeted(workers: 2)
        try Self.train(slave)
        let sizes = [0, 1, 64, 1_900, 1_979, 1_980, 1_981, 2_048, 5, 33_000, 70_000]
        var crashes: [UInt32] = []
        var echoes: [(xid: UInt32, bytes: [UInt8])] = []
        slave.together {
            for index in 0..<600 {
                let bytes = (0..<sizes[index % sizes.count]).map {
                    UInt8(truncatingIfNeeded: $0 &+ index)
                }
                echoes.append((slave.operate(.echo, XDRBytes.opaque(bytes)), bytes))
                if index % 150 == 75 {
                    crashes.append(slave.operate(.crash, XDRBytes.of(UInt32(SIGABRT))))
                }
            }
        }
        for echo in echoes {
            #expect(try slave.reply(to: echo.xid).result == XDRBytes.opaque(echo.bytes))
        }
        for xid in crashes { #expect(try slave.ending(of: xid).signal == "SIGABRT") }
    }

    @Test func `quick ones that become slow are answered one at a time`() throws {
        let slave = try SlaveProcess.greeted(workers: 1)
        try Self.train(slave)
        let open = Gate()
        let gates = [Gate(), Gate()]
        try open.open()
        let xids = slave.together {
            let quick = (0..<30).map { _ in slave.operate(.waitFor, XDRBytes.text(open.path)) }
            return quick + gates.map { slave.operate(.waitFor, XDRBytes.text($0.path)) }
        }
        #expect(eventually { gates[0].isWaitedFor })
        try gates[0].open()
        #expect(try slave.reply(to: xids[30]).status == .success)
        #expect(!slave.hasReply(to: xids[31]))
        try gates[1].open()
        #expect(try slave.reply(to: xids[31]).status == .success)
    }
}
