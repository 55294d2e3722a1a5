import Diagnostics

/// What `#define` made of a name.
struct Macro: Hashable, Sendable {
    var number: Int128?
    /// Another name, which stands in the place of this one.
    var word: String?
    /// Where the text is that is read in the place of the name.
    var body: Range<Int>?
    /// It means something where arguments follow, which is not for this compiler.
    var hasParameters = false
}

/// A C type that a `%#define` or `%typedef` line gives to a name: what the name means as a type
/// where the file defines no other.
struct PassedType: Hashable, Sendable {
    var name: Name
    var type: TypeSyntax
}

/// A number that a `%#define` line gives to the C that rpcgen would make. It is a constant where
/// nothing else has its name and the name that it may stand for is one.
struct PassedConstant: Hashable, Sendable {
    var name: Name
    var value: ValueSyntax
    var documentation: String?
}

/// A file that is being read; `resume` is where the one before it goes on.
struct Included: Sendable {
    var path: String
    var end: Int
    var resume: Int
    /// How many conditions were open where it began.
    var conditions: Int
    /// The macro whose body it is.
    var macro: String?
}

/// An `#if` whose `#endif` has not come.
struct Condition: Sendable {
    var range: SourceRange
    /// A branch of it was read.
    var wasTaken: Bool
    var hadElse = false
}

/// Lines that begin with `#`, for which rpcgen asks the C preprocessor, and lines that begin with
/// `%`, which rpcgen passes on to the C compiler.
///
/// `RPC_HDR` is defined, `RPC_XDR`, `RPC_SVC`, `RPC_CLNT` and `RPC_TBL` are not: what rpcgen's users
/// give to the header is what declares names.
extension Lexer {
    private static let directives = [
        "include", "define", "undef", "if", "ifdef", "ifndef", "elif", "else", "endif", "error",
        "warning", "pragma", "ident", "line",
    ]

    /// The words behind `#`, up to the end of the line or a comment, which stays unread.
    struct DirectiveLine {
        var word: String
        var wordRange: SourceRange
        var rest: Range<Int>
    }

    mutating func readDirective() {
        let line = directive(from: offset)
        offset = line.rest.upperBound
        obey(line)
    }

    private func directive(from start: Int) -> DirectiveLine {
        var place = start + 1
        while isBlank(place) { place += 1 }
        let word = place
        while let byte = byte(place), byte.startsWord || byte.isDigit { place += 1 }
        return DirectiveLine(
            word: source.string(word..<place),
            wordRange: SourceRange(offset: start, length: max(1, place - start)),
            rest: place..<endOfDirective(place))
    }

    private func byte(_ place: Int) -> UInt8? { place < end ? report.source.bytes[place] : nil }

    private func isBlank(_ place: Int) -> Bool { byte(place) == 0x20 || byte(place) == 0x09 }

    private func endOfDirective(_ start: Int) -> Int {
        var place = start
        while let byte = byte(place) {
            let next = self.byte(place + 1)
            if byte == UInt8(ascii: "/"), next == UInt8(ascii: "*") || next == UInt8(ascii: "/") {
                break
            }
            if byte == UInt8(ascii: "\n") { break }
            let isContinued =
                byte == UInt8(ascii: "\\")
                && (next == UInt8(ascii: "\n")
                    || next == 0x0d && self.byte(place + 2) == UInt8(ascii: "\n"))
            if isContinued {
                place = next == 0x0d ? place + 3 : place + 2
            } else {
                place += 1
            }
        }
        return min(place, end)
    }

    func range(_ rest: Range<Int>) -> SourceRange {
        var start = rest.lowerBound
        while start < rest.upperBound, isBlank(start) { start += 1 }
        var end = rest.upperBound
        while end > start, isBlank(end - 1) || byte(end - 1) == 0x0d { end -= 1 }
        return SourceRange(offset: start, length: max(1, end - start))
    }

    func text(_ rest: Range<Int>) -> String {
        let range = range(rest)
        return range.end <= rest.upperBound ? source.string(range.offset..<range.end) : ""
    }

