import TestKit
import Testing

/// Versions that are put together from parts of earlier ones.
@Suite struct SharedDeltaTests {
    private static let count = 100_000
    private static let numbers = (0..<count).map { UInt32($0) }
    private static let sum = numbers.reduce(0, &+)
    private static let table = SlaveProcess.table(numbers)

    /// A slave that holds version 1 at position 1, and decoded it.
    private static func holding(_ kind: ProbeKind = .native) throws -> SlaveProcess {
        let slave = try SlaveProcess.greeted(kind)
        slave.sendShared(slot: 0, version: 1, makes: 1)
        slave.provide(slot: 0, version: 1, table)
        #expect(try slave.reply(to: slave.operate(.sum, at: 1)).number == sum)
        return slave
    }

    /// Version 2: the number at `index` is 7 more, and all else is copied.
    private static func sendChange(
        _ slave: SlaveProcess, at index: Int = 5_000, checksum: UInt64? = nil, version: UInt64 = 2,
        over base: UInt64 = 1
    ) {
        var changed = numbers
        changed[index] += 7
        let bytes = SlaveProcess.table(changed)
        let place = bytes.count - 4 * (count - index)
        slave.define(
            slot: 0, version: version, size: bytes.count, over: base,
            checksum: checksum ?? XDRBytes.checksum(bytes))
        slave.copy(slot: 0, version: version, offset: 0, from: 0, size: place)
        slave.chunk(slot: 0, version: version, offset: place, Array(bytes[place..<place + 4]))
        slave.copy(
            slot: 0, version: version, offset: place + 4, from: place + 4,
            size: bytes.count - place - 4)
    }

    @Test(arguments: ProbeKind.available)
    func `a version is put together from the one before`(_ kind: ProbeKind) throws {
        let slave = try Self.holding(kind)
        slave.sendShared(slot: 0, version: 2, makes: 2)
        Self.sendChange(slave)
        #expect(try slave.reply(to: slave.operate(.sum, at: 2)).number == Self.sum + 7)
        #expect(try slave.reply(to: slave.operate(.sum, at: 1)).number == Self.sum)
    }

    @Test(arguments: seedsOfThisRun(3))
    func `patches of any steps, and chunks among them, put a version together`(
        _ seed: UInt64
    ) throws {
        var random = SeededNumbers(seed)
        let slave = try Self.holding()
        var numbers: [UInt32] = []
        var parts: [(from: Int, size: Int, bytes: [UInt8])] = []
        let head = Self.table.count - 4 * Self.count
        // The table's name and count are new; behind them, numbers of the base and new ones in turn.
        for _ in 0..<random.within(1...1_500) {
            let count = random.within(0...3) == 0 ? 0 : random.within(0...500)
            let from = random.within(0...(Self.count - count))
            let fresh =
                random.within(0...9) == 0 ? random.within(0...2_000) : random.within(0...256)
            let new = (0..<fresh).map { _ in UInt32(random.within(0...1 << 30)) }
            numbers += Self.numbers[from..<(from + count)] + new
            var out = XDRBytes()
            new.forEach { out.word($0) }
            parts.append((head + 4 * from, 4 * count, out.bytes))
        }
        let bytes = SlaveProcess.table(numbers)
        parts.insert((0, 0, Array(bytes[..<head])), at: 0)
        slave.sendShared(slot: 0, version: 2, makes: 2)
        slave.define(
            slot: 0, version: 2, size: bytes.count, over: 1, checksum: XDRBytes.checksum(bytes))
        var offset = 0
        while !parts.isEmpty {
            let begin = offset
            var steps: [(from: Int, size: Int, bytes: [UInt8])] = []
            let count = random.within(1...1_024)
            while let part = parts.first, part.bytes.count <= 1_024, steps.count < count {
                steps.append(parts.removeFirst())
                offset += part.size + part.bytes.count
            }
            if !steps.isEmpty { slave.patch(slot: 0, version: 2, offset: begin, steps) }
            guard steps.count < count, let large = parts.first else { continue }
            parts.removeFirst()
            slave.copy(slot: 0, version: 2, offset: offset, from: large.from, size: large.size)
            slave.chunk(slot: 0, version: 2, offset: offset + large.size, large.bytes)
            offset += large.size + large.bytes.count
        }
        let sum = numbers.reduce(0, &+)
        #expect(try slave.reply(to: slave.operate(.sum, at: 2)).number == sum, "seed \(seed)")
    }

