import Diagnostics

/// Cuts the text into tokens and obeys the lines of the C preprocessor (`Lexer+Directives.swift`).
/// A byte that belongs to no token is told once and skipped.
struct Lexer {
    var report: Report
    let files: InterfaceFiles
    var offset = 0
    /// Where the file ends that is being read.
    var end: Int
    var tokens: [Token] = []
    private var comment: Comment?

    // What directives leave behind.
    var included: [Included] = []
    var conditions: [Condition] = []
    var macros: [String: Macro] = ["RPC_HDR": Macro(number: 1)]
    var definitions: [DefinitionSyntax] = []
    var passed: [PassedConstant] = []
    var passedNumbers: [String: Macro] = [:]
    var passedTypes: [PassedType] = []
    /// C headers are included, which only the C compiler reads.
    var hasUnreadHeaders = false
    /// How many macros were replaced by their bodies.
    var expansions = 0

    private struct Comment {
        var text: String
        var lastLine: Int
    }

    /// What the parser reads: tokens, and what `#define` and `%` lines make.
    struct Output {
        var tokens: [Token]
        var definitions: [DefinitionSyntax]
        var passed: [PassedConstant]
        var passedTypes: [PassedType]
        var hasUnreadHeaders: Bool
    }

    private init(_ report: Report, _ files: InterfaceFiles) {
        self.report = report
        self.files = files
        end = report.source.bytes.count
        included = [Included(path: report.source.file, end: end, resume: end, conditions: 0)]
    }

    static func read(_ files: InterfaceFiles, into report: inout Report) -> Output {
        var lexer = Lexer(report, files)
        while lexer.step() {}
        report = lexer.report
        return Output(
            tokens: lexer.tokens, definitions: lexer.definitions, passed: lexer.passed,
            passedTypes: lexer.passedTypes, hasUnreadHeaders: lexer.hasUnreadHeaders)
    }

    var source: SourceText { report.source }

