import Diagnostics
import Digests

/// Gives names a meaning and refuses what has none.
///
/// All names of a file share one space, as in RFC 4506 §6.4; a name may be used before its
/// definition.
struct Checker {
    var report: Report
    let definitions: [DefinitionSyntax]
    private let passed: [PassedConstant]
    private let hasUnreadHeaders: Bool

    /// What a name stands for.
    enum Meaning {
        case constant, member, type, program, application

        var described: String {
            switch self {
            case .constant: "a constant"
            case .member: "a member of an enumeration"
            case .type: "a type"
            case .program: "a program"
            case .application: "an application"
            }
        }
    }

    private(set) var meanings: [String: (meaning: Meaning, range: SourceRange)] = [:]
    /// Constants and members of enumerations, as written.
    private var values: [String: ValueSyntax] = [:]
    /// Names of several procedures, or members of several enumerations, with different numbers.
    private var ambiguous: Set<String> = []
    private var resolved: [String: Int128?] = [:]
    /// The members' names of each enumeration, in their order.
    private(set) var enumerations: [String: [String]] = [:]
    /// Names that are members of several enumerations.
    private var recurring: Set<String> = []
    /// The numbers of members that are written out or follow from such ones.
    private var written: [String: Int128] = [:]
    /// What C has as a name.
    private var takenInC: Set<String> = []
    /// What each typedef stands for.
    private(set) var aliases: [String: DeclarationSyntax] = [:]

    /// Of the types; nil where something is wrong with them.
    private var layout: Layout?
    /// Of the file's programs and of its application.
    var programNumbers: [Int128: Name] = [:]

    /// The syntax had no errors: what is missing is not missing because it was skipped.
    let isWhole: Bool

    init(_ syntax: InterfaceSyntax, _ report: Report) {
        isWhole = report.diagnostics.isEmpty
        let hoisting = Hoisting(syntax.definitions)
        let passedTypes = PassedTypes(syntax, hoisting)
        let wellKnown = WellKnown.definitions(
            for: passedTypes.usedTypes, defined: Set(hoisting.definitions.map(\.name.text)))
        self.definitions = wellKnown + passedTypes.definitions + hoisting.definitions
        self.passed = syntax.passed
        hasUnreadHeaders = syntax.hasUnreadHeaders
        self.report = report
    }

    /// Of use only where the report stays empty.
    mutating func check() -> InterfaceModel {
        declare()
        declareProcedures()
        takenInC = namesInC()
        requireCodecNames()
        let constants = definitions.compactMap { constant($0) } + passedConstants()
        var types = definitions.compactMap { type($0) }
        let index = Dictionary(types.indices.map { (types[$0].name, $0) }) { first, _ in first }
        if report.diagnostics.isEmpty {
            var layout = Layout(types, index: index)
            layout.measure(definitions, into: &report)
            types = layout.types
            self.layout = layout
        }
        let texts = definitions.compactMap { text($0) }
        let programs = definitions.compactMap { program($0) }
        let application = application(types)
        let canonical = canonicalText(types: types, programs: programs, application: application)
        return InterfaceModel(
            file: report.source.file, constants: constants, texts: texts, types: types,
            programs: programs, application: application, hash: Digest.of(canonical),
            canonicalText: canonical,
            files: report.source.files, warnings: report.warnings, index: index)
    }

    /// What a call's arguments and result take while it is executed.
    mutating func requireRoom(for procedure: InterfaceProcedure, at name: Name) {
        let types = procedure.parameters.map(\.type) + (procedure.result.map { [$0] } ?? [])
        guard let layout else { return }
        let bytes = types.reduce(0) { $0 + layout.memory(of: $1) }
        guard bytes > InterfaceLimits.valueBytes else { return }
        report.error(
            "arguments and result of '\(name.text)' take \(bytes) bytes, more than the limit of "
                + "\(InterfaceLimits.valueBytes)", at: name.range,
            remedy: "use arrays of variable length: <\(InterfaceLimits.valueBytes)> instead of [ ]")
    }

    // MARK: Names

