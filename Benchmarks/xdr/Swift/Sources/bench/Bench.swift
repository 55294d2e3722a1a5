import CMeasure
import XDRCoding

/// Our Swift: arrays of numbers beside memcpy, and the mixed list. Prints `name seconds reference`,
/// or `name count` of allocations.
@main
struct Bench {
    static let elements = 10_000
    static let rounds = 301

    static func main() throws {
        try mixed()
        for size in [1 << 20, 16 << 20] {
            try array("float", size) { Float($0) }
            try array("double", size) { Double($0) }
            try array("int32_t", size) { Int32($0) }
            try array("int64_t", size) { Int64($0) }
        }
    }

    private struct AnotherValue: Error {}

    private static func time(_ body: () throws -> Void) rethrows -> Double {
        let start = measure_now()
        try body()
        return measure_now() - start
    }

    private static func median(_ values: [Double]) -> Double {
        var values = values
        return measure_median(&values, values.count)
    }

    /// Rounds of the three alternate, so that a disturbance hits all of them.
    private static func array<Number: XDRNumber & Equatable>(
        _ type: String, _ size: Int, _ number: (Int) -> Number
    ) throws {
        let value = (0..<size / MemoryLayout<Number>.size).map(number)
        let copy = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
        defer { copy.deallocate() }
        var copies: [Double] = []
        var encodings: [Double] = []
        var decodings: [Double] = []
        var encoder = XDREncoder()
        for _ in 0..<(size > 4 << 20 ? 31 : rounds) {
            copies.append(
                time {
                    value.withUnsafeBytes {
                        UnsafeMutableRawBufferPointer(start: copy, count: size).copyMemory(from: $0)
                    }
                })
            encodings.append(
                try time {
                    encoder.reset()
                    try encoder.numbers("", value)
                })
            let bytes = encoder.bytes
            var decoded: [Number] = []
            decodings.append(
                try time {
                    var decoder = XDRDecoder(bytes)
                    decoded = try decoder.numbers()
                })
            guard decoded == value else { throw AnotherValue() }
        }
        let reference = median(copies)
        let name = "\(type)-\(size >> 20)MiB"
        print("\(name)-encode \(median(encodings)) \(reference)")
        print("\(name)-decode \(median(decodings)) \(reference)")
    }

    private static func sample(_ number: Int) -> Sample {
        let colors: [Color] = [.RED, .GREEN, .BLUE]
        return Sample(
            id: Int32(number), time: Int64(number) * 1_000_000_007, value: Double(number) / 7,
            name: "sample \(number)", color: colors[number % 3],
            parent: number % 2 == 0 ? Int32(number / 2) : nil)
    }

    private static func mixed() throws {
        let value = Samples(items: (0..<elements).map(sample))
        var encodings: [Double] = []
        var decodings: [Double] = []
        var allocations: (encoding: UInt, decoding: UInt) = (0, 0)
        var encoder = XDREncoder()
        for _ in 0..<rounds {
            var before = measure_allocations()
            encodings.append(
                try time {
                    encoder.reset()
                    try value.encode(to: &encoder)
                })
            allocations.encoding = measure_allocations() - before
            let bytes = encoder.bytes
            before = measure_allocations()
            decodings.append(
                try time {
                    var decoder = XDRDecoder(bytes)
                    let decoded = try Samples(from: &decoder)
                    guard decoded.items.count == elements else { throw AnotherValue() }
                })
            allocations.decoding = measure_allocations() - before
        }
        print("mixed-encode \(median(encodings))")
        print("mixed-decode \(median(decodings))")
        print("mixed-encode-allocations \(allocations.encoding)")
        print("mixed-decode-allocations \(allocations.decoding)")
    }
}
