import Foundation
import Testing

@Suite struct ExecutionTests {
    @Test(arguments: ProbeKind.available)
    func `hello is answered with what the slave is`(_ kind: ProbeKind) throws {
        let slave = try SlaveProcess(kind)
        let hash = try SlaveProcess.interfaceHash(kind)
        let xid = slave.call(.hello, SlaveProcess.helloBytes(hash: hash, workers: 3))
        var identity = XDRCursor(try slave.reply(to: xid).result)
        #expect(try identity.word() == SlaveProcess.protocolVersion)
        for index in 0..<8 {
            #expect(
                try identity.word()
                    == hash[4 * index..<4 * index + 4].reduce(0) { $0 << 8 | UInt32($1) })
        }
        let build = try identity.text()
        #expect((build == "development") == (kind.target == nil))
        #expect(try !identity.text().isEmpty)
        #expect(
            try identity.text()
                == (kind.isEmulated
                    ? kind.machine
                    : ProbeRun.output(["/usr/bin/uname", "-m"]).output.split(separator: "\n").first
                        .map(String.init)))
        #expect(try identity.word() == (kind == .s390x ? 0 : 1))
        #expect(try identity.word() == kind.wordBits)
        #expect(try identity.word() > 0)
        #expect(try identity.word() == 3)
        let process = try identity.word()
        #expect(kind.isEmulated || process == UInt32(slave.process))
    }

    @Test(arguments: ProbeKind.available)
    func `an operation is executed, with a receipt`(_ kind: ProbeKind) throws {
        let slave = try SlaveProcess.greeted(kind)
        let reply = try slave.reply(to: slave.operate(.echo, XDRBytes.opaque([1, 2, 3, 4, 5])))
        #expect(reply.status == .success)
        #expect(reply.result == XDRBytes.opaque([1, 2, 3, 4, 5]))
        #expect(reply.worker.map { $0 < 2 } == true)
        #expect(reply.failure.isEmpty)
    }

    @Test func `many operations sent at once are each answered once`() throws {
        let slave = try SlaveProcess.greeted(workers: 3)
        let xids = (0..<2_000).map { slave.operate(.add, XDRBytes.of(UInt32($0), 1)) }
        for (index, xid) in xids.enumerated() {
            #expect(try slave.reply(to: xid).number == UInt32(index) + 1)
        }
        #expect(xids.allSatisfy { !slave.hasReply(to: $0) })
    }

    @Test func `large arguments and results travel whole`() throws {
        let slave = try SlaveProcess.greeted()
        let bytes = (0..<3_000_001).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        let xids = (0..<3).map { _ in slave.operate(.echo, XDRBytes.opaque(bytes)) }
        for xid in xids {
            #expect(try slave.reply(to: xid).result == XDRBytes.opaque(bytes))
        }
    }

    @Test func `a record in several fragments is one call`() throws {
        let slave = try SlaveProcess.greeted()
        let body = slave.callBytes(
            7, program: Program.slave, procedure: SlaveCall.ping.rawValue, [])
        for (index, byte) in body.enumerated() {
            slave.send(XDRBytes.of(index == body.count - 1 ? 0x8000_0001 : 1) + [byte])
        }
        #expect(try slave.reply(to: 7).status == .success)
    }

    @Test func `a failure is told in the user's words`() throws {
        let slave = try SlaveProcess.greeted()
        let reply = try slave.reply(to: slave.operate(.fail, XDRBytes.text("region of width -1")))
        #expect(reply.status == .systemError)
        #expect(reply.failure == "region of width -1")
        #expect(try slave.sum(1, 2, at: 0) == 3)
        let ends = slave.events.filter { if case .ended = $0 { true } else { false } }
        #expect(ends.isEmpty, "the worker lives on")
    }

    @Test func `a failure's sentence is UTF-8, whatever the worker made of it`() throws {
        let slave = try SlaveProcess.greeted()
        let cut = "x" + String(repeating: "\u{e9}", count: 200)
        let long = try slave.reply(to: slave.operate(.fail, XDRBytes.text(cut)))
        #expect(long.failure == cut.prefix(160) + "?")
        let bytes: [UInt8] = [
            0x61, 0xff, 0xc0, 0x80, 0xed, 0xa0, 0x80, 0xf0, 0x9f, 0x98, 0x80, 0xe2, 0x82,
        ]
        let strange = try slave.reply(to: slave.operate(.fail, XDRBytes.opaque(bytes)))
        #expect(strange.failure == "a??????\u{1f600}??")
    }

    @Test(arguments: [["--serve"], ["--serve", "--serial"]])
    func `an operation is told its position`(_ arguments: [String]) throws {
        let slave = try SlaveProcess.greeted(.native, workers: 1, arguments)
        for position in 1...3 as ClosedRange<UInt64> {
            slave.sendContext(.setBias, makes: position, 1)
            let reply = try slave.reply(to: slave.operate(.position, at: position))
            #expect(reply.result == XDRBytes.of(0, UInt32(position)))
        }
    }

    @Test func `arguments that do not decode are garbage`() throws {
        let slave = try SlaveProcess.greeted()
        let reply = try slave.reply(to: slave.operate(.add, XDRBytes.of(1)))
        #expect(reply.status == .garbage)
        #expect(!reply.failure.isEmpty)
    }

    @Test func `a result larger than a record is a failure with a sentence`() throws {
        let slave = try SlaveProcess.greeted(workers: 1)
        let reply = try slave.reply(to: slave.operate(.large, XDRBytes.of(268_435_456)))
        #expect(reply.status == .systemError)
        #expect(reply.failure.contains("the result of 'large' can't be sent"))
        #expect(reply.failure.contains("limit of 268435456"))
    }

    @Test func `unknown programs, versions and procedures are refused as RFC 5531 says`() throws {
        let slave = try SlaveProcess.greeted()
        slave.sendRecord(slave.callBytes(1, program: 99, procedure: 1, []))
        #expect(try slave.reply(to: 1).status == .programUnavailable)
        slave.sendRecord(slave.callBytes(2, program: Program.slave, procedure: 77, []))
        #expect(try slave.reply(to: 2).status == .procedureUnavailable)
        slave.sendRecord(slave.callBytes(3, program: Program.probe, procedure: 77, []))
        #expect(try slave.reply(to: 3).status == .procedureUnavailable)
        var other = slave.callBytes(4, program: Program.probe, procedure: 3, [])
        other[19] = 9
        slave.sendRecord(other)
        let reply = try slave.reply(to: 4)
        #expect(reply.status == .programMismatch)
        #expect(reply.result == XDRBytes.of(1, 1))
    }

    @Test func `what an operation prints goes to the log, a line at a time`() throws {
        let slave = try SlaveProcess.greeted()
        let text = "half a line, "
        _ = try slave.reply(to: slave.operate(.print, XDRBytes.text(text)))
        _ = try slave.reply(to: slave.operate(.print, XDRBytes.text("and a whole one\n")))
        #expect(eventually { slave.printed.map(\.text) == [text + "and a whole one\n"] })
    }

    @Test func `a ping is answered while all workers compute`() throws {
        let slave = try SlaveProcess.greeted(workers: 1)
        let gate = Gate()
        let waiting = slave.operate(.waitFor, XDRBytes.text(gate.path))
        #expect(try slave.reply(to: slave.call(.ping)).status == .success)
        #expect(!slave.hasReply(to: waiting))
        try gate.open()
        #expect(try slave.reply(to: waiting).status == .success)
    }

    @Test func `no more operations are executed at once than there are workers`() throws {
        let slave = try SlaveProcess.greeted(workers: 2)
        let gate = Gate()
        let waiting = (0..<4).map { _ in slave.operate(.waitFor, XDRBytes.text(gate.path)) }
        let queued = slave.operate(.nothing)
        _ = try slave.reply(to: slave.call(.ping))
        #expect(!slave.hasReply(to: queued))
        try gate.open()
        let workers = try Set(waiting.map { try slave.reply(to: $0).worker })
        #expect(workers == [0, 1])
        #expect(try slave.reply(to: queued).status == .success)
    }

    @Test func `a cancelled operation that waits is dropped, one that runs is killed`() throws {
        let slave = try SlaveProcess.greeted(workers: 1)
        #expect(try slave.sum(1, 2, at: 0) == 3)
        let running = slave.operate(.waitFor, XDRBytes.text("/nonexistent"))
        let queued = slave.operate(.waitFor, XDRBytes.text("/nonexistent"))
        // By now the worker has the first one.
        _ = try slave.reply(to: slave.call(.ping))
        // No worker had the first one.
        for (xid, worker) in [(queued, UInt32.max), (running, 0)] {
            slave.call(.cancel, XDRBytes.of(xid))
            let reply = try slave.reply(to: xid)
            #expect(reply.status == .systemError)
            #expect(reply.failure == "cancelled")
            #expect(reply.worker == worker)
        }
        #expect(try slave.sum(1, 2, at: 0) == 3)
        #expect(
            !slave.events.contains { if case .ended = $0 { true } else { false } },
            "an end that we brought about is nobody's fault")
    }

    @Test func `goodbye is answered, and then nothing is left`() throws {
        let slave = try SlaveProcess.greeted()
        _ = try slave.sum(1, 2, at: 0)
        #expect(try slave.reply(to: slave.call(.goodbye)).status == .success)
        #expect(try slave.status() == 0)
        #expect(slave.isGone)
        #expect(slave.errors.isEmpty)
    }
}
