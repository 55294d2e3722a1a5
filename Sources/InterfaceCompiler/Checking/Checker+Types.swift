import Diagnostics

extension Checker {
    /// nil for what is no type, and after an error.
    mutating func type(_ definition: DefinitionSyntax) -> InterfaceType? {
        let kind: InterfaceType.Kind?
        switch definition.kind {
        case .type(.enumeration(let members)): kind = enumeration(definition.name, members)
        case .type(.structure(let fields)): kind = structure(definition.name, fields)
        case .type(.union(let discriminant, let arms)): kind = union(discriminant, arms)
        case .typedef(let declaration): kind = valueType(declaration).map { .typedef($0) }
        case .constant, .program, .application: kind = nil
        }
        return kind.map {
            InterfaceType(
                name: definition.name.text, documentation: definition.documentation, kind: $0)
        }
    }

    private mutating func enumeration(
        _ name: Name, _ members: [MemberSyntax]
    ) -> InterfaceType.Kind? {
        if members.isEmpty, isWhole {
            report.error("the enumeration '\(name.text)' has no members", at: name.range)
        }
        let limits = Int128(Int32.min)...Int128(Int32.max)
        return .enumeration(
            members.compactMap { member in
                let range = member.value?.range ?? member.name.range
                return within(
                    limits, number(of: member, in: name.text),
                    as: "the value of '\(member.name.text)'", at: range
                ).map {
                    EnumerationMember(
                        name: member.name.text, value: Int32($0),
                        nameInC: nameInC(of: member.name.text, in: name.text),
                        documentation: member.documentation)
                }
            })
    }

    private mutating func structure(
        _ name: Name, _ fields: [DeclarationSyntax]
    ) -> InterfaceType.Kind? {
        if fields.isEmpty, isWhole {
            report.error(
                "the struct '\(name.text)' has no fields", at: name.range,
                remedy: "RFC 4506 wants at least one")
        }
        requireDistinct(fields.compactMap(\.name))
        let kept = fields.filter { !isWithoutItems($0) }
        if let first = fields.first, kept.isEmpty {
            report.error(
                "the struct '\(name.text)' has no bytes: '\(first.name?.text ?? "")' has no items",
                at: first.range,
                remedy: "for any number of items: \(first.name?.text ?? "")<>; else leave the "
                    + "struct out, which C can't have")
        }
        return .structure(kept.compactMap { field($0) })
    }

    /// `entries[0]`: RFC 5531 says so that something follows which is not of this type, C that items
    /// follow in memory. It has no bytes in XDR, and C99 has no arrays without items: a struct is
    /// without the field, and a union's case is as one of `void`.
    mutating func isWithoutItems(_ declaration: DeclarationSyntax) -> Bool {
        guard let name = declaration.name, case .fixed(let size) = declaration.shape,
            isNumber(size), number(size) == 0
        else { return false }
        report.warning(
            "'\(name.text)' has no items, and is left out", at: name.range,
            remedy: "for any number of items: \(name.text)<>")
        return true
    }

    mutating func field(_ declaration: DeclarationSyntax) -> Field? {
        guard let type = valueType(declaration), let name = declaration.name else { return nil }
        return Field(name: name.text, type: type, documentation: declaration.documentation)
    }

    // MARK: Declarations

    mutating func valueType(_ declaration: DeclarationSyntax) -> ValueType? {
        switch declaration.type.kind {
        case .string: return string(declaration)
        case .opaque: return opaque(declaration)
        case .void: return nil
        case .basic(let basic): return shaped(ValueType(basic), declaration.shape)
        // The hoisting leaves no body.
        case .body, .enclosing: return nil
        case .named(let name):
            if meanings[name] == nil, let basic = WellKnown.basic[name] {
                return shaped(ValueType(basic), declaration.shape)
            }
            guard requireType(name, at: declaration.type.range) else { return nil }
            return shaped(.named(name), declaration.shape)
        }
    }

    private mutating func requireType(_ name: String, at range: SourceRange) -> Bool {
        switch meanings[name] {
        case (.type, _)?: return true
        case (let meaning, _)?:
            report.error("'\(name)' is \(meaning.described), not a type", at: range)
        case nil:
            unknown(
                name, at: range, what: "type",
                among: names(.type) + reservedWords + WellKnown.basic.keys)
        }
        return false
    }

    private mutating func string(_ declaration: DeclarationSyntax) -> ValueType? {
        guard case .variable(let bound) = declaration.shape else {
            report.error(
                "a string has a bound in angle brackets", at: declaration.range,
                remedy: "write string \(declaration.name?.text ?? "")<> or <64>")
            return nil
        }
        return self.bound(bound).map { .string(bound: $0) }
    }

    private mutating func opaque(_ declaration: DeclarationSyntax) -> ValueType? {
        switch declaration.shape {
        case .fixed(let size): return count(size).map { .opaque(count: $0) }
        case .variable(let bound): return self.bound(bound).map { .opaqueVariable(bound: $0) }
        case .plain, .optional:
            report.error(
                "opaque data have a size in brackets", at: declaration.range,
                remedy: "write opaque \(declaration.name?.text ?? "")[16] or <>")
            return nil
        }
    }

    private mutating func shaped(
        _ item: ValueType, _ shape: DeclarationSyntax.Shape
    ) -> ValueType? {
        switch shape {
        case .plain: item
        case .optional: .optional(item)
        case .fixed(let size): count(size).map { .array(item, count: $0) }
        case .variable(let bound): self.bound(bound).map { .arrayVariable(item, bound: $0) }
        }
    }

    private mutating func count(_ size: ValueSyntax) -> UInt32? {
        number(size, in: 1...Int128(InterfaceLimits.valueBytes), as: "the array's size")
            .map { UInt32($0) }
    }

    /// Without a bound: the largest count that XDR can say.
    private mutating func bound(_ bound: ValueSyntax?) -> UInt32? {
        guard let bound else { return .max }
        return number(bound, in: 0...Int128(UInt32.max), as: "the array's bound").map { UInt32($0) }
    }
}

extension ValueType {
    init(_ basic: BasicType) {
        switch basic {
        case .int: self = .int
        case .unsignedInt: self = .unsignedInt
        case .hyper: self = .hyper
        case .unsignedHyper: self = .unsignedHyper
        case .float: self = .float
        case .double: self = .double
        case .quadruple: self = .quadruple
        case .bool: self = .bool
        }
    }
}
