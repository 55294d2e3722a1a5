import Diagnostics

/// A stretch of the source, in bytes.
struct SourceRange: Hashable, Sendable {
    var offset: Int
    var length: Int

    /// From the beginning of this to the end of `other`.
    func through(_ other: SourceRange) -> SourceRange {
        SourceRange(offset: offset, length: max(length, other.offset + other.length - offset))
    }
}

/// The file's bytes, and where its lines begin.
struct SourceText: Sendable {
    let file: String
    let bytes: [UInt8]
    private let lineStarts: [Int]

    init(file: String, text: String) {
        self.file = file
        let bytes = Array(text.utf8)
        self.bytes = bytes
        let newlines = bytes.indices.filter { bytes[$0] == UInt8(ascii: "\n") }
        lineStarts = [0] + newlines.map { $0 + 1 }
    }

    /// The line of a byte, from 1.
    func line(of offset: Int) -> Int {
        var low = 0
        var high = lineStarts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if lineStarts[middle] <= offset { low = middle } else { high = middle }
        }
        return low + 1
    }

    func beginsLine(_ range: SourceRange) -> Bool {
        range.offset == 0 || bytes[range.offset - 1] == UInt8(ascii: "\n")
    }

    func place(_ range: SourceRange) -> SourcePlace {
        let line = line(of: range.offset)
        let start = lineStarts[line - 1]
        let next = line < lineStarts.count ? lineStarts[line] - 1 : bytes.count
        let text = string(start..<max(start, next))
        let column = string(start..<range.offset).count + 1
        let end = min(range.offset + range.length, max(range.offset, next))
        let length = string(range.offset..<end).count
        return SourcePlace(file: file, line: line, column: column, length: length, text: text)
    }

    func string(_ range: Range<Int>) -> String {
        String(decoding: bytes[range], as: UTF8.self).trimmingCarriageReturn
    }
}

extension String {
    fileprivate var trimmingCarriageReturn: String { hasSuffix("\r") ? String(dropLast()) : self }
}
