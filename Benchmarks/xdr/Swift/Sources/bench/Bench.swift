import CReference
import XDRCoding

/// Our Swift: arrays of numbers beside memcpy, and the mixed list beside libtirpc.
///
/// What is measured runs twice in each round, the first time to bring its memory into the caches;
/// references do the same, and the rounds of all of them alternate.
@main
struct Bench {
    static let elements = MEASURE_ELEMENTS
    static let rounds = MEASURE_ROUNDS

    static func main() throws {
        measure_prepare()
        try mixed()
        for size in [1 << 20, 16 << 20] {
            try array("float", size) { Float($0) }
            try array("double", size) { Double($0) }
            try array("int32_t", size) { Int32($0) }
            try array("int64_t", size) { Int64($0) }
        }
    }

    private struct AnotherValue: Error {}

    private static func measure(_ body: () throws -> Void) rethrows -> measured {
        try body()
        let begin = measure_begin()
        try body()
        return measure_end(begin)
    }

    private static func array<Number: XDRNumber & Equatable>(
        _ type: String, _ size: Int, _ number: (Int) -> Number
    ) throws {
        let value = (0..<size / MemoryLayout<Number>.size).map(number)
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
        defer { copy.deallocate() }
        var copies: [measured] = []
        var encodings: [measured] = []
        var decodings: [measured] = []
        var encoder = XDREncoder()
        for _ in 0..<(size > 4 << 20 ? 61 : rounds) {
            copies.append(measure { value.withUnsafeBytes { copy.copyMemory(from: $0) } })
            encodings.append(
                try measure {
                    encoder.reset()
                    try encoder.numbers("", value)
                })
            let bytes = encoder.bytes
            var decoded: [Number] = []
            decodings.append(
                try measure {
                    var decoder = XDRDecoder(bytes)
                    decoded = try decoder.numbers()
                })
            guard decoded == value else { throw AnotherValue() }
        }
        let name = "\(type)-\(size >> 20)MiB"
        measure_print("\(name)-encode", copies.count, encodings, copies)
        measure_print("\(name)-decode", copies.count, decodings, copies)
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
        var encodings: (ours: [measured], libtirpc: [measured]) = ([], [])
        var decodings: (ours: [measured], libtirpc: [measured]) = ([], [])
        var encoder = XDREncoder()
        for _ in 0..<rounds {
            _ = libtirpc_encode()
            encodings.libtirpc.append(libtirpc_encode())
            encodings.ours.append(
                try measure {
                    encoder.reset()
                    try value.encode(to: &encoder)
                })
            let bytes = encoder.bytes
            _ = libtirpc_decode()
            decodings.libtirpc.append(libtirpc_decode())
            decodings.ours.append(
                try measure {
                    var decoder = XDRDecoder(bytes)
                    let decoded = try Samples(from: &decoder)
                    try decoder.finish()
                    guard decoded.items.count == elements else { throw AnotherValue() }
                })
        }
        measure_print("mixed-encode", rounds, encodings.ours, encodings.libtirpc)
        measure_print("mixed-decode", rounds, decodings.ours, decodings.libtirpc)
        measure_print_allocations(
            "mixed-encode-allocations", rounds, encodings.ours, encodings.libtirpc)
        measure_print_allocations(
            "mixed-decode-allocations", rounds, decodings.ours, decodings.libtirpc)
    }
}
