import Diagnostics

/// Cuts the text into tokens. A byte that belongs to no token is told once and skipped.
struct Lexer {
    private let source: SourceText
    private var offset = 0
    private var tokens: [Token] = []
    private var comment: Comment?

    private struct Comment {
        var text: String
        var lastLine: Int
    }

    private init(_ source: SourceText) { self.source = source }

    static func tokens(of source: SourceText, into report: inout Report) -> [Token] {
        var lexer = Lexer(source)
        while lexer.step(&report) {}
        return lexer.tokens
    }

    /// False after the end.
    private mutating func step(_ report: inout Report) -> Bool {
        skipBlanks()
        guard let byte = peek() else {
            append(.end, length: 0)
            return false
        }
        switch byte {
        case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "*"): readComment(&report)
        case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "/"): readLineComment()
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): readNumber(&report)
        case _ where byte.startsWord: readWord(&report)
        case _ where ";,:{}()[]<>=*".utf8.contains(byte): append(.mark, length: 1)
        case UInt8(ascii: "%"), UInt8(ascii: "#"): skipForeignLine(&report)
        default: skipUnknown(&report)
        }
        return true
    }

    private func peek(_ ahead: Int = 0) -> UInt8? {
        offset + ahead < source.bytes.count ? source.bytes[offset + ahead] : nil
    }

    private mutating func skipBlanks() {
        while let byte = peek(), byte == 0x20 || (0x09...0x0d).contains(byte) { offset += 1 }
    }

    private mutating func append(_ kind: Token.Kind, length: Int) {
        let range = SourceRange(offset: offset, length: length)
        let line = source.line(of: offset)
        // A comment that a blank line separates is about the file, not about what follows.
        let leading = comment.flatMap { $0.lastLine >= line - 1 ? $0.text : nil }
        comment = nil
        tokens.append(
            Token(
                kind: kind, text: source.string(offset..<offset + length), range: range,
                leadingComment: leading))
        offset += length
    }

    private func length(while matches: (UInt8) -> Bool) -> Int {
        var length = 0
        while let byte = peek(length), matches(byte) { length += 1 }
        return length
    }

    private mutating func readWord(_ report: inout Report) {
        let length = length { $0.startsWord || $0.isDigit }
        if length > InterfaceLimits.nameBytes {
            report.error(
                "a name of \(length) bytes exceeds the limit of \(InterfaceLimits.nameBytes)",
                at: SourceRange(offset: offset, length: length))
        }
        append(.word, length: length)
    }

    private mutating func readNumber(_ report: inout Report) {
        let sign = peek() == UInt8(ascii: "-") ? 1 : 0
        let digits = 1 + self.length(from: sign + 1) { $0.startsWord || $0.isDigit }
        let length = sign + digits
        let text = source.string(offset..<min(offset + length, source.bytes.count))
        guard let value = Self.value(of: text) else {
            report.error(
                "'\(text.prefix(40))' is no number",
                at: SourceRange(offset: offset, length: max(1, text.utf8.count)),
                remedy:
                    "numbers are decimal (10), hexadecimal (0x1F) or octal (017) and have 64 bits")
            append(.number(1), length: text.utf8.count)
            return
        }
        append(.number(value), length: length)
    }

    private func length(from start: Int, while matches: (UInt8) -> Bool) -> Int {
        var length = 0
        while let byte = peek(start + length), matches(byte) { length += 1 }
        return length
    }

    /// RFC 4506 §6.2: decimal, 0x, or octal behind a 0; nil beyond 64 bits.
    static func value(of text: String) -> Int128? {
        let negative = text.hasPrefix("-")
        let digits = negative ? String(text.dropFirst()) : text
        let (radix, body) =
            if digits.lowercased().hasPrefix("0x") {
                (16, String(digits.dropFirst(2)))
            } else if digits.hasPrefix("0"), digits.count > 1 {
                (8, String(digits.dropFirst()))
            } else { (10, digits) }
        guard let first = body.utf8.first, first != UInt8(ascii: "+"), first != UInt8(ascii: "-"),
            let magnitude = UInt64(body, radix: radix)
        else { return nil }
        let value = negative ? -Int128(magnitude) : Int128(magnitude)
        return value >= Int128(Int64.min) ? value : nil
    }

    private mutating func readComment(_ report: inout Report) {
        let start = offset
        offset += 2
        while let byte = peek(), !(byte == UInt8(ascii: "*") && peek(1) == UInt8(ascii: "/")) {
            offset += 1
        }
        guard peek() != nil else {
            report.error(
                "this comment has no end", at: SourceRange(offset: start, length: 2),
                remedy: "end it with '*/'")
            return
        }
        let body = source.string(start + 2..<offset)
        offset += 2
        keep(body, from: start)
    }

    private mutating func readLineComment() {
        let start = offset
        offset += length { $0 != UInt8(ascii: "\n") }
        keep(source.string(start + 2..<offset), from: start)
    }

    /// Behind a token on its line it is that token's, else the next one's.
    private mutating func keep(_ body: String, from start: Int) {
        let text = plainText(body)
        guard !text.isEmpty else { return }
        if let last = tokens.indices.last,
            source.line(of: tokens[last].range.offset) == source.line(of: start)
        {
            tokens[last].trailingComment =
                tokens[last].trailingComment.map { "\($0) \(text)" } ?? text
            return
        }
        let lastLine = source.line(of: offset - 1)
        if let earlier = comment, earlier.lastLine >= source.line(of: start) - 1 {
            comment = Comment(text: "\(earlier.text)\n\(text)", lastLine: lastLine)
        } else {
            comment = Comment(text: text, lastLine: lastLine)
        }
    }

    /// Without the stars at the margin and the blank lines at both ends.
    private func plainText(_ body: String) -> String {
        let lines = body.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            var rest = line.drop { $0.isWhitespace }
            if rest.hasPrefix("*") { rest = rest.drop { $0 == "*" } }
            if rest.hasPrefix("/") { rest = rest.drop { $0 == "/" } }
            let text = rest.drop { $0 == " " }
            return String(text.reversed().drop { $0.isWhitespace }.reversed())
        }
        let filled = lines.drop { $0.isEmpty }.reversed().drop { $0.isEmpty }.reversed()
        return filled.joined(separator: "\n")
    }

    private mutating func skipForeignLine(_ report: inout Report) {
        let line = length { $0 != UInt8(ascii: "\n") }
        let mark = peek() == UInt8(ascii: "%") ? "%" : "#"
        report.error(
            "lines that begin with '\(mark)' are not part of the interface language",
            at: SourceRange(offset: offset, length: line),
            remedy: "remove the line; comments are /* … */")
        offset += line
    }

    private mutating func skipUnknown(_ report: inout Report) {
        // A character of several bytes is one mistake.
        let length = 1 + self.length(from: 1) { $0 & 0xc0 == 0x80 }
        let text = source.string(offset..<offset + length)
        let shown = text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7f }
        report.error(
            shown ? "'\(text)' has no meaning here" : "a control character has no meaning here",
            at: SourceRange(offset: offset, length: length))
        offset += length
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

    fileprivate var startsWord: Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self)
            || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) || self == UInt8(ascii: "_")
    }
}
