// C libraries differ in the last bit of exp and log, even one library between two architectures. These
// are sums and products of IEEE 754 in a fixed order: every architecture gives the same bits.

private let log2High = 6.93147180369123816490e-01
private let log2Low = 1.90821492927058770002e-10

/// The natural logarithm of a positive, normal number; within 2 units of the last place.
///
/// x = m × 2^e with m from √½ to √2; log m = 2 artanh((m - 1) / (m + 1)), as a series.
func logarithm(_ x: Double) -> Double {
    let bits = x.bitPattern
    var exponent = Int(bits >> 52) - 1023
    var mantissa = Double(bitPattern: bits & 0x000f_ffff_ffff_ffff | 0x3ff0_0000_0000_0000)
    if mantissa > 1.4142135623730951 {
        mantissa /= 2
        exponent += 1
    }
    let s = (mantissa - 1) / (mantissa + 1)
    let z = s * s
    // 1/3, 1/5, … from the smallest term: z is below 0.03, so eleven terms reach the last bit.
    var series = 0.0
    for divisor in stride(from: 23.0, to: 1.0, by: -2) { series = z * (1 / divisor + series) }
    let log = 2 * s + 2 * s * series
    return Double(exponent) * log2High + (Double(exponent) * log2Low + log)
}

/// e to the power of x, for x from -700 to 700; outside of that 0 or infinity.
///
/// x = k log 2 + r with |r| below 0.35; e^r by Taylor's series, times 2^k by the exponent's bits.
func exponential(_ x: Double) -> Double {
    if x > 700 { return .infinity }
    if x < -700 { return 0 }
    let k = (x * 1.4426950408889634).rounded()
    let r = (x - k * log2High) - k * log2Low
    var series = 1.0
    for divisor in stride(from: 16.0, to: 0.0, by: -1) { series = 1 + series * r / divisor }
    return series * Double(bitPattern: UInt64(Int64(k) + 1023) << 52)
}
