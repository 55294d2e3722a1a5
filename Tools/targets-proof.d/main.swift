import Marionette

// What a target computes, in lines that are compared with those of another target.
await Bits.run { bits in
    let ranges = (0..<24).map { Range(seed: UInt32(1 + $0), count: 4_000) }
    var lines: [UInt32: String] = [:]
    for try await (range, digests) in bits.compute(each: ranges).withArguments {
        lines[range.seed] = """
            \(range.seed) integers \(digests.integers)
            \(range.seed) sums \(digests.sums)
            \(range.seed) quotients \(digests.quotients)
            \(range.seed) roots \(digests.roots)
            \(range.seed) singles \(digests.singles)
            \(range.seed) conversions \(digests.conversions)
            \(range.seed) comparisons \(digests.comparisons)
            """
    }
    for range in ranges { print(lines[range.seed] ?? "") }
}
