import Diagnostics

/// `program` (RFC 5531 §12.2) and `application`.
extension Parser {
    mutating func program() throws(Skip) -> DefinitionSyntax {
        let name = try name(of: "a program")
        let versions = try block(of: "the versions of '\(name.text)'") {
            (parser: inout Parser) throws(Skip) in try parser.version()
        }
        try expect("=", "and the program's number")
        return DefinitionSyntax(
            name: name, kind: .program(versions, number: try value(of: "the program's number")))
    }

    private mutating func version() throws(Skip) -> VersionSyntax {
        guard accept("version") != nil else {
            throw fail("expected 'version', found \(current.described)", at: current.range)
        }
        let name = try name(of: "a version")
        let procedures = try block(of: "the procedures of '\(name.text)'") {
            (parser: inout Parser) throws(Skip) in try parser.procedure()
        }
        try expect("=", "and the version's number")
        let number = try value(of: "the version's number")
        try expect(";", "after the version '\(name.text)'")
        return VersionSyntax(name: name, number: number, procedures: procedures)
    }

    private mutating func procedure() throws(Skip) -> ProcedureSyntax {
        let comment = current.leadingComment
        let result = try result(of: "a procedure's result")
        let name = try name(of: "a procedure")
        let parameters = try parameters(of: name)
        try expect("=", "and the procedure's number")
        let number = try value(of: "the procedure's number")
        let end = try expect(";", "after the procedure '\(name.text)'")
        return ProcedureSyntax(
            name: name, result: result, parameters: parameters, number: number,
            documentation: comment ?? end.trailingComment)
    }

    // MARK: Application

    private enum Item {
        case shared(SharedSyntax)
        case operation(OperationSyntax)
    }

    mutating func application() throws(Skip) -> DefinitionSyntax {
        let name = try name(of: "an application")
        let items = try block(of: "the declarations of '\(name.text)'") {
            (parser: inout Parser) throws(Skip) in try parser.item()
        }
        guard accept("=") != nil else {
            throw fail(
                "expected '=' and the application's program number, found \(current.described)",
                at: previous.range, remedy: "} = 0x20001989;")
        }
        let number = try value(of: "the program number")
        return DefinitionSyntax(
            name: name,
            kind: .application(
                ApplicationSyntax(
                    shared: items.compactMap {
                        if case .shared(let item) = $0 { item } else { nil }
                    },
                    operations: items.compactMap {
                        if case .operation(let item) = $0 { item } else { nil }
                    },
                    number: number)))
    }

    private mutating func item() throws(Skip) -> Item {
        let comment = current.leadingComment
        if accept("shared") != nil { return .shared(try shared(comment)) }
        if accept("context") != nil {
            let replaces = following(2).text != "(" && accept("replacing") != nil
            return .operation(try operation(.context, replacesEarlier: replaces, comment))
        }
        if accept("worker") != nil {
            return .operation(try operation(workerKind(), comment))
        }
        let meant = current.kind == .word ? nearestItemWord(current.text) : nil
        throw fail(
            "expected 'shared', 'context' or 'worker', found \(current.described)",
            at: current.range,
            remedy: meant.map { "did you mean '\($0)'?" })
    }

    private func nearestItemWord(_ word: String) -> String? {
        nearest(to: word, among: ["shared", "context", "worker"])
    }

    /// In `worker pure render(Region);` the word `pure` is the name of the result's type.
    private mutating func workerKind() -> OperationKind {
        guard following(2).text != "(" else { return .worker }
        if accept("pure") != nil { return .pure }
        if accept("once") != nil { return .once }
        return .worker
    }

    private mutating func shared(_ comment: String?) throws(Skip) -> SharedSyntax {
        var declaration = try declaration(of: "shared data")
        guard let name = declaration.name else {
            throw fail("shared data needs a name", at: declaration.range)
        }
        let end = try expect(";", "after the shared data '\(name.text)'")
        declaration.documentation = comment ?? end.trailingComment
        return SharedSyntax(declaration: declaration, name: name)
    }

    private mutating func operation(
        _ kind: OperationKind, replacesEarlier: Bool = false, _ comment: String?
    ) throws(Skip) -> OperationSyntax {
        let result = try result(of: "the operation's result")
        let name = try name(of: "an operation")
        let parameters = try parameters(of: name)
        let reads = try reads()
        let end = try expect(";", "after the operation '\(name.text)'")
        return OperationSyntax(
            kind: kind, replacesEarlier: replacesEarlier, name: name, result: result,
            parameters: parameters, reads: reads,
            documentation: comment ?? end.trailingComment)
    }

    private mutating func reads() throws(Skip) -> [Name] {
        guard accept("reads") != nil else { return [] }
        var names: [Name] = []
        repeat {
            names.append(try name(of: "shared data"))
        } while accept(",") != nil
        return names
    }

    // MARK: Results and parameters

    /// A type without a name, such as `Tile`, `void` or `string<64>`.
    private mutating func result(of what: String) throws(Skip) -> DeclarationSyntax? {
        if accept("void") != nil { return nil }
        let type = try type(of: what)
        if accept("*") != nil { return DeclarationSyntax(type: type, shape: .optional) }
        return DeclarationSyntax(type: type, shape: stringShape(type, try arrayShape()))
    }

    private mutating func parameters(of operation: Name) throws(Skip) -> [DeclarationSyntax] {
        try expect("(", "after '\(operation.text)'")
        if accept(")") != nil { return [] }
        if isWord("void"), next.text == ")" {
            advance()
            advance()
            return []
        }
        var parameters: [DeclarationSyntax] = []
        repeat {
            var parameter = try declaration(of: "a parameter", named: false)
            parameter.shape = stringShape(parameter.type, parameter.shape)
            parameters.append(parameter)
        } while accept(",") != nil
        try expect(")", "after the parameters of '\(operation.text)'")
        return parameters
    }

    /// As a result or a parameter, rpcgen's `string` is `string<>`.
    private func stringShape(
        _ type: TypeSyntax, _ shape: DeclarationSyntax.Shape
    ) -> DeclarationSyntax.Shape {
        type.kind == .string && shape == .plain ? .variable(nil) : shape
    }
}
