import TestKit
import Testing

@testable import Marionette

/// Values that change in hundreds of places, a little at a time: their versions get many parts.
@Suite(.timeLimit(.minutes(5))) struct ManyChangesTests {
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
}