    private mutating func declare() {
        for definition in definitions {
            switch definition.kind {
            case .constant(let value):
                declare(definition.name, .constant)
                values[definition.name.text] = value
            case .type(let body):
                declare(definition.name, .type)
                guard case .enumeration(let members) = body else { continue }
                enumerations[definition.name.text] = members.map(\.name.text)
                declare(members, of: definition.name.text)
            case .typedef(let declaration):
                declare(definition.name, .type)
                aliases[definition.name.text] = declaration
            case .program: declare(definition.name, .program)
            case .application: declare(definition.name, .application)
            }
        }
    }

    /// Every type has two functions in C.
    private mutating func requireCodecNames() {
        for definition in definitions where meanings[definition.name.text]?.meaning == .type {
            for suffix in ["_decode", "_encode"] {
                guard let other = meanings[definition.name.text + suffix] else { continue }
                report.error(
                    "'\(definition.name.text)\(suffix)' is a function of the type "
                        + "'\(definition.name.text)' in C", at: other.range,
                    notes: ["the type is at \(report.mention(definition.name.range))"],
                    remedy: "choose another name")
            }
        }
    }

    /// Several enumerations may have members of one name. Its number is known by `key(of:in:)`; by the
    /// name alone where it is the same in all of them.
    private mutating func declare(_ members: [MemberSyntax], of enumeration: String) {
        var own: Set<String> = []
        var previous: String?
        var number: Int128? = -1
        for member in members {
            let name = member.name.text
            let key = key(of: name, in: enumeration)
            let next = previous.map { ValueSyntax.Kind.after($0) } ?? .number(0)
            if !own.contains(name) {
                values[key] =
                    member.value.map { qualified($0, in: enumeration) }
                    ?? ValueSyntax(kind: next, range: member.name.range)
            }
            previous = key
            switch member.value?.kind {
            case nil: number = number.map { $0 + 1 }
            case .number(let literal)?: number = literal
            case .name?, .text?, .after?: number = nil
            }
            if meanings[name]?.meaning == .member, own.insert(name).inserted {
                recurring.insert(name)
                if number == nil || written[name] != number { ambiguous.insert(name) }
            } else {
                own.insert(name)
                declare(member.name, .member)
                values[name] = ValueSyntax(kind: .name(key), range: member.name.range)
                written[name] = number
            }
        }
    }

    /// The member's name among values, which no name of a file is.
    func key(of member: String, in enumeration: String) -> String { "\(enumeration).\(member)" }

    /// Within an enumeration its own members go before those of others.
    private func qualified(_ value: ValueSyntax, in enumeration: String) -> ValueSyntax {
        guard case .name(let name) = value.kind,
            enumerations[enumeration]?.contains(name) ?? false
        else { return value }
        return ValueSyntax(kind: .name(key(of: name, in: enumeration)), range: value.range)
    }

    /// Of all that the file declares, and of what is made from it.
    private func namesInC() -> Set<String> {
        var names = Set(meanings.keys).union(values.keys)
        for definition in definitions {
            let name = definition.name.text
            names.formUnion(["\(name)_decode", "\(name)_encode"])
            guard case .application(let syntax) = definition.kind else { continue }
            let functions = syntax.operations.map(\.name.text) + ["application"]
            names.formUnion(functions.map { "\(name.snakeCased)_\($0.snakeCased)" })
        }
        return names
    }

    /// In C the members of all enumerations share one space: one that recurs is `Kind_MEMBER`.
    mutating func nameInC(of member: String, in enumeration: String) -> String {
        guard recurring.contains(member) else { return member }
        var name = "\(enumeration)_\(member)"
        while !takenInC.insert(name).inserted { name += "_" }
        return name
    }

