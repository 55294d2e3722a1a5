/// What a hostile or broken peer makes of a value's bytes.
public struct Damage {
    private var random: Seed

    public init(seed: Seed) { random = seed }

    /// Cut off, longer than it is, a count or discriminant changed, a byte changed.
    public mutating func damaged(_ value: [UInt8]) -> [UInt8] {
        guard value.count >= 4 else { return value + [0, 0, 0, 1] }
        var value = value
        switch random.below(6) {
        case 0: value.removeLast(random.below(value.count) + 1)
        case 1: value += [0, 0, 0, UInt8(random.below(2))]
        case 2: value[random.below(value.count)] = [0, 1, 0x7f, 0x80, 0xff][random.below(5)]
        default:
            // Most words of a value are small numbers that mean something: counts and cases.
            let place = random.below(value.count / 4) * 4
            let word: [UInt8] = [
                [0xff, 0xff, 0xff, 0xff], [0, 0, 0, 2], [0x7f, 0xff, 0xff, 0xff], [0x80, 0, 0, 0],
                [0, 1, 0, 0], [0x20, 0, 0, 1], [0, 0, 0, 41],
            ][random.below(7)]
            value.replaceSubrange(place..<place + 4, with: word)
        }
        return value
    }
}
