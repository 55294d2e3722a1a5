/// The integer expression of an `#if` or a `#define`: C's operators on 64-bit numbers, by
/// precedence.
///
/// Parentheses and signs nest up to a limit, because the text is someone else's.
struct DirectiveExpression {
    private enum Part: Hashable { case number(Int128), word(String), mark(String), strange }

    private static let precedence: [String: Int] = [
        "||": 1, "&&": 2, "|": 3, "^": 4, "&": 5, "==": 6, "!=": 6, "<": 7, "<=": 7, ">": 7,
        ">=": 7, "<<": 8, ">>": 8, "+": 9, "-": 9, "*": 10, "/": 10, "%": 10,
    ]
    private static let depthMax = 32

    private let parts: [Part]
    private let macros: [String: Macro]
    private var index = 0
    private var depth = 0
    /// What a name without a value is worth; nil where it makes the expression none.
    private var undefined: Int128? = 0

    init(_ text: String, macros: [String: Macro]) {
        parts = Self.parts(of: Array(text.utf8))
        self.macros = macros
    }

    /// nil where the text is no expression, or names what has no value.
    mutating func value(ofUndefined undefined: Int128? = 0) -> Int128? {
        self.undefined = undefined
        index = 0
        depth = 0
        guard let value = binary(above: 0), index == parts.count else { return nil }
        return value
    }

    private static func parts(of bytes: [UInt8]) -> [Part] {
        var parts: [Part] = []
        var place = 0
        func take(while matches: (UInt8) -> Bool) -> String {
            let start = place
            while place < bytes.count, matches(bytes[place]) { place += 1 }
            return String(decoding: bytes[start..<place], as: UTF8.self)
        }
        while place < bytes.count {
            let byte = bytes[place]
            if byte <= 0x20 || byte == UInt8(ascii: "\\") {
                place += 1
            } else if byte.isDigit {
                let text = take { $0.isPartOfNumber }
                parts.append(number(text).map { .number($0) } ?? .strange)
            } else if byte.startsWord {
                parts.append(.word(take { $0.isDigit || $0.startsWord }))
            } else {
                let two = String(
                    decoding: bytes[place..<min(place + 2, bytes.count)], as: UTF8.self)
                let mark = precedence[two] == nil ? String(two.prefix(1)) : two
                parts.append(
                    "()!~".contains(mark) || precedence[mark] != nil ? .mark(mark) : .strange)
                place += mark.utf8.count
            }
        }
        return parts
    }

    /// With the suffixes of C: `10UL`.
    private static func number(_ text: String) -> Int128? {
        let digits = text.reversed().drop { "uUlL".contains($0) }.reversed()
        return Lexer.value(of: String(digits))
    }

    private mutating func accept(_ mark: String) -> Bool {
        guard index < parts.count, parts[index] == .mark(mark) else { return false }
        index += 1
        return true
    }

    private mutating func binary(above least: Int) -> Int128? {
        guard var left = unary() else { return nil }
        while index < parts.count, case .mark(let mark) = parts[index],
            let level = Self.precedence[mark], level > least
        {
            index += 1
            guard let right = binary(above: level),
                let value = Self.apply(mark, left, right), abs(value) <= Int128(UInt64.max)
            else { return nil }
            left = value
        }
        return left
    }

    private mutating func unary() -> Int128? {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthMax, index < parts.count else { return nil }
        if accept("!") { return unary().map { $0 == 0 ? 1 : 0 } }
        if accept("-") { return unary().map { -$0 } }
        if accept("+") { return unary() }
        if accept("~") { return unary().map { ~$0 } }
        if accept("(") {
            guard let value = binary(above: 0), accept(")") else { return nil }
            return value
        }
        defer { index += 1 }
        switch parts[index] {
        case .number(let number): return number
        case .word("defined"): return isDefined()
        case .word(let name): return macros[name]?.number ?? undefined
        case .mark, .strange: return nil
        }
    }

    /// `defined NAME`, `defined(NAME)`; leaves the last part to be stepped over.
    private mutating func isDefined() -> Int128? {
        index += 1
        let isInBrackets = accept("(")
        guard index < parts.count, case .word(let name) = parts[index] else { return nil }
        if isInBrackets {
            index += 1
            guard index < parts.count, parts[index] == .mark(")") else { return nil }
        }
        return macros[name] == nil ? 0 : 1
    }

    private static func apply(_ mark: String, _ left: Int128, _ right: Int128) -> Int128? {
        func truth(_ value: Bool) -> Int128 { value ? 1 : 0 }
        switch mark {
        case "||": return truth(left != 0 || right != 0)
        case "&&": return truth(left != 0 && right != 0)
        case "==": return truth(left == right)
        case "!=": return truth(left != right)
        case "<": return truth(left < right)
        case "<=": return truth(left <= right)
        case ">": return truth(left > right)
        case ">=": return truth(left >= right)
        case "|": return left | right
        case "^": return left ^ right
        case "&": return left & right
        case "+": return left + right
        case "-": return left - right
        // Both are less than 2^64: the product may not fit.
        case "*":
            let (value, overflow) = left.multipliedReportingOverflow(by: right)
            return overflow ? nil : value
        case "/": return right == 0 ? nil : left / right
        case "%": return right == 0 ? nil : left % right
        case "<<": return (0..<64).contains(right) ? left << right : nil
        case ">>": return (0..<64).contains(right) ? left >> right : nil
        default: return nil
        }
    }
}
