import Foundation

/// SplitMix64 (Steele, Lea and Flood 2014): the same numbers for the same seed on every machine.
public struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    public init(_ seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 }

    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    public mutating func below(_ bound: Int) -> Int { bound <= 1 ? 0 : Int(next() % UInt64(bound)) }

    public mutating func chance(_ probability: Double) -> Bool {
        Double(next() >> 11) / Double(1 << 53) < probability
    }

    public mutating func within(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + below(range.count)
    }

    /// A word with one slip of a hand: two letters exchanged, one left out, doubled or replaced.
    public mutating func misspelling(of word: String) -> String {
        var letters = Array(word)
        let at = below(letters.count - 1)
        switch below(4) {
        case 0: letters.swapAt(at, at + 1)
        case 1: letters.remove(at: at)
        case 2: letters.insert(letters[at], at: at)
        default: letters[at] = letters[at] == "q" ? "w" : "q"
        }
        return String(letters)
    }
}

/// Seeds of this run. A test that fails names its own, and is repeated with `MARIONETTE_SEED=n`.
public func seedsOfThisRun(_ count: Int) -> [UInt64] {
    if let text = ProcessInfo.processInfo.environment["MARIONETTE_SEED"], let seed = UInt64(text) {
        return [seed]
    }
    return (0..<count).map { _ in UInt64.random(in: 1...999_999) }
}

/// What is the same work many times: `make proof` does it for all cases, `make test` for `count` of them,
/// others each time. A test that fails names its case.
public func some<Case>(_ count: Int, of cases: [Case]) -> [Case] {
    if ProcessInfo.processInfo.environment["MARIONETTE_PROOF"] != nil { return cases }
    return Array(cases.shuffled().prefix(count))
}
