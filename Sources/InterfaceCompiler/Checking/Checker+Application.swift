import Diagnostics

extension Checker {
    /// RFC 5531 §13.1 leaves these program numbers to users.
    private static let userNumbers: ClosedRange<Int128> = 0x2000_0000...0x3fff_ffff
    /// Those of Interfaces/slave.x, which share the connection.
    private static let ownNumbers: ClosedRange<Int128> = 0x2000_004d...0x2000_004e

    /// The file's application, if it has one.
    mutating func application(_ types: [InterfaceType]) -> InterfaceApplication? {
        var found: InterfaceApplication?
        var first: Name?
        for definition in definitions {
            guard case .application(let syntax) = definition.kind else { continue }
            if let first {
                report.error(
                    "a second application", at: definition.name.range,
                    notes: ["the first is at \(report.mention(first.range))"],
                    remedy: "an interface file has one application")
                continue
            }
            first = definition.name
            found = application(definition, syntax, types)
        }
        return found
    }

    private mutating func application(
        _ definition: DefinitionSyntax, _ syntax: ApplicationSyntax, _ types: [InterfaceType]
    ) -> InterfaceApplication {
        let number = programNumber(syntax.number)
        report.requireNew(number, of: definition.name, at: syntax.number.range, &programNumbers)
        requireDistinct(syntax.shared.map(\.name) + syntax.operations.map(\.name))
        requireClientNames(syntax)
        requireDistinctInC(syntax.operations.map(\.name))
        requireFreeInC(definition.name, syntax)
        if syntax.operations.isEmpty, isWhole {
            report.error(
                "the application '\(definition.name.text)' has no operations",
                at: definition.name.range, remedy: "worker Result compute(Input);")
        }
        if syntax.shared.count > InterfaceLimits.shared {
            report.error(
                "\(syntax.shared.count) shared data exceed the limit of \(InterfaceLimits.shared)",
                at: syntax.shared[InterfaceLimits.shared].name.range,
                remedy: "put what changes together into one struct")
        }
        let shared = syntax.shared.compactMap { self.shared($0, types) }
        var operations: [InterfaceOperation] = []
        for operation in syntax.operations {
            operations.append(self.operation(operation, operations.count + 1, syntax.shared))
        }
        return InterfaceApplication(
            name: definition.name.text, program: number.map { UInt32(truncatingIfNeeded: $0) } ?? 0,
            version: 1,
            shared: shared, operations: operations, documentation: definition.documentation)
    }

    private mutating func programNumber(_ value: ValueSyntax) -> Int128? {
        guard let number = number(value) else { return nil }
        if !Self.userNumbers.contains(number) {
            report.error(
                "\(number) is no program number of a user", at: value.range,
                remedy: "choose one from 0x20000000 to 0x3fffffff (RFC 5531 §13.1)")
        } else if Self.ownNumbers.contains(number) {
            report.error(
                "\(number) is the number of a program of Marionette itself", at: value.range,
                remedy: "choose another one from 0x20000000 to 0x3fffffff")
        }
        return number
    }

    /// Shared data are one value with codecs of its own; an array has its bound only where it is a
    /// field.
    private mutating func shared(_ syntax: SharedSyntax, _ types: [InterfaceType]) -> Field? {
        guard let field = field(syntax.declaration) else { return nil }
        if case .named(let name) = field.type {
            let type = types.first { $0.name == name }
            guard case .typedef? = type?.kind else { return field }
        }
        report.error(
            "shared data must be a struct, a union or an enumeration",
            at: syntax.declaration.type.range,
            remedy: "put it into a struct: struct Shared { … \(syntax.name.text)…; };")
        return nil
    }

    private mutating func operation(
        _ syntax: OperationSyntax, _ number: Int, _ shared: [SharedSyntax]
    ) -> InterfaceOperation {
        if syntax.kind == .context, let result = syntax.result {
            report.error(
                "the context operation '\(syntax.name.text)' has a result", at: result.range,
                remedy: "declare it void: every replica applies it, no one of them answers")
        }
        if syntax.kind == .context, let first = syntax.reads.first {
            report.error(
                "the context operation '\(syntax.name.text)' reads shared data", at: first.range,
                remedy: "only worker operations read shared data")
        }
        let procedure = InterfaceProcedure(
            name: syntax.name.text, number: UInt32(number),
            result: syntax.result.flatMap { valueType($0) },
            parameters: parameters(syntax.parameters), documentation: syntax.documentation)
        requireRoom(for: procedure, at: syntax.name)
        return InterfaceOperation(
            kind: syntax.kind, replacesEarlier: syntax.replacesEarlier, procedure: procedure,
            reads: reads(syntax, shared))
    }

    private mutating func reads(_ syntax: OperationSyntax, _ shared: [SharedSyntax]) -> [Int] {
        requireDistinct(syntax.reads)
        var slots: [Int] = []
        for name in syntax.reads {
            if let slot = shared.firstIndex(where: { $0.name.text == name.text }) {
                slots.append(slot)
            } else {
                unknown(
                    name.text, at: name.range, what: "shared data of this application",
                    among: shared.map(\.name.text))
            }
        }
        return slots
    }

    /// Names that every generated client has already.
    private mutating func requireClientNames(_ syntax: ApplicationSyntax) {
        for name in syntax.shared.map(\.name) + syntax.operations.map(\.name)
        where ["master", "interface", "init"].contains(name.text) {
            report.error(
                "'\(name.text)' is a name that every client has", at: name.range,
                remedy: "choose another name")
        }
    }

    /// The functions of `Raytracer` are called `raytracer_…` and stand beside types and constants.
    private mutating func requireFreeInC(_ application: Name, _ syntax: ApplicationSyntax) {
        let prefix = application.text.snakeCased
        for name in syntax.operations.map(\.name) {
            let function = "\(prefix)_\(name.text.snakeCased)"
            if name.text.snakeCased == "application" {
                report.error(
                    "'\(name.text)' is a name that every application has in C", at: name.range,
                    remedy: "choose another name")
            } else if let other = meanings[function] {
                report.error(
                    "the operation '\(name.text)' is '\(function)' in C, which is declared already",
                    at: name.range,
                    notes: ["the declaration is at \(report.mention(other.range))"])
            }
        }
    }

    /// `setCamera` and `set_camera` would be one function in C.
    private mutating func requireDistinctInC(_ names: [Name]) {
        var seen: [String: Name] = [:]
        for name in names {
            if let earlier = seen[name.text.snakeCased], earlier.text != name.text {
                report.error(
                    "'\(name.text)' and '\(earlier.text)' have the same name in C", at: name.range,
                    notes: ["both are '\(name.text.snakeCased)' there"])
            }
            seen[name.text.snakeCased] = name
        }
    }
}

extension String {
    /// `setCamera` → `set_camera`, `HTTPServer` → `http_server`.
    package var snakeCased: String {
        let letters = Array(self)
        var text = ""
        for (index, letter) in letters.enumerated() {
            let afterSmall =
                index > 0 && (letters[index - 1].isLowercase || letters[index - 1].isNumber)
            let beforeSmall =
                index > 0 && index + 1 < letters.count
                && letters[index - 1].isUppercase && letters[index + 1].isLowercase
            if letter.isUppercase, afterSmall || beforeSmall { text += "_" }
            text += letter.lowercased()
        }
        return text
    }
}
