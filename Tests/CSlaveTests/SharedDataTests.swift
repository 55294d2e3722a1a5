import Testing

@Suite struct SharedDataTests {
    @Test(arguments: ProbeKind.available)
    func `shared data that came once are read by all workers`(_ kind: ProbeKind) throws {
        let slave = try SlaveProcess.greeted(kind, workers: 3)
        let numbers = (0..<200_000).map { UInt32($0) }
        slave.sendShared(slot: 0, version: 1, makes: 1)
        slave.provide(slot: 0, version: 1, SlaveProcess.table(numbers))
        let xids = (0..<30).map { _ in slave.operate(.sum, at: 1) }
        let expected = numbers.reduce(0, &+)
        for xid in xids { #expect(try slave.reply(to: xid).number == expected) }
    }

    @Test func `data may come after later updates, and each position reads its own version`() throws
    {
        let slave = try SlaveProcess.greeted(workers: 2)
        slave.sendShared(slot: 0, version: 1, makes: 1)
        slave.sendContext(.setBias, makes: 2, 1_000)
        slave.sendShared(slot: 0, version: 2, makes: 3)
        // A worker of position 2 that was forked before the data came must not read them.
        #expect(try slave.sum(0, 0, at: 2) == 1_000)
        slave.provide(slot: 0, version: 1, SlaveProcess.table([1, 2, 3]), step: 5)
        slave.provide(slot: 0, version: 2, SlaveProcess.table([40]))
        for (position, sum) in [(2, 1_006), (3, 1_040), (1, 6), (2, 1_006)] as [(UInt64, UInt32)] {
            #expect(try slave.reply(to: slave.operate(.sum, at: position)).number == sum)
        }
    }

    @Test func `a position inherits what an earlier one has decoded`() throws {
        let slave = try SlaveProcess.greeted(workers: 1)
        slave.sendShared(slot: 0, version: 1, makes: 1)
        slave.provide(slot: 0, version: 1, SlaveProcess.table([5]))
        #expect(try slave.reply(to: slave.operate(.sum, at: 1)).number == 5)
        slave.sendShared(slot: 1, version: 1, makes: 2)
        slave.provide(slot: 1, version: 1, SlaveProcess.table([7]))
        slave.retire(below: 2)
        #expect(try slave.reply(to: slave.operate(.sumBoth, at: 2)).number == 12)
        slave.sendShared(slot: 0, version: 2, makes: 3)
        slave.retire(below: 3)
        slave.provide(slot: 0, version: 2, SlaveProcess.table([100]))
        #expect(try slave.reply(to: slave.operate(.sumBoth, at: 3)).number == 107)
    }

    @Test func `an operation whose data were not sent fails with a sentence`() throws {
        let slave = try SlaveProcess.greeted()
        slave.sendShared(slot: 0, version: 1, makes: 1)
        let expected = "'table' was not sent before the operation that reads it"
        let early = try slave.reply(to: slave.operate(.sum, at: 1))
        #expect(early.status == .systemError)
        #expect(early.failure == expected)
        slave.define(slot: 0, version: 1, size: 100)
        #expect(try slave.reply(to: slave.operate(.sum, at: 1)).failure == expected)
        #expect(try slave.reply(to: slave.operate(.sum, at: 0)).failure == expected)
    }

    @Test func `data that do not decode fail their readers and nobody else`() throws {
        let slave = try SlaveProcess.greeted()
        slave.sendShared(slot: 0, version: 1, makes: 1)
        slave.provide(slot: 0, version: 1, XDRBytes.of(0, 0xffff_ffff))
        let reply = try slave.reply(to: slave.operate(.sum, at: 1))
        #expect(reply.status == .systemError)
        #expect(reply.failure.hasPrefix("version 1 of 'table' does not decode: table.numbers: "))
        #expect(try slave.sum(1, 2, at: 1) == 3)
    }

    @Test(arguments: [
        ("shared data: a chunk of shared data out of order", 4, 4),
        ("shared data: more bytes of shared data than were announced", 0, 12),
    ])
    func `chunks that do not fit end the slave`(_ sentence: String, _ offset: Int, _ size: Int)
        throws
    {
        let slave = try SlaveProcess.greeted()
        slave.define(slot: 0, version: 1, size: 8)
        slave.chunk(slot: 0, version: 1, offset: offset, [UInt8](repeating: 0, count: size))
        #expect(try slave.status() == 76)
        #expect(slave.errors == "slave: \(sentence)\n")
        #expect(slave.isGone)
    }
}
