/// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014). Integers
/// alone, so that every architecture has the same.
struct RandomNumbers {
    private var state: UInt64

    /// One sequence for each path of a seed.
    init(seed: UInt64, path: UInt64) {
        state = Self.mixed(seed &+ 0x9e37_79b9_7f4a_7c15 &* (path &+ 1))
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        return Self.mixed(state)
    }

    private static func mixed(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    /// From 0 to 1, never one of them: 52 random bits and a half.
    private mutating func fraction() -> Double {
        (Double(next() >> 12) + 0.5) * 0x1p-52
    }

    /// Two independent numbers of the normal distribution, by Marsaglia's polar method.
    mutating func normals() -> (Double, Double) {
        while true {
            let x = 2 * fraction() - 1
            let y = 2 * fraction() - 1
            let square = x * x + y * y
            if square < 1, square > 0 {
                let scale = (-2 * logarithm(square) / square).squareRoot()
                return (x * scale, y * scale)
            }
        }
    }
}