    @Test func `the highest whole version stays, as a base, though its position is retired`() throws
    {
        let slave = try Self.holding()
        for version in UInt64(2)...6 {
            slave.retire(below: version)
            slave.sendShared(slot: 0, version: version, makes: version)
            #expect(try slave.sum(0, 0, at: version) == 0)
            // The third is begun and left; the fourth is made of the second.
            guard version != 3 else {
                slave.define(slot: 0, version: 3, size: 1_000_000, over: 2)
                slave.copy(slot: 0, version: 3, offset: 0, from: 0, size: 1000)
                continue
            }
            Self.sendChange(slave, version: version, over: version == 4 ? 2 : version - 1)
            #expect(try slave.reply(to: slave.operate(.sum, at: version)).number == Self.sum + 7)
        }
    }

    @Test func `parts in the wrong place fail the readers and nobody else`() throws {
        let slave = try Self.holding()
        slave.sendShared(slot: 0, version: 2, makes: 2)
        Self.sendChange(slave, checksum: 12_345)
        let reply = try slave.reply(to: slave.operate(.sum, at: 2))
        #expect(reply.status == .systemError)
        #expect(reply.failure == "version 2 of 'table' is not what the master sent")
        #expect(try slave.reply(to: slave.operate(.sum, at: 1)).number == Self.sum)
    }

    @Test(arguments: [
        ("a copy of shared data that are not here", 7, 0, 0, 4),
        ("a copy of more shared data than there are", 1, 0, 400_010, 12),
        ("a copy of more shared data than there are", 1, 0, Int.max, 4),
        ("a chunk of shared data out of order", 1, 4, 0, 4),
        ("more bytes of shared data than were announced", 1, 0, 0, 8192),
    ])
    func `copies that do not fit end the slave`(
        _ sentence: String, _ base: UInt64, _ offset: Int, _ from: Int, _ size: Int
    ) throws {
        let slave = try Self.holding()
        slave.define(slot: 0, version: 2, size: 4096, over: base)
        slave.copy(slot: 0, version: 2, offset: offset, from: from, size: size)
        #expect(try slave.status() == 76)
        #expect(slave.errors == "slave: shared data: \(sentence)\n")
        #expect(slave.isGone)
    }

    @Test func `a copy is bounded, and made only of what is whole`() throws {
        let bounded = try Self.holding()
        bounded.define(slot: 0, version: 2, size: 1 << 30, over: 1)
        bounded.copy(slot: 0, version: 2, offset: 0, from: 0, size: 16 << 20 | 4)
        #expect(try bounded.status() == 76)
        #expect(
            bounded.errors == "slave: the master sent shared data that does not decode: "
                + "copies of more than 16777216 bytes\n")

        let partial = try Self.holding()
        partial.define(slot: 0, version: 2, size: 1000, over: 1)
        partial.define(slot: 0, version: 3, size: 1000, over: 2)
        partial.copy(slot: 0, version: 3, offset: 0, from: 0, size: 4)
        #expect(try partial.status() == 76)
        #expect(partial.errors == "slave: shared data: a copy of shared data that are not here\n")
    }

    @Test func `an operation whose deadline passed before a worker had it is not executed`() throws
    {
        let slave = try SlaveProcess.greeted(workers: 1)
        let gate = Gate()
        let busy = slave.operate(.waitFor, XDRBytes.text(gate.path), deadline: .max)
        let late = slave.operate(.nothing, deadline: 1)
        // Else the relay may read it when the worker is free again.
        _ = try slave.reply(to: slave.call(.ping))
        try gate.open()
        #expect(try slave.reply(to: busy).status == .success)
        #expect(try slave.reply(to: late).failure == "its deadline passed before a worker had it")
    }
}
