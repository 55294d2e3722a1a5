import Diagnostics

/// Recursive descent over the grammar of RFC 4506 §6.3 and RFC 5531 §12.2, and the `application`
/// block.
///
/// A syntax error is reported where it is found; parsing goes on behind the next `;` or `}` of the
/// same block, so that one pass tells several errors.
struct Parser {
    /// Thrown after the error is reported.
    struct Skip: Error {}

    private(set) var report: Report
    private let tokens: [Token]
    private var index = 0
    /// Of bodies within bodies.
    var depth = 0
    /// Those that are open.
    private var namespaces: [Name] = []
    /// What is parsed is a field of a struct.
    var isInStructure = false

    private init(_ tokens: [Token], _ report: Report) {
        self.tokens = tokens
        self.report = report
    }

    /// What the file defines, and what `%` lines say.
    static func parse(_ files: InterfaceFiles, into report: inout Report) -> InterfaceSyntax {
        let output = Lexer.read(files, into: &report)
        var parser = Parser(output.tokens, report)
        let definitions = output.definitions + parser.definitions()
        report = parser.report
        return InterfaceSyntax(
            definitions: definitions, passed: output.passed, passedTypes: output.passedTypes,
            hasUnreadHeaders: output.hasUnreadHeaders)
    }

    private mutating func definitions() -> [DefinitionSyntax] {
        var definitions: [DefinitionSyntax] = []
        while current.kind != .end, !report.isFull {
            let start = index
            if enterOrLeaveNamespace() || skipPragma() || skipTypedefOfVoid() { continue }
            do {
                definitions.append(try definition())
            } catch {
                if index == start { index += 1 }
                skipToNextDefinition()
            }
            if definitions.count > InterfaceLimits.definitions {
                report.error(
                    "more than \(InterfaceLimits.definitions) definitions in one file",
                    at: current.range)
                break
            }
        }
        if let open = namespaces.last, report.diagnostics.isEmpty {
            report.error("the namespace '\(open.text)' has no '}'", at: open.range)
        }
        return definitions
    }

    /// `namespace NAME { … }`, as xdrgen and goxdr have it: what stands inside keeps its name, and
    /// all namespaces share one space of names.
    private mutating func enterOrLeaveNamespace() -> Bool {
        if isWord("namespace"), next.kind == .word, following(2).text == "{" {
            advance()
            let name = advance()
            namespaces.append(Name(text: name.text, range: name.range))
            advance()
            return true
        }
        guard isMark("}"), !namespaces.isEmpty else { return false }
        namespaces.removeLast()
        advance()
        _ = accept(";")
        return true
    }

    /// `pragma public NAME;` is for the C that the Linux kernel's xdrgen makes.
    private mutating func skipPragma() -> Bool {
        guard isWord("pragma"), next.kind == .word, following(2).kind == .word,
            let end = (3...4).first(where: { following($0).text == ";" }),
            end == 3 || following(3).kind == .word
        else { return false }
        for _ in 0...end { advance() }
        return true
    }

    /// In the grammar of RFC 4506 `void` alone is a declaration.
    private mutating func skipTypedefOfVoid() -> Bool {
        guard isWord("typedef"), next.text == "void", following(2).text == ";" else { return false }
        warn("this typedef gives 'void' no name, and is left out", at: next.range)
        for _ in 0..<3 { advance() }
        return true
    }

    private mutating func definition() throws(Skip) -> DefinitionSyntax {
        let comment = current.leadingComment
        var definition = try definitionBody()
        let end = try expect(";", "after the definition of '\(definition.name.text)'")
        definition.documentation = comment ?? (isOneLine(definition) ? end.trailingComment : nil)
        return definition
    }

    private func isOneLine(_ definition: DefinitionSyntax) -> Bool {
        switch definition.kind {
        case .constant, .typedef: true
        default: report.source.line(of: definition.name.range.offset) == lineOfPrevious
        }
    }

    private var lineOfPrevious: Int { report.source.line(of: previous.range.offset) }

    private mutating func definitionBody() throws(Skip) -> DefinitionSyntax {
        let word = current
        guard word.kind == .word, let kind = Self.definitionWords[word.text] else {
            let meant = nearest(to: word.text, among: Self.definitionWords.keys)
            throw fail(
                "expected a definition, found \(word.described)", at: word.range,
                remedy: meant.map { "did you mean '\($0)'?" }
                    ?? "definitions begin with const, typedef, enum, struct, union, program or application"
            )
        }
        advance()
        return try kind(&self)
    }

    private typealias DefinitionParser = @Sendable (inout Parser) throws(Skip) -> DefinitionSyntax

    private static let definitionWords: [String: DefinitionParser] = [
        "const": { (parser: inout Parser) throws(Skip) in try parser.constant() },
        "typedef": { (parser: inout Parser) throws(Skip) in try parser.typedef() },
        "enum": { (parser: inout Parser) throws(Skip) in try parser.enumeration() },
        "struct": { (parser: inout Parser) throws(Skip) in try parser.structure() },
        "union": { (parser: inout Parser) throws(Skip) in try parser.union() },
        "program": { (parser: inout Parser) throws(Skip) in try parser.program() },
        "application": { (parser: inout Parser) throws(Skip) in try parser.application() },
    ]

