/// The interface in one spelling, from which its hash is made: types in the order of their names,
/// numbers in decimal, no comments, no constants (their values are where they are used).
///
/// Two files with one canonical text have one wire format and one generated API.
func canonicalText(
    types: [InterfaceType], programs: [InterfaceProgram], application: InterfaceApplication?
) -> String {
    var lines = ["interface 1"]
    for type in types.sorted(by: { $0.name < $1.name }) { lines += canonicalLines(type) }
    for program in programs {
        lines.append("program \(program.name) \(program.number)")
        for version in program.versions {
            lines.append("version \(version.name) \(version.number)")
            lines += version.procedures.map { "procedure \(canonical($0))" }
        }
    }
    if let application {
        lines.append(
            "application \(application.name) \(application.program) \(application.version)")
        lines += application.shared.map { "shared \(canonical($0))" }
        lines += application.operations.map { operation in
            let reads = operation.reads.map { " reads \($0)" }.joined()
            let replacing = operation.replacesEarlier ? " replacing" : ""
            return
                "\(operation.kind.rawValue)\(replacing) \(canonical(operation.procedure))\(reads)"
        }
    }
    return lines.map { $0 + "\n" }.joined()
}

private func canonicalLines(_ type: InterfaceType) -> [String] {
    switch type.kind {
    case .enumeration(let members):
        return ["enum \(type.name)"] + members.map { "  \($0.name) = \($0.value)" }
    case .structure(let fields):
        return ["struct \(type.name)"] + fields.map { "  \(canonical($0))" }
    case .typedef(let aliased):
        return ["typedef \(type.name) \(canonical(aliased))"]
    case .union(let union):
        let arms = union.arms.map { arm in
            let labels =
                arm.labels.isEmpty
                ? "default" : arm.labels.map { "\($0.value)" }.joined(separator: " ")
            return "  case \(labels): \(arm.field.map { canonical($0) } ?? "void")"
        }
        return ["union \(type.name) \(canonical(union.discriminant))"] + arms
    }
}

private func canonical(_ procedure: InterfaceProcedure) -> String {
    let result = procedure.result.map { canonical($0) } ?? "void"
    let parameters = procedure.parameters.map { canonical($0) }.joined(separator: ", ")
    return "\(procedure.number) \(procedure.name)(\(parameters)) \(result)"
}

private func canonical(_ field: Field) -> String { "\(field.name): \(canonical(field.type))" }

private func canonical(_ type: ValueType) -> String {
    switch type {
    case .int: "int"
    case .unsignedInt: "unsigned"
    case .hyper: "hyper"
    case .unsignedHyper: "unsigned hyper"
    case .float: "float"
    case .double: "double"
    case .quadruple: "quadruple"
    case .bool: "bool"
    case .string(let bound): "string<\(bound)>"
    case .opaque(let count): "opaque[\(count)]"
    case .opaqueVariable(let bound): "opaque<\(bound)>"
    case .array(let item, let count): "\(canonical(item))[\(count)]"
    case .arrayVariable(let item, let bound): "\(canonical(item))<\(bound)>"
    case .optional(let item): "\(canonical(item))*"
    case .named(let name): name
    }
}
