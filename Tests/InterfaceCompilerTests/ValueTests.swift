import InterfaceCompiler
import Testing

/// Encoded values as text, and where two differ.
@Suite struct ValueTests {
    private static let model: InterfaceModel? = try? compileInterface(
        text: """
            enum Kind { ROUND = 1, FLAT = 2 };
            struct Pixel { float r; double g; };
            union Shape switch (Kind kind) { case ROUND: int radius; case FLAT: void; };
            struct Tile {
                string name<80>; Shape shape; Pixel pixels<9000>; opaque raw<64>; int *more;
                bool done;
            };
            struct Chain { int value; Chain *next; };
            """, file: "a.x")

    private static func field(_ type: String) -> [Field] {
        [Field(name: "tile", type: .named(type))]
    }

    /// Big-endian words.
    private static func bytes(_ words: UInt32...) -> [UInt8] {
        words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (24 - 8 * $0)) } }
    }

    private static func pixel(_ r: Float, _ g: Double) -> [UInt8] {
        bytes(
            r.bitPattern, UInt32(truncatingIfNeeded: g.bitPattern >> 32),
            UInt32(truncatingIfNeeded: g.bitPattern))
    }

    private static func tile(_ pixels: [[UInt8]]) -> [UInt8] {
        bytes(2, 0x6162_0000, 1, 7, UInt32(pixels.count)) + pixels.joined()
            + bytes(3, 0xa0b0_c000, 1, 5, 1)
    }

    @Test func `a value is shown with its names, and lists abridged`() throws {
        let model = try #require(Self.model)
        let some = Self.tile([Self.pixel(0.5, -1)])
        let texts = try ValueText.all(Self.field("Tile"), of: model, in: some)
        #expect(
            texts.map(\.text) == [
                "{name: \"ab\", shape: {kind: ROUND, radius: 7}, pixels: [{r: 0.5, g: -1.0}], "
                    + "raw: a0b0c0, more: 5, done: true}"
            ])
        #expect(texts.first?.size == some.count)
        let many = Self.tile((0..<1_234).map { Self.pixel(Float($0), 0) })
        let abridged = try ValueText.all(Self.field("Tile"), of: model, in: many)[0].text
        #expect(abridged.contains("{r: 5.0, g: 0.0}, … 1,228 more], raw: a0b0c0"))
        #expect(!abridged.contains("r: 6.0"))
    }

    @Test func `arguments stand one after the other, each with its size`() throws {
        let model = try #require(Self.model)
        let fields = [
            Field(name: "x", type: .int), Field(name: "text", type: .string(bound: 99)),
            Field(name: "gone", type: .optional(.int)),
        ]
        let long = [UInt8](repeating: UInt8(ascii: "z"), count: 60)
        let texts = try ValueText.all(
            fields, of: model, in: Self.bytes(0xffff_fffe, 60) + long + Self.bytes(0))
        #expect(texts.map(\.name) == ["x", "text", "gone"])
        #expect(texts.map(\.size) == [4, 64, 4])
        #expect(texts[0].text == "-2")
        #expect(texts[1].text == "\"\(String(repeating: "z", count: 48))…\" 60 bytes")
        #expect(texts[2].text == "absent")
    }

    @Test func `the first difference is named by its path, with both values`() throws {
        let model = try #require(Self.model)
        let pixels = (0..<20).map { Self.pixel(Float($0), 1) }
        var others = pixels
        others[17] = Self.pixel(Float(17).nextUp, 1)
        func difference(_ ulps: UInt64) throws -> ValueDifference? {
            try ValueDifference.first(
                in: Self.field("Tile"), of: model, Self.tile(pixels), Self.tile(others), ulps: ulps)
        }
        let found = try #require(try difference(0))
        #expect(found.path == "tile.pixels[17].r")
        #expect(found.left == "17.0 (0x41880000)")
        #expect(found.right == "17.000002 (0x41880001)")
        #expect(try difference(1) == nil)
        let fewer = try ValueDifference.first(
            in: Self.field("Tile"), of: model, Self.tile(pixels), Self.tile([pixels[0]]))
        #expect(fewer?.path == "tile.pixels")
        #expect([fewer?.left, fewer?.right] == ["20 items", "1 item"])
    }

    @Test(
        arguments: [
            (Float(0), -Float(0), UInt64(0)), (Float.leastNonzeroMagnitude, -Float(0), 1),
            (Float.leastNonzeroMagnitude, -Float.leastNonzeroMagnitude, 2),
            (1, Float(1).nextDown, 1),
            (Float.greatestFiniteMagnitude, .infinity, 1),
        ] as [(Float, Float, UInt64)])
    func `floats are as far apart as there are numbers between them`(
        _ one: Float, _ other: Float, _ distance: UInt64
    ) throws {
        let model = try #require(Self.model)
        func differ(_ ulps: UInt64) throws -> Bool {
            try ValueDifference.first(
                in: [Field(name: "f", type: .float)], of: model, Self.bytes(one.bitPattern),
                Self.bytes(other.bitPattern), ulps: ulps) != nil
        }
        // To the bit, zeros differ as well.
        #expect(try differ(0))
        #expect(try !differ(max(1, distance)))
        if distance > 1 { #expect(try differ(distance - 1)) }
    }

    @Test func `a NaN equals itself alone, however many numbers may lie between`() throws {
        let model = try #require(Self.model)
        let nan = Self.bytes(0x7fc0_0000)
        let fields = [Field(name: "f", type: .float)]
        #expect(try ValueDifference.first(in: fields, of: model, nan, nan) == nil)
        let other = try ValueDifference.first(
            in: fields, of: model, nan, Self.bytes(0x7fc0_0001), ulps: .max)
        #expect(other?.path == "f")
    }

    @Test func `what is no value is refused with its place, and no memory is taken for a claim`()
        throws
    {
        let model = try #require(Self.model)
        func fault(_ bytes: [UInt8]) -> String? {
            do throws(ValueFault) {
                _ = try ValueText.all(Self.field("Tile"), of: model, in: bytes)
            } catch {
                return error.description
            }
            return nil
        }
        let whole = Self.tile([])
        #expect(fault(whole) == nil)
        #expect(fault(whole + [0]) == "1 bytes follow it")
        for count in whole.indices { #expect(fault(Array(whole[..<count])) != nil) }
        #expect(
            fault(Self.bytes(0, 1, 7, 8_999))
                == "'tile.pixels': 8999 items are more than its bytes can hold")
        #expect(
            fault(Self.bytes(0, 1, 7, 9_001))
                == "'tile.pixels': 9001 are more than the 9000 allowed")
        #expect(fault(Self.bytes(0, 9)) == "'tile.shape': the union has no case 9")
    }

    /// A list of twenty thousand links, one within the other.
    @Test func `a value that nests deeply needs no stack`() throws {
        let model = try #require(Self.model)
        let link = Self.bytes(3, 1)
        var chain: [UInt8] = []
        for _ in 0..<20_000 { chain += link }
        chain += Self.bytes(4, 0)
        let text = try ValueText.all(Self.field("Chain"), of: model, in: chain)[0].text
        #expect(text.hasPrefix("{value: 3, next: {value: 3"))
        #expect(text.count < 30_000)
    }
}
