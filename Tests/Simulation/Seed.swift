/// What a whole simulated run follows from.
public struct Seed: Hashable, Sendable {
    public let number: UInt64

    public init(number: UInt64) { self.number = number }
}
