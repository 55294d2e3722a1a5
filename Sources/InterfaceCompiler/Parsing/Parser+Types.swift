/// Constants and types (RFC 4506 §6.3).
extension Parser {
    mutating func constant() throws(Skip) -> DefinitionSyntax {
        let name = try name(of: "a constant")
        try expect("=", "after the constant's name")
        return DefinitionSyntax(name: name, kind: .constant(try value(of: "the constant's value")))
    }

    /// `typedef struct { … } Name;` defines the struct, without another name for it.
    mutating func typedef() throws(Skip) -> DefinitionSyntax {
        let declaration = try declaration(of: "a typedef")
        guard let name = declaration.name else {
            throw fail("'typedef' needs a type and a name", at: declaration.range)
        }
        if case .body(let body, let tag) = declaration.type.kind, declaration.shape == .plain,
            tag == nil || tag?.text == name.text
        {
            return DefinitionSyntax(name: name, kind: .type(body))
        }
        return DefinitionSyntax(name: name, kind: .typedef(declaration))
    }

    mutating func enumeration() throws(Skip) -> DefinitionSyntax {
        let name = try name(of: "an enumeration")
        return DefinitionSyntax(name: name, kind: .type(try enumerationBody("'\(name.text)'")))
    }

    private mutating func enumerationBody(_ what: String) throws(Skip) -> TypeBody {
        .enumeration(
            try block(of: "the members of \(what)") {
                (parser: inout Parser) throws(Skip) in try parser.member()
            })
    }

    private mutating func member() throws(Skip) -> MemberSyntax {
        let comment = current.leadingComment
        let name = try name(of: "a member")
        var value: ValueSyntax?
        if isMark(",") || isMark("}") {
            value = nil
        } else {
            try expect("=", "after '\(name.text)'")
            value = try self.value(of: "the member's value")
        }
        var trailing = previous.trailingComment
        if isMark(",") {
            trailing = advance().trailingComment
        } else if !isMark("}") {
            try expect(",", "after the member '\(name.text)'")
        }
        return MemberSyntax(name: name, value: value, documentation: comment ?? trailing)
    }

    mutating func structure() throws(Skip) -> DefinitionSyntax {
        if let star = accept("*") {
            let name = current.kind == .word ? current.text : "LIST"
            throw fail(
                "'struct *\(name) { … }' was left out of RFC 4506", at: star.range,
                remedy: "struct \(name)_item { …; \(name)_item *next; };"
                    + " typedef \(name)_item *\(name);")
        }
        let name = try name(of: "a struct")
        return DefinitionSyntax(name: name, kind: .type(try structureBody("'\(name.text)'")))
    }

    private mutating func structureBody(_ what: String) throws(Skip) -> TypeBody {
        let outer = isInStructure
        isInStructure = true
        defer { isInStructure = outer }
        return .structure(
            try block(of: "the fields of \(what)") {
                (parser: inout Parser) throws(Skip) in try parser.field()
            }.compactMap { $0 })
    }

    /// `declaration ;`, nil for `void;`, which RFC 4506 has among declarations.
    private mutating func field() throws(Skip) -> DeclarationSyntax? {
        if isWord("void"), next.text == ";" {
            warn("a field of void has no bytes, and is left out", at: advance().range)
            advance()
            return nil
        }
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
        return DefinitionSyntax(name: name, kind: .type(try unionBody("'\(name.text)'")))
    }

    /// Behind `switch`.
    private mutating func unionBody(_ what: String) throws(Skip) -> TypeBody {
        try expect("(", "after 'switch'")
        let discriminant = try declaration(of: "the discriminant")
        try expect(")", "after the discriminant")
        let outer = isInStructure
        isInStructure = false
        defer { isInStructure = outer }
        let arms = try block(of: "the cases of \(what)") {
            (parser: inout Parser) throws(Skip) in try parser.arm()
        }
        return .union(discriminant: discriminant, arms: arms)
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
        let type = try type(of: what, named: named)
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

    /// `named`: a name follows, so that in `unsigned char;` the field is called `char`.
    mutating func type(of what: String, named: Bool = false) throws(Skip) -> TypeSyntax {
        let token = current
        guard token.kind == .word else {
            throw fail("expected the type of \(what), found \(token.described)", at: token.range)
        }
        advance()
        let kind: TypeSyntax.Kind
        switch token.text {
        case "int": kind = .basic(.int)
        case "hyper":
            // rpcgen's `hyper int`.
            _ = accept("int")
            kind = .basic(.hyper)
        case "float": kind = .basic(.float)
        case "double": kind = .basic(.double)
        case "quadruple": kind = .basic(.quadruple)
        case "bool": kind = .basic(.bool)
        case "string": kind = .string
        case "opaque": kind = .opaque
        case "void": kind = .void
        case "unsigned": kind = .basic(unsignedType(named: named))
        case "struct", "enum", "union": return try taggedType(token)
        case _ where reservedWords.contains(token.text):
            throw fail("expected the type of \(what), found \(token.described)", at: token.range)
        default:
            kind = .named(token.text)
            // C's `long int`.
            if ["long", "short"].contains(token.text) { _ = accept("int") }
        }
        return TypeSyntax(kind: kind, range: token.range)
    }

    /// `unsigned` alone means `unsigned int`, as everywhere; `unsigned char` and its like are
    /// rpcgen's, and have 32 bits on the wire.
    private mutating func unsignedType(named: Bool) -> BasicType {
        if accept("hyper") != nil {
            _ = accept("int")
            return .unsignedHyper
        }
        let isType = !named || next.kind == .word || next.text == "*"
        if ["char", "short", "long"].contains(current.text), isType { advance() }
        _ = accept("int")
        return .unsignedInt
    }

    /// `struct Name`, which real files write where C does, or a body in its place.
    private mutating func taggedType(_ tag: Token) throws(Skip) -> TypeSyntax {
        guard isBodyAhead(of: tag) else {
            if tag.text == "struct", isInStructure, isMark("*") {
                return TypeSyntax(kind: .enclosing, range: tag.range)
            }
            let name = try name(of: "a \(tag.text)")
            return TypeSyntax(kind: .named(name.text), range: name.range)
        }
        depth += 1
        defer { depth -= 1 }
        guard depth <= InterfaceLimits.nesting else {
            throw fail(
                "bodies nest deeper than \(InterfaceLimits.nesting) levels", at: tag.range)
        }
        var name: Name?
        if !isMark("{"), !isWord("switch") { name = try self.name(of: "a \(tag.text)") }
        let what = name.map { "'\($0.text)'" } ?? "this \(tag.text)"
        let body: TypeBody
        switch tag.text {
        case "struct": body = try structureBody(what)
        case "enum": body = try enumerationBody(what)
        default:
            try expect("switch", "after 'union'")
            body = try unionBody(what)
        }
        return TypeSyntax(kind: .body(body, tag: name), range: tag.range)
    }

    private func isBodyAhead(of tag: Token) -> Bool {
        tag.text == "union" && (isWord("switch") || isMark("{") || next.text == "switch")
            || tag.text != "union" && (isMark("{") || next.text == "{")
    }
}
