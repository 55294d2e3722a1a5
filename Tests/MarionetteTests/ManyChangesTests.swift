import Scheduling
import TestKit
import Testing

@testable import Driving
@testable import Marionette

/// Values that change in hundreds of places, a little at a time: their versions get many parts.
@Suite(.timeLimit(.minutes(20))) struct ManyChangesTests {
    /// Inserts or removes up to some 80 bytes, at one place.
    private static func edit(_ bytes: inout [UInt8], _ random: inout SplitMix) {
        let place = Int.random(in: 0...bytes.count, using: &random)
        let count = Int.random(in: 1...80, using: &random)
        if Bool.random(using: &random) || bytes.count < 1_000 {
            let new = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            bytes.insert(contentsOf: new, at: place)
        } else {
            bytes.removeSubrange(place..<min(bytes.count, place + count))
        }
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `hundreds of small insertions and removals are compared, version after version`(
        seed: UInt64
    ) throws {
        var random = SplitMix(state: seed)
        var bytes = (0..<200_000).map { _ in UInt8.random(in: 0...255, using: &random) }
        var content = SharedContent(bytes)
        for round in 1...300 {
            // Some versions differ from the one before in many places at once.
            for _ in 0..<(round % 50 == 0 ? 200 : 1) { Self.edit(&bytes, &random) }
            content = try #require(SharedContent(bytes, after: content), "seed \(seed)")
            try #require(content.bytes == bytes, "seed \(seed), version \(round)")
        }
    }

    @Test(arguments: [false, true])
    func `what was inserted and removed at hundreds of places is read by operations`(
        serial: Bool
    ) async throws {
        let seed: UInt64 = serial ? 6 : 5
        try await TrialRun.with(serial: serial) { run in
            var random = SplitMix(state: seed)
            var table = (0..<200_000).map { _ in UInt8.random(in: 0...255, using: &random) }
            for round in 1...300 {
                Self.edit(&table, &random)
                run.client.table = table
                let place = Int.random(in: 0..<table.count, using: &random)
                let look = try await run.client.look(UInt32(place))
                try #require(
                    look.byte == UInt32(table[place]) && look.size == UInt32(table.count),
                    "seed \(seed), version \(round)")
            }
        }
    }

    /// Changes 32 bytes, anywhere.
    private static func change(_ bytes: inout [UInt8], _ random: inout SplitMix) {
        let place = Int.random(in: 0...(bytes.count - 32), using: &random)
        for index in place..<(place + 32) { bytes[index] = ~bytes[index] }
    }

    /// Of what differs, in pieces of 64 bytes.
    private static func changed(_ one: [UInt8], _ other: [UInt8]) -> Int {
        var changed = 0
        for start in stride(from: 0, to: one.count, by: 64) {
            let end = min(start + 64, one.count)
            if one[start..<end] != other[start..<end] { changed += end - start }
        }
        return changed
    }

    /// What a host that holds a version reads of the stream until it has the next one.
    private static func streamed(_ next: SharedContent, over base: SharedContent) -> Int {
        var outbox = Outbox()
        _ = outbox.define(SharedVersion(slot: 0, version: 1), base)
        outbox.drain { $0.count }
        let before = outbox.bytesSent
        _ = outbox.define(SharedVersion(slot: 0, version: 2), next)
        outbox.drain { $0.count }
        return Int(outbox.bytesSent - before)
    }

    /// A host may have missed some versions: they are compared with the latest one as well.
    @Test(arguments: [
        (1, 1_000, 1), (2, 20_000, 20), (3, 200_000, 300), (4, 1 << 20, 1_000),
        (5, 1_300_001, 4_000),
    ])
    func `scattered changes send at most twice what changed, and never all, version after version`(
        _ seed: Int, _ size: Int, _ changes: Int
    ) throws {
        var random = SplitMix(state: UInt64(seed))
        var bytes = (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) }
        var versions = [SharedContent(bytes)]
        for round in 1...8 {
            for _ in 0..<changes { Self.change(&bytes, &random) }
            let next = try #require(SharedContent(bytes, after: versions[round - 1]))
            versions.append(next)
            for missed in [1, 3] where missed <= round {
                let base = versions[round - missed]
                let changed = Self.changed(base.bytes, bytes)
                let result = ReceivedContent.of(next, over: base)
                try #require(result.bytes == bytes, "seed \(seed), version \(round)")
                if changed <= size / 4 {
                    // Of each version one message defines it, and 68 bytes begin a patch.
                    let sent = Self.streamed(next, over: base)
                    #expect(sent <= 2 * changed + 200, "seed \(seed), version \(round)")
                }
            }
        }
    }

    @Test(arguments: [(1, 1_000, 0, 2), (2, 200_000, 0, 300), (3, 200_000, 100, 10)])
    func `insertions and removals among scattered changes send at most twice what changed`(
        _ seed: Int, _ size: Int, _ changes: Int, _ edits: Int
    ) throws {
        var random = SplitMix(state: UInt64(seed))
        var bytes = (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) }
        var content = SharedContent(bytes)
        for round in 1...8 {
            for _ in 0..<changes { Self.change(&bytes, &random) }
            for _ in 0..<edits { Self.edit(&bytes, &random) }
            let next = try #require(SharedContent(bytes, after: content))
            let result = ReceivedContent.of(next, over: content)
            try #require(result.bytes == bytes, "seed \(seed), version \(round)")
            // Each may begin in one piece of 64 bytes and end in the next but one.
            #expect(result.sent <= 2 * 128 * (changes + edits), "seed \(seed), version \(round)")
            content = next
        }
    }
}
