import Diagnostics

extension Checker {
    mutating func program(_ definition: DefinitionSyntax) -> InterfaceProgram? {
        guard case .program(let versions, let number) = definition.kind else { return nil }
        requireDistinct(versions.map(\.name))
        let checked = versions.map { version($0) }
        var numbers: [UInt32: Name] = [:]
        for (syntax, version) in zip(versions, checked) {
            if let earlier = numbers.updateValue(syntax.name, forKey: version.number) {
                report.error(
                    "'\(syntax.name.text)' has the number of '\(earlier.text)'",
                    at: syntax.number.range)
            }
        }
        return InterfaceProgram(
            name: definition.name.text, number: word(number, "the program's number"),
            versions: checked, documentation: definition.documentation)
    }

    private mutating func version(_ version: VersionSyntax) -> InterfaceProgram.Version {
        requireDistinct(version.procedures.map(\.name))
        var numbers: [UInt32: Name] = [:]
        var procedures: [InterfaceProcedure] = []
        for procedure in version.procedures {
            let number = word(procedure.number, "the procedure's number")
            if let earlier = numbers[number] {
                report.error(
                    "'\(procedure.name.text)' has the number of '\(earlier.text)'",
                    at: procedure.number.range)
            }
            numbers[number] = procedure.name
            procedures.append(
                InterfaceProcedure(
                    name: procedure.name.text, number: number,
                    result: procedure.result.flatMap { valueType($0) },
                    parameters: parameters(procedure.parameters),
                    documentation: procedure.documentation))
        }
        return InterfaceProgram.Version(
            name: version.name.text, number: word(version.number, "the version's number"),
            procedures: procedures)
    }

    private mutating func word(_ value: ValueSyntax, _ what: String) -> UInt32 {
        number(value, in: 0...Int128(UInt32.max), as: what).map { UInt32($0) } ?? 0
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
        case .named(let name), .optional(.named(let name)): base = name.lowercasedFirst
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

extension String {
    var lowercasedFirst: String { prefix(1).lowercased() + dropFirst() }
}
