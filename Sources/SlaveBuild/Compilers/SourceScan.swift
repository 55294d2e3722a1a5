import Foundation
import Synchronization

/// The names of files in a source or header of C or C++, found without a preprocessor: one that stands
/// behind an `#if` counts, too. A name too many costs at most a compile that was not needed.
struct SourceScan: Sendable {
    struct Include: Hashable, Sendable {
        var name: String
        var isQuoted: Bool
        /// `#include_next`: the search begins somewhere behind the first directory.
        var isNext = false
    }

    /// Included, or asked for by `__has_include`.
    private(set) var includes: [Include] = []
    /// A name comes from a macro.
    private(set) var hasComputedInclude = false
    /// What macros stand for that may be names of headers.
    private(set) var macros: [Include] = []
    /// Behind `.incbin` and the assembler's `.include`.
    private(set) var data: [String] = []
    private(set) var hasComputedData = false
    /// All texts in quotes: a macro may make a name for `.incbin` of one.
    private(set) var texts: [String] = []

    private var bytes: [UInt8]

    init(_ bytes: [UInt8] = []) {
        self.bytes = bytes
        var at = 0
        while at < bytes.count {
            let byte = bytes[at]
            if Self.isLetter(byte) {
                let end = self.end(of: at)
                take(word: at..<end)
                at = end
            } else {
                if byte == Self.quote, let text = text(at, to: Self.quote) {
                    texts.append(text)
                }
                at += 1
            }
        }
        self.bytes = []
    }

    /// - Parameter definition: as it follows on `-D`.
    init(ofDefinition definition: String) {
        self.init(Array("#define \(definition.replacing("=", with: " "))".utf8))
    }

    private static let quote = UInt8(ascii: "\"")
    private static let backslash = UInt8(ascii: "\\")
    private static let newline = UInt8(ascii: "\n")

    private static func isLetter(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "_") || (byte | 0x20) &- 0x61 < 26
    }

    private func end(of start: Int) -> Int {
        var end = start
        while end < bytes.count, Self.isLetter(bytes[end]) || bytes[end] &- 0x30 < 10 { end += 1 }
        return end
    }

    private mutating func take(word: Range<Int>) {
        guard (5...18).contains(word.count) else { return }
        switch String(decoding: bytes[word], as: UTF8.self) {
        case "include" where isBehind(".", word.lowerBound), "incbin": takeData(word.upperBound)
        case "include" where isDirective(word.lowerBound),
            "import" where isDirective(word.lowerBound),
            "embed" where isDirective(word.lowerBound), "__has_include", "__has_embed":
            takeInclude(word.upperBound, isNext: false)
        case "include_next" where isDirective(word.lowerBound), "__has_include_next":
            takeInclude(word.upperBound, isNext: true)
        case "define" where isDirective(word.lowerBound): takeMacro(word.upperBound)
        default: break
        }
    }

    /// Behind `#`, or `%:`.
    private func isDirective(_ start: Int) -> Bool {
        let before = bytes[..<start].last { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }
        return before == UInt8(ascii: "#") || before == UInt8(ascii: ":")
    }

    private func isBehind(_ sign: Character, _ start: Int) -> Bool {
        start > 0 && bytes[start - 1] == sign.asciiValue
    }

    /// Blanks, parentheses and ends of lines that go on.
    private func skip(_ start: Int, _ skipped: String) -> Int {
        let set = skipped.utf8
        var at = start
        while at < bytes.count {
            if bytes[at] == Self.backslash, at + 1 < bytes.count, bytes[at + 1] == Self.newline {
                at += 2
            } else if set.contains(bytes[at]) {
                at += 1
            } else if bytes[at...].starts(with: "/*".utf8) {
                at += 2
                while at < bytes.count, !bytes[at...].starts(with: "*/".utf8) { at += 1 }
                at += 2
            } else {
                break
            }
        }
        return min(at, bytes.count)
    }

    private mutating func takeInclude(_ end: Int, isNext: Bool) {
        let at = skip(end, " \t(")
        guard let include = name(at, isNext: isNext) else {
            hasComputedInclude = true
            return
        }
        includes.append(include)
    }

    private func name(_ at: Int, isNext: Bool) -> Include? {
        guard at < bytes.count else { return nil }
        if bytes[at] == Self.quote, let name = text(at, to: Self.quote) {
            return Include(name: name, isQuoted: true, isNext: isNext)
        }
        if bytes[at] == UInt8(ascii: "<"), let name = text(at, to: UInt8(ascii: ">")) {
            return Include(name: name, isQuoted: false, isNext: isNext)
        }
        return nil
    }

    /// `#define HEADER <name.h>`
    private mutating func takeMacro(_ end: Int) {
        var at = end
        while at < bytes.count, bytes[at] != Self.newline {
            if let name = name(at, isNext: false) {
                macros.append(name)
                at += name.name.utf8.count
            }
            at += 1
        }
    }

    /// `.incbin "name"`; in a text of C the quotes have backslashes.
    private mutating func takeData(_ end: Int) {
        var at = skip(end, " \t")
        if at < bytes.count, bytes[at] == Self.backslash { at += 1 }
        guard at < bytes.count, bytes[at] == Self.quote,
            let name = text(at, to: Self.quote), !name.isEmpty
        else {
            hasComputedData = true
            return
        }
        data.append(name)
        // It may be the end of a text of C, with a macro behind it.
        if bytes[at - 1] != Self.backslash { hasComputedData = true }
    }

    /// From a sign behind `start` to another in the same line, or to a backslash.
    private func text(_ start: Int, to last: UInt8) -> String? {
        var end = start + 1
        while end < bytes.count, bytes[end] != last, bytes[end] != Self.newline,
            bytes[end] != Self.backslash || last != Self.quote
        { end += 1 }
        guard end < bytes.count, bytes[end] != Self.newline, end > start + 1, end - start < 4_096
        else { return nil }
        return String(decoding: bytes[(start + 1)..<end], as: UTF8.self)
    }
}

/// The scans of one build: targets share sources and headers.
final class SourceScans: Sendable {
    private struct Known {
        var stamp: [Int]
        var scan: SourceScan
    }

    private let known = Mutex<[String: Known]>([:])

    func scan(_ path: String) -> SourceScan {
        var status = stat()
        guard stat(path, &status) == 0 else { return SourceScan() }
        let stamp = [
            Int(status.st_ctim.tv_sec), Int(status.st_ctim.tv_nsec), Int(status.st_size),
            Int(status.st_ino),
        ]
        if let known = known.withLock({ $0[path] }), known.stamp == stamp { return known.scan }
        let scan = SourceScan([UInt8](FileManager.default.contents(atPath: path) ?? Data()))
        known.withLock { $0[path] = Known(stamp: stamp, scan: scan) }
        return scan
    }
}
