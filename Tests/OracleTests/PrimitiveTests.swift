import InterfaceProof
import TestKit
import Testing
import XDRCoding

/// The primitives against the xdrlib of Python's standard library (up to Python 3.12; Debian 12
/// has 3.11).
@Test func `Python's xdrlib packs numbers, strings and arrays to the same bytes`() throws {
    var random = Seed(OracleTests.seed, "xdrlib")
    var encoder = XDREncoder()
    var packed: [String] = []
    for _ in 0..<200 {
        let bits = [0, 1, .max, 1 << 63, 1 << 31, random.next()].randomElement(using: &random) ?? 0
        packed += try packNumbers(bits, into: &encoder)
        let count = Int(random.next() % 9)
        let opaque = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        try encoder.opaque("", opaque)
        try encoder.opaque("", opaque, count: count)
        packed += ["bytes(bytes(\(opaque)))", "fopaque(\(count), bytes(\(opaque)))"]
        let text = String(repeating: "é", count: count)
        try encoder.string("", text)
        packed.append("string('\(text)'.encode())")
        let numbers = opaque.map { Int32($0) - 128 }
        try encoder.numbers("", numbers)
        packed.append("array(\(numbers), p.pack_int)")
        try encoder.numbers("", numbers, count: count)
        packed.append("farray(\(count), \(numbers), p.pack_int)")
    }
    let script = """
        import warnings
        warnings.simplefilter('ignore')
        import xdrlib
        p = xdrlib.Packer()
        \(packed.map { "p.pack_" + $0 }.joined(separator: "\n"))
        print(list(p.get_buffer()))
        """
    let directory = try TemporaryDirectory("xdrlib")
    let python = try TestProcess.run(
        ["python3", directory.write(script, to: "pack.py")],
        environment: ["PATH": "/usr/bin:/bin"])
    #expect(python.errors == "")
    #expect(python.output == "\(encoder.bytes)\n", "\(OracleTests.repeats)")
}

private func packNumbers(_ bits: UInt64, into encoder: inout XDREncoder) throws -> [String] {
    let word = UInt32(truncatingIfNeeded: bits)
    let double = Double(sign: .minus, exponent: Int(bits % 2000) - 1000, significand: 1.37)
    let float = Float(sign: .plus, exponent: Int(bits % 250) - 125, significand: 1.625)
    try Int32(bitPattern: word).encode(to: &encoder)
    try word.encode(to: &encoder)
    try Int64(bitPattern: bits).encode(to: &encoder)
    try bits.encode(to: &encoder)
    try double.encode(to: &encoder)
    try float.encode(to: &encoder)
    try (word % 2 == 0).encode(to: &encoder)
    return [
        "int(\(Int32(bitPattern: word)))", "uint(\(word))", "hyper(\(Int64(bitPattern: bits)))",
        "uhyper(\(bits))", "double(\(double))", "float(\(float))",
        "bool(\(word % 2 == 0 ? "True" : "False"))",
    ]
}
