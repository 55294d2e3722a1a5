import Diagnostics
import Digests

/// Gives names a meaning and refuses what has none.
///
/// All names of a file share one space, as in RFC 4506 §6.4; a name may be used before its
/// definition.
struct Checker {
    var report: Report
    let definitions: [DefinitionSyntax]

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
    private var resolved: [String: Int128?] = [:]
    /// The members' names of each enumeration.
    private(set) var enumerations: [String: Set<String>] = [:]

    /// The syntax had no errors: what is missing is not missing because it was skipped.
    let isWhole: Bool

    init(_ definitions: [DefinitionSyntax], _ report: Report) {
        isWhole = report.diagnostics.isEmpty
        self.definitions = definitions
        self.report = report
    }

    /// Of use only where the report stays empty.
    mutating func check() -> InterfaceModel {
        declare()
        let constants = definitions.compactMap { constant($0) }
        var types = definitions.compactMap { type($0) }
        let index = Dictionary(types.indices.map { (types[$0].name, $0) }) { first, _ in first }
        if report.diagnostics.isEmpty {
            var layout = Layout(types, index: index)
            layout.measure(definitions, into: &report)
            types = layout.types
        }
        let programs = definitions.compactMap { program($0) }
        let application = application(types)
        let text = canonicalText(types: types, programs: programs, application: application)
        return InterfaceModel(
            file: report.source.file, constants: constants, types: types, programs: programs,
            application: application, hash: Digest.of(text), index: index)
    }

    // MARK: Names

    private mutating func declare() {
        for definition in definitions {
            switch definition.kind {
            case .constant(let value):
                declare(definition.name, .constant)
                values[definition.name.text] = value
            case .enumeration(let members):
                declare(definition.name, .type)
                enumerations[definition.name.text] = Set(members.map(\.name.text))
                for member in members {
                    declare(member.name, .member)
                    values[member.name.text] = member.value
                }
            case .structure, .union, .typedef: declare(definition.name, .type)
            case .program: declare(definition.name, .program)
            case .application: declare(definition.name, .application)
            }
        }
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
        report.error(
            "'\(name.text)' is declared twice", at: name.range,
            notes: ["the first declaration is at \(report.mention(earlier))"])
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
        // Every name of two letters is near to every other one.
        let meant = name.count < 3 ? nil : nearest(to: name, among: among.sorted())
        report.error(
            "'\(name)' is no \(what)", at: range, remedy: meant.map { "did you mean '\($0)'?" })
    }

    func names(_ wanted: Meaning...) -> [String] {
        meanings.filter { entry in wanted.contains { $0 == entry.value.meaning } }.map(\.key)
    }

    // MARK: Values

    private mutating func constant(_ definition: DefinitionSyntax) -> InterfaceConstant? {
        guard case .constant(let value) = definition.kind, let number = number(value) else {
            return nil
        }
        return InterfaceConstant(
            name: definition.name.text, value: number, documentation: definition.documentation)
    }

    /// The number that `value` stands for; nil after an error.
    mutating func number(_ value: ValueSyntax) -> Int128? {
        switch value.kind {
        case .number(let number): return number
        case .name(let name): return number(named: name, at: value.range)
        }
    }

    /// Follows names of names in a loop, so that a long chain costs no stack.
    private mutating func number(named name: String, at range: SourceRange) -> Int128? {
        var visited: Set<String> = []
        var name = name
        var found: Int128?
        while found == nil {
            if let known = resolved[name] {
                guard let known else { return nil }
                found = known
                break
            }
            guard visited.insert(name).inserted else {
                report.error("the value of '\(name)' depends on itself", at: range)
                break
            }
            guard let value = values[name] else {
                if let entry = meanings[name] {
                    report.error(
                        "'\(name)' is \(entry.meaning.described), not a constant", at: range)
                } else {
                    unknown(
                        name, at: range, what: "constant", among: names(.constant, .member))
                }
                break
            }
            switch value.kind {
            case .number(let number): found = number
            case .name(let other): name = other
            }
        }
        for name in visited { resolved[name] = .some(found) }
        return found
    }

    /// A number within `limits`; nil after an error.
    mutating func number(
        _ value: ValueSyntax, in limits: ClosedRange<Int128>, as what: String
    ) -> Int128? {
        guard let number = number(value) else { return nil }
        guard limits.contains(number) else {
            report.error(
                "\(what) is \(number), but must lie between \(limits.lowerBound) and "
                    + "\(limits.upperBound)", at: value.range)
            return nil
        }
        return number
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
