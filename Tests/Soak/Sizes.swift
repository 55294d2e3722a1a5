import Simulation
import TestKit

/// Sizes as users bring them: mostly small, and otherwise anything, most of all around the sizes
/// from which on something is done in another way.
enum Sizes {
    /// Of CSlave/limits.h: a packed call, a pack, MRN_LARGE and the worker's buffer, the wire's
    /// buffer, MRN_GATHERED_KEPT, MRN_AREA; of RunLimits: a result that shares its memory, the buffer
    /// for what is received and a chunk, what is received at once; of RecordReader: the length that
    /// is believed.
    static let thresholds = [
        1 << 10, 2 << 10, 32 << 10, 64 << 10, 128 << 10, 256 << 10, 320 << 10, 2 << 20, 4 << 20,
    ]

    /// A size of at most `most` bytes.
    static func any(atMost most: Int, _ random: inout SeededNumbers) -> Int {
        guard most > 0 else { return 0 }
        switch random.below(10) {
        case 0..<4: return random.below(min(most, 200) + 1)
        case 4..<7: return logUniform(1...most, &random)
        default:
            let near = thresholds.filter { $0 <= most }
            guard !near.isEmpty else { return logUniform(1...most, &random) }
            let threshold = near[random.below(near.count)]
            // A record is longer than what it carries, by up to some 200 bytes.
            return min(
                most, threshold + (random.chance(0.5) ? random.within(-1...1) : -random.below(300)))
        }
    }

    /// As likely between 1 and 2 as between 1000 and 2000.
    static func logUniform(_ range: ClosedRange<Int>, _ random: inout SeededNumbers) -> Int {
        var low = range.lowerBound
        let doublings = random.below((range.upperBound / max(1, low)).bitWidthUsed)
        low = max(1, low) << doublings
        return min(range.upperBound, random.within(low...(2 * low - 1)))
    }
}

extension Int {
    /// The bits that a number of this size takes.
    fileprivate var bitWidthUsed: Int { Int.bitWidth - leadingZeroBitCount }
}
