import Diagnostics

extension Checker {
    mutating func program(_ definition: DefinitionSyntax) -> InterfaceProgram? {
        guard case .program(let versions, let value) = definition.kind else { return nil }
        let number = word(value, "the program's number")
        // Files have a program for each version of NFS, of one number.
        if let number, programNumbers[Int128(number)] == nil {
            programNumbers[Int128(number)] = definition.name
        }
        requireDistinct(versions.map(\.name))
        var numbers: [UInt32: Name] = [:]
        let checked = versions.map { syntax in
            let number = word(syntax.number, "the version's number")
            report.requireNew(number, of: syntax.name, at: syntax.number.range, &numbers)
            return InterfaceProgram.Version(
                name: syntax.name.text, number: number ?? 0, procedures: procedures(syntax))
        }
        return InterfaceProgram(
            name: definition.name.text, number: number ?? 0, versions: checked,
            documentation: definition.documentation)
    }

    private mutating func procedures(_ version: VersionSyntax) -> [InterfaceProcedure] {
        requireDistinct(version.procedures.map(\.name))
        var numbers: [UInt32: Name] = [:]
        return version.procedures.map { procedure in
            let number = word(procedure.number, "the procedure's number")
            report.requireNew(number, of: procedure.name, at: procedure.number.range, &numbers)
            return InterfaceProcedure(
                name: procedure.name.text, number: number ?? 0,
                result: procedure.result.flatMap { valueType($0) },
                parameters: parameters(procedure.parameters),
                documentation: procedure.documentation)
        }
    }

    private mutating func word(_ value: ValueSyntax, _ what: String) -> UInt32? {
        number(value, in: 0...Int128(UInt32.max), as: what).map { UInt32($0) }
    }

    /// A parameter without a name is called after its type, or `value`, with a number where that
    /// occurs twice.
    mutating func parameters(_ declarations: [DeclarationSyntax]) -> [Field] {
        requireDistinct(declarations.compactMap(\.name))
        if declarations.count > InterfaceLimits.parameters {
            report.error(
                "\(declarations.count) parameters exceed the limit of \(InterfaceLimits.parameters)",
                at: declarations[InterfaceLimits.parameters].range,
                remedy: "put them into a struct")
        }
        var used = Set(declarations.compactMap(\.name?.text))
        return declarations.compactMap { declaration in
            guard let type = valueType(declaration) else { return nil }
            let name = declaration.name?.text ?? freeName(for: type, &used)
            return Field(name: name, type: type, documentation: nil)
        }
    }

    private func freeName(for type: ValueType, _ used: inout Set<String>) -> String {
        let base: String
        switch type {
        case .named(let name), .optional(.named(let name)):
            // A type `Case` has a name that no parameter can have.
            let word = name.lowercasedFirst
            base = reservedWords.contains(word) ? "value" : word
        case .array, .arrayVariable: base = "values"
        case .string: base = "text"
        case .opaque, .opaqueVariable: base = "bytes"
        default: base = "value"
        }
        var name = base
        var number = 2
        while !used.insert(name).inserted {
            name = "\(base)\(number)"
            number += 1
        }
        return name
    }
}

extension Report {
    /// A call names program, version and procedure by their numbers alone.
    mutating func requireNew<Number: Hashable>(
        _ number: Number?, of name: Name, at range: SourceRange, _ numbers: inout [Number: Name]
    ) {
        guard let number else { return }
        guard let earlier = numbers[number] else {
            numbers[number] = name
            return
        }
        error(
            "'\(name.text)' has the number of '\(earlier.text)'", at: range,
            notes: ["'\(earlier.text)' is declared at \(mention(earlier.range))"],
            remedy: "choose another number")
    }
}

extension String {
    var lowercasedFirst: String { prefix(1).lowercased() + dropFirst() }
}
