import Testing

@testable import Console

@Test(arguments: [
    (0, "0"), (999, "999"), (1204, "1,204"), (-1_234_567, "-1,234,567"),
])
func `counts are grouped by three`(value: Int, expected: String) {
    #expect(value.grouped == expected)
}

@Test(arguments: [
    (712, "712 B"), (214_000, "214 KB"), (9_100_000, "9.1 MB"), (999_600, "1.0 MB"),
    (31_000_000, "31.0 MB"),
])
func `bytes are told in decimal units`(value: Int, expected: String) {
    #expect(value.asBytes == expected)
}

@Test(arguments: [
    (0.04, "0.0 s"), (0.31, "0.3 s"), (48.2, "48 s"), (200, "3 min 20 s"), (7500, "2 h 5 min"),
])
func `durations are told for people`(value: Double, expected: String) {
    #expect(value.asSeconds == expected)
}

@Test func `fixed decimals keep their zeros`() {
    #expect(0.05.fixed(2) == "0.05")
    #expect((-1.5).fixed(1) == "-1.5")
    #expect((-0.01).fixed(1) == "0.0")
}