    /// In the C of rpcgen the names of programs, versions and procedures are constants, and real
    /// files use them so. They may recur: those of versions and procedures belong to a program.
    private mutating func declareProcedures() {
        func declare(_ name: Name, _ value: ValueSyntax) {
            if let other = values[name.text], meanings[name.text] == nil, other.kind != value.kind {
                ambiguous.insert(name.text)
            }
            if values[name.text] == nil { values[name.text] = value }
        }
        for case (let name, .program(let versions, let number)) in definitions.map({
            ($0.name, $0.kind)
        }) {
            declare(name, number)
            for version in versions {
                declare(version.name, version.number)
                for procedure in version.procedures { declare(procedure.name, procedure.number) }
            }
        }
    }

    /// The last word about a name: none where the file itself gives it a meaning, and where it stands
    /// for what is no number here.
    private mutating func passedConstants() -> [InterfaceConstant] {
        let new = passed.filter { constant in
            guard values[constant.name.text] == nil, meanings[constant.name.text] == nil,
                !reservedWords.contains(constant.name.text),
                !constant.name.text.hasPrefix("mrn_"), !constant.name.text.hasPrefix("MRN_")
            else { return false }
            values[constant.name.text] = constant.value
            return true
        }
        var constants: [InterfaceConstant] = []
        for constant in new {
            if isNumber(constant.value), let number = number(constant.value) {
                constants.append(
                    InterfaceConstant(
                        name: constant.name.text, value: number,
                        documentation: constant.documentation))
            } else {
                values[constant.name.text] = nil
            }
        }
        return constants
    }

    func isNumber(_ value: ValueSyntax) -> Bool {
        if case .number? = end(of: value)?.kind { true } else { false }
    }

    /// The text that it stands for; nil where it is none.
    private func text(_ value: ValueSyntax) -> String? {
        if case .text(let text)? = end(of: value)?.kind { text } else { nil }
    }

    /// The number or text behind names of names, without a word to the user. Such chains are short.
    private func end(of value: ValueSyntax) -> ValueSyntax? {
        var value = value
        for _ in 0..<32 {
            switch value.kind {
            case .number, .text: return value
            case .name(let name), .after(let name):
                guard !ambiguous.contains(name), let next = values[name] else { return nil }
                value = next
            }
        }
        return nil
    }

    private mutating func declare(_ name: Name, _ meaning: Meaning) {
        if name.text.hasPrefix("mrn_") || name.text.hasPrefix("MRN_") {
            report.error(
                "names that begin with 'mrn_' belong to the runtime", at: name.range,
                remedy: "use another prefix")
        }
        if let earlier = meanings[name.text] {
            clash(name, with: earlier.range)
        } else {
            meanings[name.text] = (meaning, name.range)
        }
    }

    mutating func clash(_ name: Name, with earlier: SourceRange) {
        let origin =
            name.isMade ? ["the body that stands here is the type '\(name.text)'"] : []
        report.error(
            "'\(name.text)' is declared twice", at: name.range,
            notes: origin + ["the first declaration is at \(report.mention(earlier))"])
    }

    /// Tells every name that occurs twice in one definition.
    mutating func requireDistinct(_ names: [Name]) {
        var seen: [String: SourceRange] = [:]
        for name in names {
            if let earlier = seen[name.text] {
                clash(name, with: earlier)
            } else {
                seen[name.text] = name.range
            }
        }
    }

    mutating func unknown(_ name: String, at range: SourceRange, what: String, among: [String]) {
        guard !report.isFull else { return }
        // Every name of two letters is near to every other one.
        let meant = name.count < 3 ? nil : nearest(to: name, among: among.sorted())
        let hint =
            hasUnreadHeaders && ["type", "constant"].contains(what)
            ? "C headers are not read: define it in a file of your own, and include this one there"
            : nil
        report.error(
            "'\(name)' is no \(what)", at: range,
            remedy: meant.map { "did you mean '\($0)'?" } ?? hint)
    }

    func names(_ wanted: Meaning...) -> [String] {
        meanings.filter { entry in wanted.contains { $0 == entry.value.meaning } }.map(\.key)
    }

    // MARK: Values

    private mutating func constant(_ definition: DefinitionSyntax) -> InterfaceConstant? {
        guard case .constant(let value) = definition.kind, text(value) == nil else { return nil }
        guard let number = number(value) else { return nil }
        return InterfaceConstant(
            name: definition.name.text, value: number, documentation: definition.documentation)
    }

