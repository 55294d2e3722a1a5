import Foundation
import JSONCoding
import Testing

/// Foundation is the second opinion.
@Suite struct JSONCodingTests {
    enum Place: Codable, Hashable {
        case here
        case there(Address)
    }

    struct Address: Codable, Hashable {
        var host: String
        var port: Int?
    }

    struct Everything: Codable, Hashable {
        var text = "ä \u{1F600} \"\\/\u{8}\u{c}\n\r\t\u{1}\u{7f}"
        var isTrue = true
        var least = Int64.min
        var most = UInt64.max
        var small: Int8 = -128
        var fraction = 0.1
        var whole = 5.0
        var large = 1.5e300
        var single: Float = 0.25
        var none: Int?
        var list: [[UInt32]] = [[], [1, 2], [.max]]
        var optional: [String?] = [nil, "a"]
        var names = ["b": 1, "a": 2, "": 3]
        var places: [Place] = [.here, .there(Address(host: "h", port: nil))]
    }

    static let foundation: JSONEncoder = {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }()

    @Test func `the text is what Foundation writes, and is read as what it was`() throws {
        let text = try JSONWriter.text(Everything())
        let theirs = try Self.foundation.encode(Everything())
        #expect(String(decoding: text, as: UTF8.self) == String(decoding: theirs, as: UTF8.self))
        #expect(try JSONReader.read(Everything.self, from: text) == Everything())
        let indented = try JSONWriter.text(Everything(), isIndented: true)
        #expect(indented.contains(UInt8(ascii: "\n")))
        #expect(try JSONReader.read(Everything.self, from: indented) == Everything())
        #expect(try JSONDecoder().decode(Everything.self, from: Data(indented)) == Everything())
    }

    @Test(arguments: [
        " [1 , 2.0, 3e0]\n", "[5.0]", "[1", "[01]", "[1.]", "[-]", "[+1]", "[1e]", "[1] 2",
        "", "[4294967296]", "[-1]", "[0.5]", "[\"1\"]", "{}", "null", "[nul]", "[1 2]",
    ])
    func `numbers are taken and refused as Foundation does`(_ text: String) {
        let theirs = try? JSONDecoder().decode([UInt32].self, from: Data(text.utf8))
        #expect((try? JSONReader.read([UInt32].self, from: text.utf8)) == theirs)
    }

    @Test(arguments: [
        "\"\"", #""\u00e4\ud83d\ude00\/\b""#, #""\ud83d""#, #""\ud83dx""#, #""\ude00""#,
        #""\ud83d\u0041""#, #""\u12""#, #""\x""#, "\"a\nb\"", "\"a", #""a\"#, "\"\u{7f}\"",
    ])
    func `strings are taken and refused as Foundation does`(_ text: String) {
        let theirs = try? JSONDecoder().decode([String].self, from: Data("[\(text)]".utf8))
        #expect((try? JSONReader.read([String].self, from: Array("[\(text)]".utf8))) == theirs)
    }

    @Test func `a comma before the end, which Foundation takes, is refused`() {
        #expect(throws: DecodingError.self) { try JSONReader.read([Int].self, from: "[1,]".utf8) }
    }

    @Test func `bytes that are no text, and depths that would take the stack, are refused`() {
        #expect(throws: DecodingError.self) {
            try JSONReader.read([String].self, from: Array("[\"".utf8) + [0xc3] + Array("\"]".utf8))
        }
        let deep = [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)
        #expect(throws: DecodingError.self) { try JSONReader.read([Int].self, from: deep) }
    }

    @Test func `an error tells the place`() throws {
        let text = #"{"host": "h", "port": [1]}"#
        do {
            _ = try JSONReader.read(
                [String: [Address]].self, from: Array(#"{"a":[\#(text)]}"#.utf8))
            Issue.record("it was read")
        } catch DecodingError.typeMismatch(_, let context) {
            #expect(context.codingPath.map(\.stringValue) == ["a", "0", "port"])
        }
        do {
            _ = try JSONReader.read(Address.self, from: Array("{}".utf8))
            Issue.record("it was read")
        } catch DecodingError.keyNotFound(let key, let context) {
            #expect(key.stringValue == "host" && context.codingPath.isEmpty)
        }
    }

    @Test func `what JSON has no word for is refused`() {
        #expect(throws: EncodingError.self) { try JSONWriter.text([Double.nan]) }
        #expect(throws: EncodingError.self) { try JSONWriter.text(["a": Float.infinity]) }
    }
}
