import Foundation
import InterfaceCompiler
import Testing

/// The interfaces that others wrote: Debian's rpcsvc-proto, libnsl-dev and libtirpc-dev, of which the
/// C library's development package wants all.
private let interfaces: [String] = {
    let directories = ["rpcsvc", "tirpc/rpc", "tirpc/rpcsvc"].map { "/usr/include/\($0)" }
    return directories.flatMap { directory in
        let files = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return files.filter { $0.hasSuffix(".x") }.sorted().map { "\(directory)/\($0)" }
    }
}()

@Test func `the interfaces of others are here`() {
    #expect(interfaces.count == 19)
}

@Test(arguments: interfaces)
func `an interface that others wrote is understood`(path: String) throws {
    let model = try compileInterface(
        text: String(contentsOfFile: path, encoding: .utf8), file: path, files: .onDisk())
    #expect(model.types.count + model.programs.count > 1)
    #expect(model.warnings.isEmpty)
}

/// What a file becomes by accident or by malice. Every mutation follows from the seed.
private struct Mutation {
    var source: SeededGenerator
    /// Lines and words of all files, to put into others.
    let lines: [[UInt8]]
    let words: [[UInt8]]

    init(seed: UInt64, files: [[UInt8]]) {
        source = SeededGenerator(seed: seed)
        lines = files.flatMap { $0.split(separator: UInt8(ascii: "\n")).map(Array.init) }
        let own =
            "application shared context replacing worker pure once reads { } ; = 1 < > [ ] * ( )"
        let odd =
            "0x7fffffff -1 99999999999999999999 \" \u{0} \u{ff} #if #endif #else #include %# /* */"
        words =
            (own + " " + odd).split(separator: " ").map { Array($0.utf8) } + [
                [0xff, 0xfe], [0x0d],
            ]
    }

    mutating func apply(to bytes: inout [UInt8]) {
        for _ in 0..<Int.random(in: 1...6, using: &source) where !bytes.isEmpty {
            let place = Int.random(in: bytes.indices, using: &source)
            switch source.next() % 8 {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &source)
            case 1: bytes.remove(at: place)
            case 2: bytes.removeSubrange(place..<min(bytes.count, place + Int(source.next() % 200)))
            case 3:
                bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 300)], at: place)
            case 4: replaceWord(at: place, in: &bytes)
            case 5: bytes.insert(contentsOf: lines.randomElement(using: &source) ?? [], at: place)
            case 6: bytes.removeSubrange(place...)
            default: bytes.insert(contentsOf: words.randomElement(using: &source) ?? [], at: place)
            }
        }
    }

    /// One word by another of the same file: what is left is often good syntax.
    private mutating func replaceWord(at place: Int, in bytes: inout [UInt8]) {
        func isWord(_ byte: UInt8) -> Bool {
            byte == UInt8(ascii: "_") || byte >= 0x30 && byte <= 0x39
                || byte | 0x20 >= 0x61
                    && byte | 0x20 <= 0x7a
        }
        func word(around place: Int) -> Range<Int> {
            let start = bytes[..<place].lastIndex { !isWord($0) }.map { $0 + 1 } ?? 0
            let end = bytes[place...].firstIndex { !isWord($0) } ?? bytes.count
            return start..<max(start, end)
        }
        let other = Array(bytes[word(around: Int.random(in: bytes.indices, using: &source))])
        bytes.replaceSubrange(word(around: place), with: other)
    }
}

@Test(.timeLimit(.minutes(20)), arguments: interfaces)
func `a damaged interface ends in code or in diagnostics, and soon`(path: String) throws {
    let files = try interfaces.map { Array(try Data(contentsOf: URL(fileURLWithPath: $0))) }
    let whole = try #require(zip(interfaces, files).first { $0.0 == path }).1
    let seed = UInt64(try #require(interfaces.firstIndex(of: path))) + 5531
    var mutation = Mutation(seed: seed, files: files)
    var compiled = 0
    var slowest = 0.0
    for _ in 0..<120 {
        var bytes = whole
        mutation.apply(to: &bytes)
        let text = String(decoding: bytes, as: UTF8.self)
        let began = threadSeconds()
        do throws(InterfaceErrors) {
            let model = try compileInterface(text: text, file: path, files: .onDisk())
            for language in StubLanguage.allCases { _ = language.files(of: model) }
            _ = rpcProgram(model)
            compiled += 1
        } catch {
            #expect(!error.diagnostics.isEmpty)
            _ = error.diagnostics.map(\.rendered)
        }
        slowest = max(slowest, threadSeconds() - began)
    }
    #expect(compiled > 0, "seed \(seed)")
    // A file of this size takes milliseconds.
    #expect(slowest < 10, "seed \(seed)")
}
