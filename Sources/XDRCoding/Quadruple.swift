/// A quadruple-precision number (RFC 4506 §4.8) as its 16 bytes, the sign's byte first. Swift has no
/// type that calculates with it.
public struct Quadruple: Hashable, Sendable, XDRFlat {
    /// Sign and the exponent's 15 bits, then the first 48 bits of the fraction.
    public var high: UInt64
    /// The last 64 bits of the fraction.
    public var low: UInt64

    /// Zero.
    public init(high: UInt64 = 0, low: UInt64 = 0) {
        self.high = high
        self.low = low
    }

    public var bytes: [UInt8] {
        [high, low].flatMap { word in
            (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * UInt64($0))) }
        }
    }

    public init(from decoder: inout XDRDecoder) throws(XDRError) {
        high = try decoder.integer(UInt64.self)
        low = try decoder.integer(UInt64.self)
    }

    public var flatSize: Int { 16 }

    public func put(into room: inout XDRRoom) {
        room.put(high)
        room.put(low)
    }
}