    /// False after the end.
    private mutating func step() -> Bool {
        skipBlanks()
        guard let byte = peek() else {
            closeConditions()
            if leaveIncluded() { return true }
            append(.end, length: 0)
            return false
        }
        switch byte {
        case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "*"): readComment()
        case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "/"): readLineComment()
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): readNumber()
        case UInt8(ascii: "+") where peek(1)?.isDigit == true && isBehindMark: readNumber()
        case UInt8(ascii: "'") where peek(2) == UInt8(ascii: "'"): readCharacter()
        case UInt8(ascii: "\""): readText()
        case _ where byte.startsWord: readWord()
        case _ where ";,:{}()[]<>=*".utf8.contains(byte): append(.mark, length: 1)
        case UInt8(ascii: "%") where isFirstOfLine: readPassedLine()
        // Both xdrgens let such a line begin behind a definition.
        case UInt8(ascii: "%") where isBehindMark: offset += length { $0 != UInt8(ascii: "\n") }
        case UInt8(ascii: "#") where isFirstOfLine: readDirective()
        // The end of a line within a macro.
        case UInt8(ascii: "\\") where peek(1) == 0x0a || peek(1) == 0x0d: offset += 1
        default: skipUnknown()
        }
        return true
    }

    func peek(_ ahead: Int = 0) -> UInt8? {
        offset + ahead < end ? report.source.bytes[offset + ahead] : nil
    }

    private var isFirstOfLine: Bool {
        var place = offset
        while place > 0 {
            place -= 1
            let byte = report.source.bytes[place]
            if byte == UInt8(ascii: "\n") { return true }
            if byte != 0x20, byte != 0x09, byte != 0x0d { return false }
        }
        return true
    }

    private var isBehindMark: Bool { tokens.last.map { $0.kind == .mark } ?? true }

    private mutating func skipBlanks() {
        while let byte = peek(), byte == 0x20 || (0x09...0x0d).contains(byte) { offset += 1 }
    }

    /// `text` where it is not what stands in the file.
    mutating func append(_ kind: Token.Kind, length: Int, text: String? = nil) {
        let range = SourceRange(offset: offset, length: length)
        let line = source.line(of: offset)
        // A comment that a blank line separates is about the file, not about what follows.
        let leading = comment.flatMap { $0.lastLine >= line - 1 ? $0.text : nil }
        comment = nil
        tokens.append(
            Token(
                kind: kind, text: text ?? source.string(offset..<offset + length), range: range,
                leadingComment: leading))
        offset += length
    }

    func length(while matches: (UInt8) -> Bool) -> Int {
        var length = 0
        while let byte = peek(length), matches(byte) { length += 1 }
        return length
    }

    private mutating func readWord() {
        var length = length { $0.startsWord || $0.isDigit }
        if let qualifiers = lengthOfQualifiers(length) {
            offset += qualifiers
            length = self.length { $0.startsWord || $0.isDigit }
        }
        if let macro = macros[source.string(offset..<offset + length)] {
            return macro.hasParameters ? skipCall(length) : expand(macro, length: length)
        }
        if length > InterfaceLimits.nameBytes {
            report.error(
                "a name of \(length) bytes exceeds the limit of \(InterfaceLimits.nameBytes)",
                at: SourceRange(offset: offset, length: length))
        }
        append(.word, length: length)
    }

    /// `outer::inner::name` is `name`: namespaces make no names of their own. nil where no `::`
    /// and word follow.
    private func lengthOfQualifiers(_ first: Int) -> Int? {
        var length = first
        while peek(length) == UInt8(ascii: ":"), peek(length + 1) == UInt8(ascii: ":"),
            peek(length + 2)?.startsWord == true
        {
            length += 2
            let start = length
            length += self.length(from: length) { $0.startsWord || $0.isDigit }
            let next = peek(length) == UInt8(ascii: ":") && peek(length + 1) == UInt8(ascii: ":")
            if !next { return start }
        }
        return nil
    }

    private mutating func readNumber() {
        let sign = "+-".utf8.contains(peek() ?? 0) ? 1 : 0
        let digits = 1 + self.length(from: sign + 1) { $0.isPartOfNumber }
        let length = sign + digits
        let text = source.string(offset..<min(offset + length, end))
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

    /// rpcgen's `'a'`, in the case of a union.
    private mutating func readCharacter() {
        guard let byte = peek(1), (0x20...0x7e).contains(byte), !"'\\".utf8.contains(byte) else {
            return skipUnknown()
        }
        append(.number(Int128(byte)), length: 3)
    }

    func length(from start: Int, while matches: (UInt8) -> Bool) -> Int {
        var length = 0
        while let byte = peek(start + length), matches(byte) { length += 1 }
        return length
    }

    /// RFC 4506 §6.2: decimal, 0x, or octal behind a 0; nil beyond 64 bits. A single `'` may stand
    /// between two digits, as in C23 and for goxdr.
    static func value(of text: String) -> Int128? {
        let negative = text.hasPrefix("-")
        let written = negative || text.hasPrefix("+") ? String(text.dropFirst()) : text
        let groups = written.split(separator: "'", omittingEmptySubsequences: false)
        guard groups.allSatisfy({ !$0.isEmpty }), groups[0].lowercased() != "0x" else { return nil }
        let digits = groups.joined()
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

    private mutating func readComment() {
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
        let lines = body.unicodeScalars.split(
            omittingEmptySubsequences: false, whereSeparator: { $0 == "\n" }
        ).map { line in
            // No other control character may end a comment's line in the generated code.
            let scalars = line.map { $0.value < 0x20 || $0.value == 0x7f ? " " : $0 }
            var rest = String(String.UnicodeScalarView(scalars))[...].drop { $0.isWhitespace }
            if rest.hasPrefix("*") { rest = rest.drop { $0 == "*" } }
            if rest.hasPrefix("/") { rest = rest.drop { $0 == "/" } }
            let text = rest.drop { $0 == " " }
            return String(text.reversed().drop { $0.isWhitespace }.reversed())
        }
        let filled = lines.drop { $0.isEmpty }.reversed().drop { $0.isEmpty }.reversed()
        return filled.joined(separator: "\n")
    }

    /// `"…"` with the escapes `\"` and `\\`; rpcgen takes it as the value of a constant.
    private mutating func readText() {
        var text: [UInt8] = []
        var length = 1
        while let byte = peek(length), byte != UInt8(ascii: "\""), byte >= 0x20 || byte == 0x09 {
            if byte == UInt8(ascii: "\\"), let next = peek(length + 1), "\"\\".utf8.contains(next) {
                text.append(next)
                length += 2
            } else {
                text.append(byte)
                length += 1
            }
        }
        guard peek(length) == UInt8(ascii: "\"") else {
            let isAtEnd = peek(length) == nil || peek(length) == 0x0a || peek(length) == 0x0d
            report.error(
                isAtEnd ? "this text has no end" : "a control character can't stand in a text",
                at: SourceRange(offset: offset, length: length),
                remedy: isAtEnd ? "end it with '\"' on the same line" : nil)
            append(.text(""), length: length)
            return
        }
        append(.text(String(decoding: text, as: UTF8.self)), length: length + 1)
    }

    /// Bytes side by side are one mistake.
    private mutating func skipUnknown() {
        let length = 1 + self.length(from: 1) { !Self.hasMeaning($0) }
        let text = source.string(offset..<offset + length)
        let range = SourceRange(offset: offset, length: length)
        if text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f }) {
            report.error("control characters have no meaning here", at: range)
        } else if let unseen = text.unicodeScalars.first(where: \.isUnseen) {
            report.error(
                "\(unseen.codePoint) has no meaning here", at: range,
                remedy: "delete it, or type a blank in its place")
        } else {
            report.error("'\(text.prefix(40))' has no meaning here", at: range)
        }
        offset += length
    }

    private static func hasMeaning(_ byte: UInt8) -> Bool {
        byte.startsWord || byte.isDigit || byte == 0x20 || (0x09...0x0d).contains(byte)
            || ";,:{}()[]<>=*/-\"".utf8.contains(byte)
    }
}

extension Unicode.Scalar {
    /// An editor shows nothing for it, or no more than for a blank.
    fileprivate var isUnseen: Bool {
        switch properties.generalCategory {
        case .control, .format, .spaceSeparator, .lineSeparator, .paragraphSeparator,
            .nonspacingMark, .enclosingMark, .privateUse, .unassigned:
            true
        default: false
        }
    }

    /// `U+200B (zero width space)`
    fileprivate var codePoint: String {
        let digits = String(value, radix: 16, uppercase: true)
        let padded = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        // U+FEFF is called by what it was before Unicode 3.2.
        let name =
            self == "\u{feff}"
            ? "byte order mark" : (properties.name ?? properties.nameAlias)?.lowercased()
        return "U+\(padded)" + (name.map { " (\($0))" } ?? "")
    }
}

extension UInt8 {
    /// Behind its first digit: digits of all radices, separators, and what makes it no number.
    var isPartOfNumber: Bool { startsWord || isDigit || self == UInt8(ascii: "'") }

    var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

    var startsWord: Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self)
            || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) || self == UInt8(ascii: "_")
    }
}
