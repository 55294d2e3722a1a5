import Testing
import XDRCoding

private func encoded(_ body: (inout XDREncoder) throws(XDRError) -> Void) throws -> [UInt8] {
    var encoder = XDREncoder()
    try body(&encoder)
    return encoder.bytes
}

@Test func `numbers are big-endian, and a bool is a word`() throws {
    let bytes = try encoded { encoder throws(XDRError) in
        try encoder.encode("", Int32(-2))
        try encoder.encode("", UInt64(0x0102_0304_0506_0708))
        try encoder.encode("", Float(1))
        try encoder.encode("", Double(-2))
        try encoder.encode("", true)
    }
    #expect(
        bytes == [
            0xff, 0xff, 0xff, 0xfe, 1, 2, 3, 4, 5, 6, 7, 8, 0x3f, 0x80, 0, 0, 0xc0, 0, 0, 0, 0, 0,
            0, 0,
            0, 0, 0, 1,
        ])
}

@Test func `opaque data and strings are padded to four bytes`() throws {
    let bytes = try encoded { encoder throws(XDRError) in
        try encoder.opaque("", [1, 2, 3, 4, 5], count: 5)
        try encoder.string("", "né", atMost: 3)
    }
    #expect(bytes == [1, 2, 3, 4, 5, 0, 0, 0, 0, 0, 0, 3, 0x6e, 0xc3, 0xa9, 0])
    var decoder = XDRDecoder(bytes)
    #expect(try decoder.opaque(count: 5) == [1, 2, 3, 4, 5])
    #expect(try decoder.string() == "né")
    try decoder.finish()
}

@Test(arguments: [0, 1, 1023, 1024, 1025, 5000])
func `arrays of numbers come back, through any number of pieces`(count: Int) throws {
    let floats = (0..<count).map { Float($0) * 0.5 }
    let hypers = (0..<count).map { Int64($0) << 33 }
    let bytes = try encoded { encoder throws(XDRError) in
        try encoder.numbers("", floats)
        try encoder.numbers("", hypers, count: count)
    }
    #expect(bytes.count == 4 + 12 * count)
    var decoder = XDRDecoder(bytes)
    #expect(try decoder.numbers(of: Float.self) == floats)
    #expect(try decoder.numbers(count: count, of: Int64.self) == hypers)
    try decoder.finish()
}

@Test func `a signalling NaN keeps its bits`() throws {
    let bytes = try encoded { encoder throws(XDRError) in
        try encoder.encode("", Float(bitPattern: 0x7f80_0001))
        try encoder.encode("", Double(bitPattern: 0x7ff0_0000_0000_0001))
    }
    #expect(bytes == [0x7f, 0x80, 0, 1, 0x7f, 0xf0, 0, 0, 0, 0, 0, 1])
}

@Test func `a part of a record is decoded in place, with offsets of its own`() throws {
    var decoder = XDRDecoder([9, 9, 9, 9, 0, 0, 0, 7, 9], in: 4..<8)
    #expect(try decoder.decode(as: UInt32.self) == 7)
    #expect(decoder.offset == 4 && decoder.remaining == 0)
    let error = #expect(throws: XDRError.self) { try decoder.decode(as: UInt32.self) }
    #expect(error?.description == "4 bytes needed at offset 4, 0 present")
}

@Test func `each error tells its field, its offset and its figures`() {
    let word: [UInt8] = [0, 0, 0, 2]
    let cases: [(String, [UInt8], (inout XDRDecoder) throws(XDRError) -> Void)] = [
        (
            "scene.objects[1].radius: 4 bytes needed at offset 8, 2 present",
            word + [0, 0, 0, 1, 0, 0],
            { decoder throws(XDRError) in
                _ = try decoder.array("scene.objects", atMost: 5, itemMin: 2) {
                    (decoder: inout XDRDecoder) throws(XDRError) in
                    try decoder.decode("radius", as: UInt32.self)
                }
            }
        ),
        (
            "names: 2 items exceed the bound of 1", word,
            { decoder throws(XDRError) in _ = try decoder.opaque("names", atMost: 1) }
        ),
        (
            "on: 2 is no bool", word,
            { decoder throws(XDRError) in _ = try decoder.decode("on", as: Bool.self) }
        ),
        (
            "values: 16 bytes needed at offset 4, 0 present", word,
            { decoder throws(XDRError) in _ = try decoder.numbers("values", of: Double.self) }
        ),
        (
            "text: the string before offset 8 is not UTF-8", [0, 0, 0, 1, 0xff, 0, 0, 0],
            { decoder throws(XDRError) in _ = try decoder.string("text") }
        ),
        (
            "the padding before offset 8 is not zero", [0, 0, 0, 1, 1, 0, 0, 1],
            { decoder throws(XDRError) in _ = try decoder.opaque() }
        ),
        (
            "4 bytes are left over at offset 0", word,
            { decoder throws(XDRError) in try decoder.finish() }
        ),
    ]
    for (expected, bytes, body) in cases {
        var decoder = XDRDecoder(bytes)
        let error = #expect(throws: XDRError.self) { try body(&decoder) }
        #expect(error?.description == expected)
    }
}

@Test func `an encoder refuses what the other side would refuse`() {
    let cases: [(String, (inout XDREncoder) throws(XDRError) -> Void)] = [
        (
            "text: 3 items exceed the bound of 2",
            { encoder throws(XDRError) in try encoder.string("text", "abc", atMost: 2) }
        ),
        (
            "key: 1 items where 16 are declared",
            { encoder throws(XDRError) in try encoder.opaque("key", [0], count: 16) }
        ),
        (
            "v: 2 items where 3 are declared",
            { encoder throws(XDRError) in try encoder.numbers("v", [1, 2] as [Int32], count: 3) }
        ),
        (
            "v: 12 bytes at offset 4 exceed the limit of 12",
            { encoder throws(XDRError) in try encoder.numbers("v", [1, 2, 3] as [Int32]) }
        ),
    ]
    for (expected, body) in cases {
        var encoder = XDREncoder(limit: 12)
        let error = #expect(throws: XDRError.self) { try body(&encoder) }
        #expect(error?.description == expected)
    }
}

@Test func `a count of four thousand million takes no memory`() {
    for item in 1...8 {
        var decoder = XDRDecoder([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0])
        let error = #expect(throws: XDRError.self) {
            try decoder.array(itemMin: item, of: UInt32.self)
        }
        let needed = 4_294_967_295 * item
        #expect(error?.description == "\(needed) bytes needed at offset 4, 4 present")
    }
}
