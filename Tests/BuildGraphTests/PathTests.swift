import Foundation
import TestKit
import Testing

@testable import BuildGraph

@Suite struct PathTests {
    @Test(arguments: seedsOfThisRun(3))
    func `a path has one number, and a number one path`(seed: UInt64) {
        var random = SeededNumbers(seed)
        var table = PathTable()
        var numbers: [[UInt8]: FileNumber] = [:]
        for _ in 0..<random.within(1...3_000) {
            let length = random.below(40)
            let path = String(
                decoding: (0..<length).map { _ in UInt8(random.within(0x61...0x63)) }, as: UTF8.self
            )
            let number = table.number(of: path)
            #expect(numbers[Array(path.utf8), default: number] == number, "MARIONETTE_SEED=\(seed)")
            numbers[Array(path.utf8)] = number
        }
        #expect(table.count == numbers.count)
        for (path, number) in numbers {
            let text = String(decoding: path, as: UTF8.self)
            #expect(table.path(number) == text)
            #expect(table.find(text) == number)
            #expect(table.withCString(number) { String(cString: $0) } == text)
        }
        #expect(table.find("/elsewhere") == nil)
    }

    @Test func `names that look the same and are not have different numbers`() {
        var table = PathTable()
        #expect(table.number(of: "/\u{e4}") != table.number(of: "/a\u{308}"))
    }

    @Test func `texts have another fingerprint where one ends elsewhere`() {
        let texts: [[String]] = [
            [], [""], ["", ""], ["ab"], ["a", "b"], ["", "ab"], ["ab", ""], ["b", "a"],
            [String(repeating: "x", count: 16)], [String(repeating: "x", count: 17)],
            [String(repeating: "x", count: 15), "x"],
        ]
        #expect(Set(texts.map { TextFingerprint.of($0) }).count == texts.count)
    }

    @Test(arguments: [
        ("/a/b", "/a/b"), ("/a/./b", "/a/b"), ("/a//b/", "/a/b"), ("/a/x/../b", "/a/b"),
        ("/../a", "/a"), ("/a/../../b", "/b"), ("/a/.b/..c", "/a/.b/..c"), ("//", "/"),
    ])
    func `a path is without dots`(path: String, expected: String) {
        #expect(normalised(path) == expected)
    }

    @Test func `behind a symbolic link two dots stay`() throws {
        let shop = try Workshop()
        try FileManager.default.createDirectory(
            atPath: shop.path("x/y"), withIntermediateDirectories: true)
        try #require(symlink("x/y", shop.path("link")) == 0)
        #expect(normalised(shop.path("link/../a.h")) == shop.path("link/../a.h"))
        #expect(normalised(shop.path("x/y/../a.h")) == shop.path("x/a.h"))
    }
}
