import Diagnostics

/// A stretch of the source, in bytes.
struct SourceRange: Hashable, Sendable {
    var offset: Int
    var length: Int

    var end: Int { offset + length }

    /// From the beginning of this to the end of `other`.
    func through(_ other: SourceRange) -> SourceRange {
        SourceRange(offset: offset, length: max(length, other.end - offset))
    }
}

/// The bytes of the interface and of the files that it includes, one behind the other, and where
/// their lines begin: one number tells file, line and column.
struct SourceText: Sendable {
    private struct Part: Sendable {
        let file: String
        let offset: Int
        let firstLine: Int
    }

    private(set) var bytes: [UInt8] = []
    private var parts: [Part] = []
    private var lineStarts: [Int] = []

    init(file: String, text: String) { append(file: file, text: text) }

    /// The file that was named on the command line.
    var file: String { parts[0].file }
    /// All files, the interface first.
    var files: [String] { parts.map(\.file) }

    /// The bytes of the new file.
    @discardableResult
    mutating func append(file: String, text: String) -> Range<Int> {
        // A newline between files: the end of one is not the beginning of the next.
        if !parts.isEmpty { bytes.append(UInt8(ascii: "\n")) }
        let start = bytes.count
        parts.append(Part(file: file, offset: start, firstLine: lineStarts.count))
        // Editors begin files with a byte order mark that nobody sees; it is no part of the text.
        bytes += text.unicodeScalars.first == "\u{feff}" ? text.utf8.dropFirst(3) : text.utf8[...]
        lineStarts.append(start)
        for offset in start..<bytes.count where bytes[offset] == UInt8(ascii: "\n") {
            lineStarts.append(offset + 1)
        }
        return start..<bytes.count
    }

    /// The line of a byte, from 0 and counted over all files.
    func line(of offset: Int) -> Int {
        var low = 0
        var high = lineStarts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if lineStarts[middle] <= offset { low = middle } else { high = middle }
        }
        return low
    }

    func beginsLine(_ range: SourceRange) -> Bool {
        range.offset == 0 || bytes[range.offset - 1] == UInt8(ascii: "\n")
    }

    private func part(of offset: Int) -> Int {
        (parts.lastIndex { $0.offset <= offset }) ?? 0
    }

    func file(of range: SourceRange) -> String { parts[part(of: range.offset)].file }

    func place(_ range: SourceRange) -> SourcePlace {
        let part = parts[part(of: range.offset)]
        let line = line(of: range.offset)
        let start = lineStarts[line]
        let next = line + 1 < lineStarts.count ? lineStarts[line + 1] - 1 : bytes.count
        let text = string(start..<max(start, next))
        let column = string(start..<range.offset).count + 1
        let end = min(range.end, max(range.offset, next))
        let length = string(range.offset..<end).count
        return SourcePlace(
            file: part.file, line: line - part.firstLine + 1, column: column, length: length,
            text: text)
    }

    func string(_ range: Range<Int>) -> String {
        String(decoding: bytes[range], as: UTF8.self).trimmingCarriageReturn
    }
}

extension String {
    fileprivate var trimmingCarriageReturn: String { hasSuffix("\r") ? String(dropLast()) : self }
}
