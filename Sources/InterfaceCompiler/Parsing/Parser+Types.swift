/// Constants and types (RFC 4506 §6.3).
extension Parser {
    mutating func constant() throws(Skip) -> DefinitionSyntax {
        let name = try name(of: "a constant")
        try expect("=", "after the constant's name")
        return DefinitionSyntax(name: name, kind: .constant(try value(of: "the constant's value")))
    }

    mutating func typedef() throws(Skip) -> DefinitionSyntax {
        let declaration = try declaration(of: "a type")
        guard let name = declaration.name else {
            throw fail("'typedef' needs a type and a name", at: declaration.range)
        }
        return DefinitionSyntax(name: name, kind: .typedef(declaration))
    }

    mutating func enumeration() throws(Skip) -> DefinitionSyntax {
        let name = try name(of: "an enumeration")
        let members = try block(of: "the members of '\(name.text)'") {
            (parser: inout Parser) throws(Skip) in try parser.member()
        }
        return DefinitionSyntax(name: name, kind: .enumeration(members))
    }

    private mutating func member() throws(Skip) -> MemberSyntax {
        let comment = current.leadingComment
        let name = try name(of: "a member")
        try expect("=", "after '\(name.text)'")
        let value = try value(of: "the member's value")
        var trailing = previous.trailingComment
        if isMark(",") {
            trailing = advance().trailingComment
        } else if !isMark("}") {
            try expect(",", "after the member '\(name.text)'")
        }
        return MemberSyntax(name: name, value: value, documentation: comment ?? trailing)
    }

    mutating func structure() throws(Skip) -> DefinitionSyntax {
        let name = try name(of: "a struct")
        let fields = try block(of: "the fields of '\(name.text)'") {
            (parser: inout Parser) throws(Skip) in try parser.field()
        }
        return DefinitionSyntax(name: name, kind: .structure(fields))
    }

    /// `declaration ;`
    private mutating func field() throws(Skip) -> DeclarationSyntax {
        let comment = current.leadingComment
        var declaration = try declaration(of: "a field")
        let end = try expect(";", "after the field '\(declaration.name?.text ?? "")'")
        declaration.documentation = comment ?? end.trailingComment
        return declaration
    }

    mutating func union() throws(Skip) -> DefinitionSyntax {
        let name = try name(of: "a union")
        guard accept("switch") != nil else {
            throw fail(
                "expected 'switch' after the union's name, found \(current.described)",
                at: current.range,
                remedy:
                    "union \(name.text) switch (int kind) { case 0: int value; default: void; };")
        }
        try expect("(", "after 'switch'")
        let discriminant = try declaration(of: "the discriminant")
        try expect(")", "after the discriminant")
        let arms = try block(of: "the cases of '\(name.text)'") {
            (parser: inout Parser) throws(Skip) in try parser.arm()
        }
        return DefinitionSyntax(name: name, kind: .union(discriminant: discriminant, arms: arms))
    }

    private mutating func arm() throws(Skip) -> ArmSyntax {
        let start = current
        var values: [ValueSyntax] = []
        if accept("default") != nil {
            try expect(":", "after 'default'")
        } else {
            repeat {
                guard accept("case") != nil else {
                    throw fail(
                        "expected 'case' or 'default', found \(current.described)",
                        at: current.range)
                }
                values.append(try value(of: "the case's value"))
                try expect(":", "after the case's value")
            } while isWord("case")
        }
        let comment = start.leadingComment ?? current.leadingComment
        let declaration = isWord("void") ? nil : try declaration(of: "a case's field")
        if declaration == nil { advance() }
        let end = try expect(";", "after the case")
        return ArmSyntax(
            values: values, declaration: declaration, range: start.range,
            documentation: comment ?? end.trailingComment)
    }

    // MARK: Declarations

    /// With its name, if not told otherwise.
    mutating func declaration(
        of what: String, named: Bool = true
    ) throws(Skip) -> DeclarationSyntax {
        let type = try type(of: what)
        let optional = accept("*") != nil
        let hasName = current.kind == .word && !reservedWords.contains(current.text)
        let name = named || hasName ? try name(of: what) : nil
        if type.kind == .void {
            throw fail("'void' is no type of \(what)", at: type.range)
        }
        var shape = try arrayShape()
        if optional {
            guard shape == .plain else {
                throw fail(
                    "an optional array needs a name of its own", at: (name?.range ?? type.range),
                    remedy: "declare the array with typedef, then make that type optional")
            }
            shape = .optional
        }
        return DeclarationSyntax(type: type, name: name, shape: shape)
    }

    mutating func arrayShape() throws(Skip) -> DeclarationSyntax.Shape {
        if accept("[") != nil {
            let size = try value(of: "the array's size")
            try expect("]", "after the array's size")
            return .fixed(size)
        }
        if accept("<") != nil {
            if accept(">") != nil { return .variable(nil) }
            let bound = try value(of: "the array's bound")
            try expect(">", "after the array's bound")
            return .variable(bound)
        }
        return .plain
    }

    mutating func type(of what: String) throws(Skip) -> TypeSyntax {
        let token = current
        guard token.kind == .word else {
            throw fail("expected the type of \(what), found \(token.described)", at: token.range)
        }
        advance()
        let kind: TypeSyntax.Kind
        switch token.text {
        case "int": kind = .basic(.int)
        case "hyper": kind = .basic(.hyper)
        case "float": kind = .basic(.float)
        case "double": kind = .basic(.double)
        case "bool": kind = .basic(.bool)
        case "string": kind = .string
        case "opaque": kind = .opaque
        case "void": kind = .void
        case "unsigned": kind = .basic(unsignedType())
        case "struct", "enum", "union": return try taggedName(token)
        case "quadruple":
            throw fail(
                "'quadruple' is not supported", at: token.range,
                remedy: "use double, or opaque[16] for the bytes")
        case _ where reservedWords.contains(token.text):
            throw fail("expected the type of \(what), found \(token.described)", at: token.range)
        default: kind = .named(token.text)
        }
        return TypeSyntax(kind: kind, range: token.range)
    }

    /// `unsigned` alone means `unsigned int`, as everywhere.
    private mutating func unsignedType() -> BasicType {
        if accept("hyper") != nil { return .unsignedHyper }
        _ = accept("int")
        return .unsignedInt
    }

    /// `struct Name`, which real files write where C does.
    private mutating func taggedName(_ tag: Token) throws(Skip) -> TypeSyntax {
        guard !isMark("{"), !isWord("switch") else {
            throw fail(
                "a \(tag.text) inside a declaration is not supported", at: tag.range,
                remedy: "define the \(tag.text) by itself and use its name here")
        }
        let name = try name(of: "a \(tag.text)")
        return TypeSyntax(kind: .named(name.text), range: name.range)
    }
}