    private mutating func obey(_ line: DirectiveLine) {
        switch line.word {
        case "include": include(line)
        case "define": define(line)
        case "undef": macros[text(line.rest)] = nil
        case "if", "ifdef", "ifndef": open(line)
        case "elif", "else": alternative(line)
        case "endif":
            if conditionsOfFile > 0 {
                conditions.removeLast()
            } else {
                report.error("'#endif' without '#if'", at: line.wordRange)
            }
        case "error":
            report.error("the file says: \(text(line.rest))", at: line.wordRange)
        // `# 12 "file"` is what a preprocessor leaves.
        case "warning", "pragma", "ident", "line", "": break
        case _ where line.word.utf8.allSatisfy(\.isDigit): break
        default:
            let meant = nearest(to: line.word, among: Self.directives)
            report.error(
                "'#\(line.word)' is no directive", at: line.wordRange,
                remedy: meant.map { "did you mean '#\($0)'?" })
        }
    }

    // MARK: Conditions

    private var conditionsOfFile: Int { conditions.count - (included.last?.conditions ?? 0) }

    private mutating func open(_ line: DirectiveLine) {
        guard conditions.count < InterfaceLimits.conditionDepth else {
            report.error(
                "more than \(InterfaceLimits.conditionDepth) conditions within one another",
                at: line.wordRange)
            conditions.removeLast(conditionsOfFile)
            offset = end
            return
        }
        let isTaken = isTrue(line)
        conditions.append(Condition(range: line.wordRange, wasTaken: isTaken))
        if !isTaken { skipBranch() }
    }

    private mutating func isTrue(_ line: DirectiveLine) -> Bool {
        let text = text(line.rest)
        if line.word == "if" || line.word == "elif" {
            var expression = DirectiveExpression(text, macros: macros)
            if let value = expression.value() { return value != 0 }
            report.error(
                "'\(text.prefix(40))' is no condition", at: range(line.rest),
                remedy: "#if defined(NAME), or numbers with ! && || == != < > + - * / << | &")
            return false
        }
        guard let first = text.utf8.first, first.startsWord else {
            report.error("expected a name after '#\(line.word)'", at: line.wordRange)
            return false
        }
        let name = String(decoding: text.utf8.prefix { $0.startsWord || $0.isDigit }, as: UTF8.self)
        return (macros[name] != nil) == (line.word == "ifdef")
    }

    /// `#else` or `#elif` behind a branch that was read, or met by `skipBranch`.
    private mutating func alternative(_ line: DirectiveLine) {
        guard conditionsOfFile > 0, let last = conditions.last else {
            return report.error("'#\(line.word)' without '#if'", at: line.wordRange)
        }
        if last.hadElse {
            report.error("'#\(line.word)' behind '#else'", at: line.wordRange)
        }
        conditions[conditions.count - 1].hadElse = last.hadElse || line.word == "else"
        let isTaken = !last.wasTaken && (line.word == "else" || isTrue(line))
        if isTaken {
            conditions[conditions.count - 1].wasTaken = true
        } else {
            skipBranch()
        }
    }

    /// To the `#endif`, or to the `#else` or `#elif` whose branch is read.
    private mutating func skipBranch() {
        var depth = 0
        var inComment = false
        while offset < end {
            offset = endOfLine(offset, &inComment)
            guard offset < end else { return }
            offset += 1
            var place = offset
            while isBlank(place) { place += 1 }
            guard !inComment, byte(place) == UInt8(ascii: "#") else { continue }
            let line = directive(from: place)
            switch line.word {
            case "if", "ifdef", "ifndef": depth += 1
            case "endif" where depth > 0: depth -= 1
            case "endif", "else", "elif":
                guard depth == 0 else { continue }
                offset = place
                return
            default: break
            }
        }
    }

    private func endOfLine(_ start: Int, _ inComment: inout Bool) -> Int {
        var place = start
        while let byte = byte(place), byte != UInt8(ascii: "\n") {
            let next = self.byte(place + 1)
            if byte == UInt8(ascii: inComment ? "*" : "/"),
                next == UInt8(ascii: inComment ? "/" : "*")
            {
                inComment.toggle()
                place += 1
            }
            place += 1
        }
        return place
    }

