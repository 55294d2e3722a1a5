/// Finds the functions that sources define, as far as that can be seen without a compiler: a name,
/// parentheses, and a brace behind them. For advice alone.
struct FunctionSearch {
    struct Found: Hashable {
        var name: String
        /// From 1.
        var line: Int
        var column: Int
    }

    private let text: [UInt8]
    private var at = 0
    private var line = 1
    private var lineStart = 0

    static func functions(in text: String, language: Language) -> [Found] {
        var search = FunctionSearch(text: Array(text.utf8))
        return language == .swift ? search.swiftFunctions() : search.cFunctions()
    }

    enum Language { case c, swift }

    private init(text: [UInt8]) { self.text = text }

    private mutating func cFunctions() -> [Found] {
        var found: [Found] = []
        var candidate: Found?
        var word: Found?
        var depth = 0
        while let byte = next() {
            if Self.isNameStart(byte) {
                word = name()
                // `) const {`, `) noexcept {`
                if candidate != nil, depth == 0,
                    !["const", "noexcept", "override"].contains(word?.name)
                {
                    candidate = nil
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "("):
                if depth == 0 { candidate = word }
                depth += 1
            case UInt8(ascii: ")"): depth = max(0, depth - 1)
            case UInt8(ascii: "{"):
                if depth == 0, let candidate { found.append(candidate) }
                (candidate, depth) = (nil, 0)
            case 0x20, 0x09, 0x0a, 0x0d: continue
            default:
                if depth == 0 { candidate = nil }
            }
            word = nil
        }
        return found
    }

    private mutating func swiftFunctions() -> [Found] {
        var found: [Found] = []
        var isFunction = false
        while let byte = next() {
            guard Self.isNameStart(byte) else {
                if byte != 0x20, byte != UInt8(ascii: "`") { isFunction = false }
                continue
            }
            let word = name()
            if isFunction { found.append(word) }
            isFunction = word.name == "func"
        }
        return found
    }

    /// The next byte that is in no comment and no literal.
    private mutating func next() -> UInt8? {
        while at < text.count {
            let byte = text[at]
            if starts("//") || byte == UInt8(ascii: "#") {
                while at < text.count, text[at] != 0x0a { advance() }
            } else if starts("/*") {
                while at < text.count, !starts("*/") { advance() }
                advance(2)
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                skipLiteral(byte)
            } else {
                advance()
                return byte
            }
        }
        return nil
    }

    private mutating func skipLiteral(_ quote: UInt8) {
        advance()
        while at < text.count, text[at] != quote, text[at] != 0x0a {
            advance(text[at] == UInt8(ascii: "\\") ? 2 : 1)
        }
        advance()
    }

    /// The name whose first byte was the last one.
    private mutating func name() -> Found {
        let start = at - 1
        while at < text.count, Self.isNameStart(text[at]) || (0x30...0x39).contains(text[at]) {
            at += 1
        }
        return Found(
            name: String(decoding: text[start..<at], as: UTF8.self), line: line,
            column: start - lineStart + 1)
    }

    private mutating func advance(_ count: Int = 1) {
        for _ in 0..<count where at < text.count {
            if text[at] == 0x0a { (line, lineStart) = (line + 1, at + 1) }
            at += 1
        }
    }

    private func starts(_ word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        guard at + count <= text.count else { return false }
        return (0..<count).allSatisfy { text[at + $0] == word.utf8Start[$0] }
    }

    private static func isNameStart(_ byte: UInt8) -> Bool {
        (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte) || byte == 0x5f || byte >= 0x80
    }
}
