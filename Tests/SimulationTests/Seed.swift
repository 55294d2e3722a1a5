import Foundation
import Testing

/// What a whole simulated run follows from.
struct Seed: Hashable, Sendable, CustomTestStringConvertible {
    let number: UInt64

    var testDescription: String { "seed \(number)" }

    /// One seed from `SEED`, or `SEEDS` of them from 1; 400 where neither is set.
    static var forThisRun: [Seed] {
        let environment = ProcessInfo.processInfo.environment
        if let number = environment["SEED"].flatMap({ UInt64($0) }) {
            return [Seed(number: number)]
        }
        let count = environment["SEEDS"].flatMap { UInt64($0) } ?? 400
        return (1...max(1, count)).map(Seed.init(number:))
    }
}

/// SplitMix64: small, fast, the same everywhere.
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    mutating func chance(_ probability: Double) -> Bool {
        Double(next() >> 11) / Double(1 << 53) < probability
    }

    mutating func below(_ bound: Int) -> Int { bound <= 1 ? 0 : Int(next() % UInt64(bound)) }
}