    // MARK: Tokens

    var current: Token { tokens[index] }
    var next: Token { following(1) }
    var previous: Token { tokens[max(0, index - 1)] }

    func following(_ distance: Int) -> Token { tokens[min(index + distance, tokens.count - 1)] }

    func isWord(_ text: String) -> Bool { current.kind == .word && current.text == text }
    func isMark(_ text: String) -> Bool { current.kind == .mark && current.text == text }

    @discardableResult
    mutating func advance() -> Token {
        defer { if index < tokens.count - 1 { index += 1 } }
        return tokens[index]
    }

    mutating func accept(_ text: String) -> Token? {
        guard current.kind == .mark || current.kind == .word, current.text == text else {
            return nil
        }
        return advance()
    }

    @discardableResult
    mutating func expect(_ text: String, _ place: String) throws(Skip) -> Token {
        if let token = accept(text) { return token }
        // What is missing is missing behind the token before, not before the one on the next line.
        let previous = previous.range
        let sameLine =
            report.source.line(of: previous.offset) == report.source.line(of: current.range.offset)
        throw fail(
            "expected '\(text)' \(place), found \(current.described)",
            at: sameLine || index == 0
                ? current.range : SourceRange(offset: previous.offset + previous.length, length: 1))
    }

    mutating func name(of what: String) throws(Skip) -> Name {
        guard current.kind == .word else {
            throw fail(
                "expected the name of \(what), found \(current.described)", at: current.range)
        }
        guard !reservedWords.contains(current.text) else {
            throw fail(
                "'\(current.text)' is a word of the interface language and can't name \(what)",
                at: current.range, remedy: remedy(forWordBefore: current))
        }
        let token = advance()
        return Name(text: token.text, range: token.range)
    }

    /// In `unsinged int x;` the first word was taken for a type.
    private func remedy(forWordBefore token: Token) -> String? {
        let word = previous
        guard word.kind == .word, !reservedWords.contains(word.text) else { return nil }
        let modifiers = ["pure", "once", "replacing"]
        guard !modifiers.contains(word.text) else {
            return "'pure' and 'once' stand behind 'worker', 'replacing' behind 'context'"
        }
        return nearest(to: word.text, among: ["unsigned", "struct", "enum", "union"] + modifiers)
            .map { "did you mean '\($0) \(token.text)'?" }
    }

    mutating func value(of what: String) throws(Skip) -> ValueSyntax {
        let token = current
        switch token.kind {
        case .number(let number):
            advance()
            return ValueSyntax(kind: .number(number), range: token.range)
        case .text(let text):
            advance()
            return ValueSyntax(kind: .text(text), range: token.range)
        case .word
        where !reservedWords.contains(token.text) || ["TRUE", "FALSE"].contains(token.text):
            advance()
            return ValueSyntax(kind: .name(token.text), range: token.range)
        default:
            throw fail(
                "expected \(what), a number or a constant's name, found \(token.described)",
                at: token.range)
        }
    }

    mutating func fail(_ summary: String, at range: SourceRange, remedy: String? = nil) -> Skip {
        report.error(summary, at: range, remedy: remedy)
        return Skip()
    }

    mutating func warn(_ summary: String, at range: SourceRange) {
        report.warning(summary, at: range)
    }

    // MARK: Going on after an error

    /// The items of a `{ … }` block, each parsed by `item`; the closing brace is consumed.
    mutating func block<Item>(
        of what: String, _ item: (inout Parser) throws(Skip) -> Item
    ) throws(Skip) -> [Item] {
        try expect("{", "before \(what)")
        var items: [Item] = []
        while !isMark("}"), !endsHere, !report.isFull {
            let start = index
            do {
                items.append(try item(&self))
            } catch {
                if endsHere { throw error }
                skipToNextItem(from: start)
            }
            guard items.count <= InterfaceLimits.members else {
                throw fail("more than \(InterfaceLimits.members) of \(what)", at: current.range)
            }
        }
        try expect("}", "after \(what)")
        return items
    }

    /// A block whose closing brace is missing: what comes now is the next definition.
    private var endsHere: Bool {
        current.kind == .end || beginsDefinition && !isMemberAhead
    }

    private var beginsDefinition: Bool {
        current.kind == .word && Self.definitionWords[current.text] != nil
            && report.source.beginsLine(current.range)
    }

    /// `struct Point origin;` at the margin is a field.
    private var isMemberAhead: Bool {
        ["struct", "enum", "union"].contains(current.text)
            && following(2).text != "{" && following(2).text != "switch"
    }

    private mutating func skipToNextItem(from start: Int) {
        if index == start, !isMark("}") { advance() }
        var depth = 0
        while current.kind != .end {
            if isMark("{") { depth += 1 }
            if isMark("}") {
                if depth == 0 { return }
                depth -= 1
            }
            if depth == 0, isMark(";") {
                advance()
                return
            }
            advance()
        }
    }

    private mutating func skipToNextDefinition() {
        while current.kind != .end {
            if beginsDefinition { return }
            advance()
        }
    }
}
