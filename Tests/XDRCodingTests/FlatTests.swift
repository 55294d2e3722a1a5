import Testing
import XDRCoding

/// As generated code has it, but with a bound on a text that is easily exceeded.
private struct Entry: Hashable, Sendable, XDRFlat {
    var number: Int32 = 0
    var name = ""
    var bytes: [UInt8] = []
    var parent: Double?

    var flatSize: Int {
        12 + XDRRoom.padded(name.utf8.count) + XDRRoom.padded(bytes.count)
            + (parent == nil ? 4 : 12)
    }

    func put(into room: inout XDRRoom) throws(XDRError) {
        room.put(number)
        try room.string("name", name, atMost: 40)
        try room.opaque("bytes", bytes)
        room.put(parent)
    }
}

extension Entry {
    init(from decoder: inout XDRDecoder) throws(XDRError) {
        try self.init(
            number: decoder.decode("number"), name: decoder.string("name"),
            bytes: decoder.opaque("bytes"), parent: decoder.optional("parent"))
    }

    /// The same, field by field.
    func encodeEach(to encoder: inout XDREncoder) throws(XDRError) {
        try encoder.encode("number", number)
        try encoder.string("name", name, atMost: 40)
        try encoder.opaque("bytes", bytes)
        try encoder.optional("parent", parent)
    }
}

@Suite struct FlatTests {
    /// Of every length up to one that is copied by another way, in more than one batch.
    private let entries = (0..<200).map { number in
        Entry(
            number: Int32(number), name: String(repeating: "ä€x", count: number % 7) + "y",
            bytes: (0..<UInt8(number % 50)).map { $0 &* 37 },
            parent: number % 3 == 0 ? nil : Double(number))
    }

    @Test func `flat items are the bytes of their fields, one after the other`() throws {
        var flat = XDREncoder()
        try flat.array("entries", entries)
        var each = XDREncoder()
        try each.array("entries", entries) { (entry: Entry, encoder) throws(XDRError) in
            try entry.encodeEach(to: &encoder)
        }
        #expect(flat.bytes == each.bytes)
        var decoder = XDRDecoder(flat.bytes)
        #expect(try decoder.array(of: Entry.self) == entries)
        try decoder.finish()
    }

    @Test func `a bound that is exceeded tells item and field`() throws {
        var entries = entries
        entries[130].name = String(repeating: "z", count: 41)
        var encoder = XDREncoder()
        let error = try #require(throws: XDRError.self) {
            try encoder.array("entries", entries)
        }
        #expect(error.description == "entries[130].name: 41 items exceed the bound of 40")
    }

    @Test func `the limit of an encoder tells the field that would exceed it`() throws {
        var encoder = XDREncoder(limit: 100)
        let long = Entry(name: "short", bytes: Array(repeating: 1, count: 90))
        let error = try #require(throws: XDRError.self) { try encoder.encode("entry", long) }
        #expect(error.description == "entry.bytes: 96 bytes at offset 16 exceed the limit of 100")
        #expect(encoder.bytes.isEmpty)
    }

    @Test func `the limit of an encoder tells the item of which every field is small`() throws {
        var encoder = XDREncoder(limit: 100)
        let error = try #require(throws: XDRError.self) {
            try encoder.array("entries", Array(repeating: Quadruple(), count: 10))
        }
        #expect(error.description == "entries[6]: 16 bytes at offset 100 exceed the limit of 100")
    }
}