    /// At the end of a file.
    mutating func closeConditions() {
        while conditionsOfFile > 0 {
            let condition = conditions.removeLast()
            report.error("this condition has no '#endif'", at: condition.range)
        }
    }

    // MARK: Names

    private mutating func define(_ line: DirectiveLine) {
        guard let (name, body) = definition(line.rest) else {
            return report.error(
                "'#define' needs a name", at: line.wordRange, remedy: "#define NAME 5")
        }
        if byte(body.lowerBound) == UInt8(ascii: "("), !body.isEmpty {
            macros[name.text] = Macro(hasParameters: true)
            return
        }
        let text = self.text(body)
        var expression = DirectiveExpression(text, macros: macros)
        if text.isEmpty {
            macros[name.text] = Macro()
        } else if let number = expression.value(ofUndefined: nil) {
            if macros[name.text]?.number != number {
                definitions.append(
                    DefinitionSyntax(
                        name: name,
                        kind: .constant(ValueSyntax(kind: .number(number), range: range(body)))))
            }
            macros[name.text] = Macro(number: number)
        } else if text.isWord {
            macros[name.text] = Macro(word: text)
        } else {
            macros[name.text] = Macro(body: body)
        }
    }

    /// The name and what stands behind it: a parenthesis where the macro has parameters.
    private func definition(_ rest: Range<Int>) -> (Name, Range<Int>)? {
        let start = range(rest).offset
        var place = start
        while let byte = byte(place), byte.startsWord || byte.isDigit { place += 1 }
        guard place > start, place <= rest.upperBound, let first = byte(start), first.startsWord,
            place - start <= InterfaceLimits.nameBytes
        else { return nil }
        let range = SourceRange(offset: start, length: place - start)
        return (Name(text: source.string(start..<place), range: range), place..<rest.upperBound)
    }

    /// The name of a macro with parameters. Without arguments it is a plain name.
    mutating func skipCall(_ length: Int) {
        var place = offset + length
        while isBlank(place) { place += 1 }
        guard byte(place) == UInt8(ascii: "(") else { return append(.word, length: length) }
        let name = source.string(offset..<offset + length)
        report.error(
            "'\(name)' is a macro with parameters",
            at: SourceRange(offset: offset, length: length), remedy: "write what it stands for")
        var depth = 0
        repeat {
            if byte(place) == UInt8(ascii: "(") { depth += 1 }
            if byte(place) == UInt8(ascii: ")") { depth -= 1 }
            place += 1
        } while depth > 0 && place < end
        append(.number(1), length: place - offset)
    }

    /// Follows names of names; a macro without a body leaves nothing, one of several words is read
    /// where it was defined, as an included file is. Within its own body a macro is a plain name.
    mutating func expand(_ macro: Macro, length: Int) {
        var seen: Set<String> = []
        var text = source.string(offset..<offset + length)
        while let word = macros[text]?.word, seen.insert(text).inserted { text = word }
        guard let last = macros[text], last.number == nil, last.word == nil, !last.hasParameters,
            !included.contains(where: { $0.macro == text })
        else {
            return append(.word, length: length, text: text)
        }
        let range = SourceRange(offset: offset, length: length)
        offset += length
        guard let body = last.body else { return }
        expansions += 1
        guard included.count < InterfaceLimits.includeDepth,
            expansions <= InterfaceLimits.expansions
        else {
            if expansions <= InterfaceLimits.expansions {
                report.error(
                    "more than \(InterfaceLimits.includeDepth) macros within one another", at: range
                )
            } else if expansions == InterfaceLimits.expansions + 1 {
                report.error(
                    "more than \(InterfaceLimits.expansions) macros to replace", at: range)
            }
            return
        }
        included.append(
            Included(
                path: included.last?.path ?? report.source.file, end: body.upperBound,
                resume: offset, conditions: conditions.count, macro: text))
        (offset, end) = (body.lowerBound, body.upperBound)
    }

    // MARK: Lines for the C compiler

