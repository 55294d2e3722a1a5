import Digests
import Foundation
import Testing

@Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
])
func `digests are those of FIPS 180-4`(text: String, expected: String) {
    #expect(Digest.of(text).description == expected)
}

@Test func `a file's digest is that of its bytes, also past one read`() throws {
    let bytes = (0..<(3 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: path) }
    try Data(bytes).write(to: path)
    #expect(try Digest.ofFile(path.path) == Digest.of(bytes))
}

@Test func `only 64 hexadecimal digits are a digest`() {
    let text = String(repeating: "0aF", count: 21) + "1"
    #expect(Digest(hexadecimal: text)?.description == text.lowercased())
    #expect(Digest(hexadecimal: String(text.dropLast())) == nil)
    #expect(Digest(hexadecimal: String(text.dropLast()) + "g") == nil)
}
