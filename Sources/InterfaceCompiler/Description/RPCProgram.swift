/// The interface in the language of RFC 4506 and 5531 alone, as rpcgen takes it (with `-N`, which
/// allows several arguments).
///
/// - Types come after what they contain. A body that had no name has one.
/// - The application is a program of version 1, a procedure for each operation. Shared data have no
///   procedure: the slave's own protocol carries them.
/// - A procedure's argument or result that is an array, an optional or a text gets a typedef, since
///   rpcgen wants a type's name there. `quadruple`, which rpcgen lacks, is 16 opaque bytes: the same
///   on the wire.
/// - Words of C get an underscore, because C is what rpcgen makes.
public func rpcProgram(_ model: InterfaceModel) -> String {
    var writer = RPCProgramWriter(model: model)
    return writer.write()
}

private struct RPCProgramWriter {
    let model: InterfaceModel
    private var out = CodeWriter()
    private var written: Set<String> = []

    init(model: InterfaceModel) { self.model = model }

    mutating func write() -> String {
        out.line("/* The RPC program of \(model.stem).x, for rpcgen -N. */")
        for constant in model.constants {
            out.line("const \(CNames.constant(constant.name)) = \(constant.value);")
        }
        // rpcgen knows no escapes.
        for text in model.texts where !text.value.contains(where: { "\"\\".contains($0) }) {
            out.line("const \(CNames.constant(text.name)) = \"\(text.value)\";")
        }
        out.blank()
        if uses({ $0 == .quadruple }) { out.line("typedef opaque mrn_quadruple[16];") }
        if usesArrayOfBool { out.line("typedef bool mrn_bool;") }
        // Types that contain one another: C wants to have heard of them.
        for type in model.types where type.isRecursive && !type.isTypedef {
            let name = self.name(type.name)
            out.line("%typedef struct \(name) \(name);")
        }
        for type in model.types { write(type) }
        for program in model.programs { write(program) }
        if let application = model.application { write(application) }
        return out.text
    }

    /// A type, or an item of one, for which `isMeant` holds.
    private func uses(_ isMeant: (ValueType) -> Bool) -> Bool {
        let procedures = model.programs.flatMap(\.versions).flatMap(\.procedures)
        let types =
            model.usedTypes + procedures.flatMap { $0.parameters.map(\.type) }
            + procedures.compactMap(\.result)
        return types.contains { type in
            switch type {
            case .array(let item, _), .arrayVariable(let item, _), .optional(let item):
                isMeant(type) || isMeant(item)
            default: isMeant(type)
            }
        }
    }

    /// rpcgen forgets what `bool` is called in C where it is a fixed array's item.
    private var usesArrayOfBool: Bool {
        uses { if case .array(.bool, _) = $0 { true } else { false } }
    }

    // MARK: Types

    /// Recursion goes as deep as types contain one another, which is limited.
    private mutating func write(_ type: InterfaceType) {
        guard written.insert(type.name).inserted else { return }
        for reference in type.references {
            guard let needed = model.type(named: reference.name),
                reference.byValue || needed.isTypedef || !needed.isRecursive
            else { continue }
            write(needed)
        }
        writeArrays(of: type)
        let name = self.name(type.name)
        out.blank()
        switch type.kind {
        case .enumeration(let members):
            out.block("enum \(name)", closing: "};") { out in
                for (index, member) in members.enumerated() {
                    let comma = index == members.count - 1 ? "" : ","
                    out.line("\(CNames.constant(member.nameInC)) = \(member.value)\(comma)")
                }
            }
        case .typedef(let aliased): out.line("typedef \(declaration(aliased, name));")
        case .structure(let fields):
            let lines = fields.map { "\(self.field($0));" }
            out.block("struct \(name)", closing: "};") { out in
                for line in lines { out.line(line) }
            }
        case .union(let union): write(union, name)
        }
    }

    /// rpcgen can't declare an array of a struct within that struct, but one of a typedef.
    private mutating func writeArrays(of type: InterfaceType) {
        let fields: [Field]
        switch type.kind {
        case .structure(let all): fields = all
        case .union(let union): fields = union.arms.compactMap(\.field)
        case .enumeration, .typedef: return
        }
        for field in fields {
            guard let (array, bound) = recursiveArray(field.type),
                case .arrayVariable(let item, _) = field.type, written.insert(array).inserted
            else { continue }
            out.blank()
            out.line("typedef \(word(item)) \(array)<\(bound)>;")
        }
    }

    private func recursiveArray(_ type: ValueType) -> (name: String, bound: String)? {
        guard case .arrayVariable(.named(let item), let bound) = type,
            model.type(named: item)?.isRecursive ?? false
        else { return nil }
        let limit = limit(bound)
        return ("mrn_array\(limit)_\(item)", limit)
    }

    /// Three names are defined by the headers of the RPC library.
    private func name(_ name: String) -> String {
        ["des_block", "netbuf", "netobj"].contains(name) ? name + "_" : CNames.type(name)
    }

