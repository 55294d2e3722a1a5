/// Gives a name to each body that stands where a type's name could stand, so that everything
/// behind the parser knows named types only.
///
/// The body of the field `origin` of `Shape` becomes the type `Shape_origin`; that of a tag
/// `struct Point { … } origin;` is `Point`. Bodies come before what they stand in.
struct Hoisting {
    private(set) var definitions: [DefinitionSyntax] = []
    /// Every name that stands where a type stands, with its first place.
    private(set) var usedTypes: [String: SourceRange] = [:]

    init(_ all: [DefinitionSyntax]) {
        let types = all.filter { if case .type = $0.kind { true } else { false } }
        let names = Set(types.map(\.name.text))
        var typedefs: [String: DeclarationSyntax] = [:]
        var constants: [String: ValueSyntax.Kind] = [:]
        for definition in all where !definition.isRepetition(of: names) {
            if case .typedef(let declaration) = definition.kind {
                // C lets a typedef be repeated, and so do files that are written for it.
                if typedefs[definition.name.text]?.says(declaration) ?? false { continue }
                typedefs[definition.name.text] = declaration
            }
            // A constant too, with the same value: rpcgen makes a macro of it.
            if case .constant(let value) = definition.kind {
                if constants[definition.name.text] == value.kind { continue }
                constants[definition.name.text] = value.kind
            }
            hoist(definition)
        }
    }

    private mutating func hoist(_ definition: DefinitionSyntax) {
        var definition = definition
        let name = definition.name
        switch definition.kind {
        case .constant: break
        case .typedef(let declaration):
            definition.kind = .typedef(hoist(declaration, as: "\(name.text)_item", at: name.range))
        case .type(let body): definition.kind = .type(hoist(body, of: name.text))
        case .program(let versions, let number):
            definition.kind = .program(versions.map { hoist($0) }, number: number)
        case .application(var application):
            application.shared = application.shared.map { shared in
                var shared = shared
                shared.declaration = hoist(shared.declaration, of: name.text)
                return shared
            }
            application.operations = application.operations.map { hoist($0) }
            definition.kind = .application(application)
        }
        definitions.append(definition)
    }

    private mutating func hoist(_ body: TypeBody, of outer: String) -> TypeBody {
        switch body {
        case .enumeration: return body
        case .structure(let fields): return .structure(fields.map { hoist($0, of: outer) })
        case .union(let discriminant, let arms):
            let discriminant = hoist(discriminant, of: outer)
            return .union(
                discriminant: discriminant,
                arms: arms.map { arm in
                    var arm = arm
                    arm.declaration = arm.declaration.map { hoist($0, of: outer) }
                    return arm
                })
        }
    }

    private mutating func hoist(_ version: VersionSyntax) -> VersionSyntax {
        var version = version
        version.procedures = version.procedures.map { procedure in
            var procedure = procedure
            procedure.result = hoist(result: procedure.result, of: procedure.name)
            procedure.parameters = hoist(procedure.parameters, of: procedure.name)
            return procedure
        }
        return version
    }

    private mutating func hoist(_ operation: OperationSyntax) -> OperationSyntax {
        var operation = operation
        operation.result = hoist(result: operation.result, of: operation.name)
        operation.parameters = hoist(operation.parameters, of: operation.name)
        return operation
    }

    private mutating func hoist(
        result: DeclarationSyntax?, of procedure: Name
    ) -> DeclarationSyntax? {
        result.map { hoist($0, as: "\(procedure.text)_result", at: procedure.range) }
    }

    private mutating func hoist(
        _ parameters: [DeclarationSyntax], of procedure: Name
    ) -> [DeclarationSyntax] {
        parameters.enumerated().map { index, parameter in
            let name = parameter.name?.text ?? "argument\(index + 1)"
            return hoist(
                parameter, as: "\(procedure.text)_\(name)",
                at: parameter.name?.range ?? parameter.type.range)
        }
    }

    private mutating func hoist(
        _ declaration: DeclarationSyntax, of outer: String
    ) -> DeclarationSyntax {
        var declaration = declaration
        if declaration.type.kind == .enclosing { declaration.type.kind = .named(outer) }
        return hoist(
            declaration, as: "\(outer)_\(declaration.name?.text ?? "")", at: declaration.range)
    }

    private mutating func hoist(
        _ declaration: DeclarationSyntax, as name: String, at range: SourceRange
    ) -> DeclarationSyntax {
        var declaration = declaration
        switch declaration.type.kind {
        case .named(let used):
            if usedTypes[used] == nil { usedTypes[used] = declaration.type.range }
        case .body(let body, let tag):
            let name = tag ?? Name(text: name, range: range, isMade: true)
            let inner = hoist(body, of: name.text)
            definitions.append(DefinitionSyntax(name: name, kind: .type(inner)))
            declaration.type.kind = .named(name.text)
        case .basic, .string, .opaque, .void, .enclosing: break
        }
        return declaration
    }
}

extension DefinitionSyntax {
    /// `typedef struct Point Point;`, without which C has no name `Point`; here it says nothing.
    fileprivate func isRepetition(of types: Set<String>) -> Bool {
        guard case .typedef(let declaration) = kind, declaration.shape == .plain,
            case .named(name.text) = declaration.type.kind
        else { return false }
        return types.contains(name.text)
    }
}

extension DeclarationSyntax {
    /// The same type in the same shape, wherever it stands.
    fileprivate func says(_ other: DeclarationSyntax) -> Bool {
        if case .body = type.kind { return false }
        return type.kind == other.type.kind && shape.withoutPlaces == other.shape.withoutPlaces
    }
}

extension DeclarationSyntax.Shape {
    fileprivate var withoutPlaces: DeclarationSyntax.Shape {
        func value(_ value: ValueSyntax) -> ValueSyntax {
            ValueSyntax(kind: value.kind, range: SourceRange(offset: 0, length: 0))
        }
        return switch self {
        case .plain, .optional: self
        case .fixed(let size): .fixed(value(size))
        case .variable(let bound): .variable(bound.map { value($0) })
        }
    }
}
