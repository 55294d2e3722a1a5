/// SplitMix64: the same numbers on every system.
public struct Seed: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(_ value: UInt64) { state = value }

    /// Another sequence for each name, so that one type's values don't depend on the types before.
    public init(_ value: UInt64, _ name: String) {
        // FNV-1a.
        state = name.utf8.reduce(value ^ 0xcbf2_9ce4_8422_2325) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01b3
        }
    }

    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }

    mutating func chance(_ of: Int) -> Bool { below(of) == 0 }
}
