import Testing

@Suite struct SerialTests {
    @Test(arguments: ProbeKind.available)
    func `the serial slave does everything in one process`(_ kind: ProbeKind) throws {
        let slave = try SlaveProcess.greeted(kind, workers: 8, ["--serve", "--serial"])
        #expect(try slave.sum(1, 2, at: 0) == 3)
        #expect(try slave.updateFailure(slave.sendContext(.setBias, makes: 1, 10)) == nil)
        #expect(try slave.sum(1, 2, at: 1) == 13)
        slave.sendShared(slot: 0, version: 1, makes: 2)
        slave.provide(slot: 0, version: 1, SlaveProcess.table([1, 2, 3]), step: 7)
        #expect(try slave.reply(to: slave.operate(.sum, at: 2)).number == 16)
        slave.sendShared(slot: 0, version: 2, makes: 3)
        slave.provide(slot: 0, version: 2, SlaveProcess.table([100]))
        slave.retire(below: 3)
        #expect(try slave.reply(to: slave.operate(.sum, at: 3)).number == 110)
        #expect(try slave.reply(to: slave.operate(.process, at: 3)).worker == 0)
        #expect(slave.processes.count == 1)
        #expect(try slave.reply(to: slave.call(.goodbye)).status == .success)
        #expect(try slave.status() == 0)
        #expect(slave.errors.isEmpty)
    }

    @Test func `it tells an operation of another position that it is elsewhere`() throws {
        let slave = try SlaveProcess.greeted(.native, ["--serve", "--serial"])
        #expect(try slave.updateFailure(slave.sendContext(.setBias, makes: 1, 10)) == nil)
        let reply = try slave.reply(to: slave.operate(.nothing, at: 0))
        #expect(reply.status == .systemError)
        #expect(reply.failure == "'nothing' is for position 0, this slave is at 1")
        let failed = slave.sendContext(.breakContext, makes: 2, 0)
        #expect(try slave.updateFailure(failed) == "the context is broken")
    }

    @Test func `it refuses garbage like the other`() throws {
        let slave = try SlaveProcess(.native, ["--serve", "--serial"])
        slave.operate(.nothing)
        #expect(try slave.status() == 76)
        #expect(slave.errors == "slave: the master sent a call before hello\n")
    }
}