    private mutating func write(_ union: UnionType, _ name: String) {
        let isBool = model.resolved(union.discriminant.type) == .bool
        let discriminant = declaration(
            union.discriminant.type, CNames.discriminant(union.discriminant.name))
        let arms = union.arms.map { arm in
            let labels = arm.labels.map { label in
                if let member = model.member(of: label, union) {
                    return CNames.constant(member.nameInC)
                }
                return isBool ? label.value == 1 ? "TRUE" : "FALSE" : "\(label.value)"
            }
            let field = arm.field.map { self.field($0) } ?? "void"
            return (labels, field)
        }
        // `default` is the last, as rpcgen wants it.
        let sorted = arms.filter { !$0.0.isEmpty } + arms.filter(\.0.isEmpty)
        out.block("union \(name) switch (\(discriminant))", closing: "};") { out in
            for (labels, field) in sorted {
                for label in labels { out.line("case \(label):") }
                if labels.isEmpty { out.line("default:") }
                out.indented { $0.line("\(field);") }
            }
        }
    }

    private func field(_ field: Field) -> String {
        let name = CNames.value(field.name)
        return recursiveArray(field.type).map { "\($0.name) \(name)" }
            ?? declaration(field.type, name)
    }

    private func declaration(_ type: ValueType, _ name: String) -> String {
        switch type {
        case .string(let bound): "string \(name)<\(limit(bound))>"
        case .opaque(let count): "opaque \(name)[\(count)]"
        case .opaqueVariable(let bound): "opaque \(name)<\(limit(bound))>"
        case .array(.bool, let count): "mrn_bool \(name)[\(count)]"
        case .array(let item, let count): "\(word(item)) \(name)[\(count)]"
        case .arrayVariable(let item, let bound): "\(word(item)) \(name)<\(limit(bound))>"
        case .optional(let item): "\(word(item)) *\(name)"
        default: "\(word(type)) \(name)"
        }
    }

    private func limit(_ bound: UInt32) -> String { bound == .max ? "" : "\(bound)" }

    private func word(_ type: ValueType) -> String {
        switch type {
        case .int: "int"
        case .unsignedInt: "unsigned int"
        case .hyper: "hyper"
        case .unsignedHyper: "unsigned hyper"
        case .float: "float"
        case .double: "double"
        case .bool: "bool"
        case .quadruple: "mrn_quadruple"
        case .named(let name): self.name(name)
        case .string: "string"
        case .opaque, .opaqueVariable, .array, .arrayVariable, .optional: "opaque"
        }
    }

    // MARK: Programs

    private struct Procedure {
        var name: String
        var procedure: InterfaceProcedure
        var comment: String?
    }

    private mutating func write(_ program: InterfaceProgram) {
        let versions = program.versions.map { version in
            (
                version.name, version.number,
                version.procedures.map {
                    Procedure(name: CNames.constant($0.name), procedure: $0, comment: nil)
                }
            )
        }
        write(program.name, program.number, versions)
    }

    private mutating func write(_ application: InterfaceApplication) {
        let prefix = application.name.snakeCased.uppercased()
        out.blank()
        for (slot, field) in application.shared.enumerated() {
            out.line("/* shared data \(slot): \(declaration(field.type, field.name)) */")
        }
        let procedures = application.operations.map { operation in
            let reads = operation.reads.map { application.shared[$0].name }
            let words =
                [operation.kind.rawValue] + (operation.replacesEarlier ? ["replacing"] : [])
                + (reads.isEmpty ? [] : ["reads \(reads.joined(separator: ", "))"])
            return Procedure(
                name: "\(prefix)_\(operation.procedure.name.snakeCased.uppercased())",
                procedure: operation.procedure, comment: words.joined(separator: " "))
        }
        write(
            "\(prefix)_PROGRAM", application.program,
            [("\(prefix)_VERSION", application.version, procedures)])
    }

    private mutating func write(
        _ name: String, _ number: UInt32, _ versions: [(String, UInt32, [Procedure])]
    ) {
        var lines: [[String]] = []
        for (version, _, procedures) in versions {
            lines.append(procedures.map { line($0, version) })
        }
        out.blank()
        out.block("program \(CNames.constant(name))", closing: "} = \(number);") { out in
            for ((version, number, _), lines) in zip(versions, lines) {
                out.block("version \(CNames.constant(version))", closing: "} = \(number);") { out in
                    for line in lines { out.line(line) }
                }
            }
        }
    }

    private mutating func line(_ procedure: Procedure, _ version: String) -> String {
        let base = "\(version)_\(procedure.procedure.name)"
        let result = procedure.procedure.result.map { named($0, "\(base)_result") } ?? "void"
        let parameters = procedure.procedure.parameters.map {
            named($0.type, "\(base)_\($0.name)")
        }
        let list = parameters.isEmpty ? "void" : parameters.joined(separator: ", ")
        let comment = procedure.comment.map { " /* \($0) */" } ?? ""
        return "\(result) \(procedure.name)(\(list)) = \(procedure.procedure.number);\(comment)"
    }

    /// A name for `type`, by a typedef where it has none.
    private mutating func named(_ type: ValueType, _ name: String) -> String {
        switch type {
        case .string, .opaque, .opaqueVariable, .array, .arrayVariable, .optional:
            if written.insert(name).inserted {
                out.blank()
                out.line("typedef \(declaration(type, name));")
            }
            return name
        default: return word(type)
        }
    }
}