    private func text(_ definition: DefinitionSyntax) -> InterfaceText? {
        guard case .constant(let value) = definition.kind, let text = text(value) else {
            return nil
        }
        return InterfaceText(
            name: definition.name.text, value: text, documentation: definition.documentation)
    }

    /// The number that `value` stands for; nil after an error.
    mutating func number(_ value: ValueSyntax) -> Int128? {
        switch value.kind {
        case .number(let number): return number
        case .name(let name), .after(let name): return number(named: name, at: value.range)
        case .text:
            report.error("a text stands where a number belongs", at: value.range)
            return nil
        }
    }

    /// The number of a member, which may have none of its own.
    mutating func number(of member: MemberSyntax, in enumeration: String) -> Int128? {
        member.value.map { number(qualified($0, in: enumeration)) }
            ?? number(named: key(of: member.name.text, in: enumeration), at: member.name.range)
    }

    /// Follows names of names in a loop, so that a long chain costs no stack.
    mutating func number(named name: String, at range: SourceRange) -> Int128? {
        // Each name, and how many `after` led to it.
        var path: [(name: String, steps: Int128)] = []
        var visited: Set<String> = []
        var name = name
        var steps: Int128 = 0
        var found: Int128?
        while found == nil {
            if let known = resolved[name] {
                guard let known else { return nil }
                found = known
                break
            }
            guard visited.insert(name).inserted else {
                report.error("the value of '\(name.unqualified)' depends on itself", at: range)
                break
            }
            path.append((name, steps))
            guard let value = value(named: name, at: range) else { break }
            switch value.kind {
            case .number(let number): found = number
            case .name(let other): name = other
            case .after(let other): (name, steps) = (other, steps + 1)
            case .text:
                report.error("'\(name.unqualified)' is a text, not a number", at: range)
            }
            if case .text = value.kind { break }
        }
        for (name, before) in path { resolved[name] = .some(found.map { $0 + steps - before }) }
        return found.map { $0 + steps }
    }

    private mutating func value(named name: String, at range: SourceRange) -> ValueSyntax? {
        if ambiguous.contains(name) {
            let what =
                recurring.contains(name)
                ? "is a member of several enumerations" : "names procedures"
            report.error("'\(name)' \(what) with different numbers", at: range)
            return nil
        }
        if let value = values[name] { return value }
        if meanings[name] == nil, let number = WellKnown.constants[name] {
            return ValueSyntax(kind: .number(number), range: range)
        }
        if let entry = meanings[name] {
            report.error("'\(name)' is \(entry.meaning.described), not a constant", at: range)
        } else {
            unknown(name, at: range, what: "constant", among: names(.constant, .member))
        }
        return nil
    }

    /// A number within `limits`; nil after an error.
    mutating func number(
        _ value: ValueSyntax, in limits: ClosedRange<Int128>, as what: String
    ) -> Int128? {
        within(limits, number(value), as: what, at: value.range)
    }

    mutating func within(
        _ limits: ClosedRange<Int128>, _ number: Int128?, as what: String, at range: SourceRange
    ) -> Int128? {
        guard let number else { return nil }
        guard limits.contains(number) else {
            report.error(
                "\(what) is \(number), but must lie between \(limits.lowerBound) and "
                    + "\(limits.upperBound)", at: range)
            return nil
        }
        return number
    }
}

extension String {
    /// Without the enumeration.
    fileprivate var unqualified: String {
        lastIndex(of: ".").map { String(self[index(after: $0)...]) } ?? self
    }
}

extension Report {
    /// Each diagnostic once, in the order of the file.
    var inOrder: [Diagnostic] {
        diagnostics.enumerated().sorted { left, right in
            let from = (left.element.place?.line ?? 0, left.element.place?.column ?? 0, left.offset)
            let to = (
                right.element.place?.line ?? 0, right.element.place?.column ?? 0, right.offset
            )
            return from < to
        }.map(\.element)
    }
}