    /// Of these, numbers and files are understood; what else C needs is not ours.
    mutating func readPassedLine() {
        let start = offset
        repeat {
            offset += length { $0 != UInt8(ascii: "\n") }
        } while continues()
        var place = start + 1
        while isBlank(place) { place += 1 }
        guard byte(place) == UInt8(ascii: "#") else { return passTypedef(place) }
        let stop = offset
        let line = directive(from: place)
        switch line.word {
        case "include":
            offset = stop
            includeInterface(of: line)
        case "define": passConstant(line)
        default: break
        }
    }

    /// `typedef unsigned long long NAME;`
    private mutating func passTypedef(_ start: Int) {
        let keyword = "typedef"
        let text = text(start..<offset)
        guard text.hasPrefix(keyword), text.hasSuffix(";") else { return }
        var words = text.dropFirst(keyword.count).dropLast().split { " \t".contains($0) }
        guard text.dropFirst(keyword.count).first.map({ " \t".contains($0) }) == true,
            let name = words.popLast(), String(name).isWord
        else { return }
        let range = range(start..<offset)
        passType(Name(text: String(name), range: range), words.joined(separator: " "), range)
    }

    private mutating func passType(_ name: Name, _ text: String, _ range: SourceRange) {
        guard passedTypes.count < InterfaceLimits.definitions,
            let kind = TypeSyntax.Kind(ofC: text)
        else { return }
        passedTypes.append(
            PassedType(name: name, type: TypeSyntax(kind: kind, range: range)))
    }

    /// Steps over the newline behind a backslash.
    private mutating func continues() -> Bool {
        guard peek() != nil else { return false }
        let last = byte(offset - 1) == 0x0d ? offset - 2 : offset - 1
        guard byte(last) == UInt8(ascii: "\\") else { return false }
        offset += 1
        return true
    }

    private mutating func passConstant(_ line: DirectiveLine) {
        guard let (name, body) = definition(line.rest),
            body.isEmpty || byte(body.lowerBound) != UInt8(ascii: "(")
        else { return }
        guard passed.count < InterfaceLimits.definitions else { return }
        let text = self.text(body)
        var expression = DirectiveExpression(text, macros: passedNumbers)
        if let number = expression.value(ofUndefined: nil) {
            let value = ValueSyntax(kind: .number(number), range: range(body))
            passed.append(PassedConstant(name: name, value: value))
            passedNumbers[name.text] = Macro(number: number)
            return
        }
        if text.isWord {
            let value = ValueSyntax(kind: .name(text), range: range(body))
            passed.append(PassedConstant(name: name, value: value))
        }
        passType(name, text, range(body))
    }
}

extension TypeSyntax.Kind {
    /// A type as C spells it, by what rpcgen makes of its words: `long` has 32 bits, `long long` 64.
    /// nil where it has no meaning here, as an address has none.
    init?(ofC text: String) {
        var words = text.split { " \t".contains($0) }.map(String.init)
        guard !words.isEmpty, words.allSatisfy(\.isWord) else { return nil }
        if words.count == 2, ["struct", "enum", "union"].contains(words[0]) {
            guard !reservedWords.contains(words[1]) else { return nil }
            self = .named(words[1])
            return
        }
        let isUnsigned = words.contains("unsigned")
        words.removeAll { ["unsigned", "signed", "const"].contains($0) }
        if words.count > 1 { words.removeAll { $0 == "int" } }
        switch words {
        case [], ["int"], ["long"], ["short"], ["char"]:
            self = .basic(isUnsigned ? .unsignedInt : .int)
        case ["long", "long"], ["hyper"]: self = .basic(isUnsigned ? .unsignedHyper : .hyper)
        case ["float"]: self = .basic(.float)
        case ["double"]: self = .basic(.double)
        case ["bool"]: self = .basic(.bool)
        default:
            guard !isUnsigned, words.count == 1, !reservedWords.contains(words[0]) else {
                return nil
            }
            self = .named(words[0])
        }
    }
}

extension String {
    /// A name, and nothing else.
    var isWord: Bool {
        guard let first = utf8.first, first.startsWord else { return false }
        return utf8.allSatisfy { $0.startsWord || $0.isDigit }
    }
}
