/// Writes types after those that they contain, since C wants them complete.
struct CTypeOrder {
    let model: InterfaceModel
    let types: CTypes
    private var written: Set<String> = []

    init(model: InterfaceModel, types: CTypes) {
        self.model = model
        self.types = types
    }

    mutating func write(_ out: inout CodeWriter) {
        for type in model.types { write(type, &out) }
        for type in model.parameterTypes + model.resultTypes { require(type, &out) }
    }

    private mutating func write(_ type: InterfaceType, _ out: inout CodeWriter) {
        guard written.insert(type.name).inserted else { return }
        switch type.kind {
        case .enumeration(let members): writeEnumeration(type, members, &out)
        case .typedef(let aliased):
            require(aliased, &out)
            out.blank()
            out.comment(type.documentation)
            out.line("typedef \(types.declaration(aliased, CNames.type(type.name)));")
        case .structure(let fields):
            for field in fields { require(field.type, &out) }
            out.blank()
            out.comment(type.documentation)
            out.block("struct \(CNames.type(type.name))", closing: "};") { out in
                for field in fields { writeField(field, among: fields, &out) }
            }
        case .union(let union): writeUnion(type, union, &out)
        }
    }

    /// Writes what a declaration of `type` needs before it.
    private mutating func require(_ type: ValueType, _ out: inout CodeWriter) {
        switch type {
        case .named(let name): require(name, &out)
        case .array(let item, _): require(item, &out)
        case .optional(let item): requireName(item, &out)
        case .arrayVariable(let item, _):
            requireName(item, &out)
            guard case .named(let name) = item, written.insert("\(name)<>").inserted else { return }
            out.blank()
            out.line("MRN_ARRAY_TYPE(\(CNames.type(name)))")
        default: break
        }
    }

    private mutating func require(_ name: String, _ out: inout CodeWriter) {
        if let type = model.type(named: name) { write(type, &out) }
    }

    /// For an address the name is enough, and structs and unions have theirs from the beginning.
    private mutating func requireName(_ type: ValueType, _ out: inout CodeWriter) {
        guard case .named(let name) = type, let type = model.type(named: name) else { return }
        switch type.kind {
        case .enumeration, .typedef: write(type, &out)
        case .structure, .union: break
        }
    }

    /// In C++ a field hides the type of its name from the fields behind it.
    private func writeField(
        _ field: Field, as name: String? = nil, isIndirect: Bool = false, among fields: [Field],
        _ out: inout CodeWriter
    ) {
        let name = name ?? CNames.value(field.name)
        let declaration =
            isIndirect
            ? "\(types.name(types.indirect(field.type).item)) *\(name)"
            : types.declaration(field.type, name)
        let type = types.name(field.type).prefix { $0 != " " }
        let isHidden = fields.contains { CNames.value($0.name) == type }
        out.comment(field.documentation)
        out.line("\(isHidden ? "MRN_SCOPE " : "")\(declaration);")
    }

    private func writeEnumeration(
        _ type: InterfaceType, _ members: [EnumerationMember], _ out: inout CodeWriter
    ) {
        let name = CNames.type(type.name)
        out.blank()
        out.comment(type.documentation)
        out.block("enum \(name)", closing: "};") { out in
            for member in members {
                out.comment(member.documentation)
                let value = CNames.number(Int128(member.value))
                out.line("\(CNames.constant(member.nameInC)) = \(value),")
            }
        }
        out.line("typedef enum \(name) \(name);")
    }

    private mutating func writeUnion(
        _ type: InterfaceType, _ union: UnionType, _ out: inout CodeWriter
    ) {
        let fields = union.arms.compactMap(\.field)
        require(union.discriminant.type, &out)
        // Of what leads back only the name is needed, and structs and unions have theirs.
        for arm in union.arms where !arm.isIndirect {
            if let field = arm.field { require(field.type, &out) }
        }
        out.blank()
        out.comment(type.documentation)
        out.block("struct \(CNames.type(type.name))", closing: "};") { out in
            let discriminant = union.discriminant
            writeField(
                discriminant, as: CNames.discriminant(discriminant.name), among: [discriminant],
                &out)
            guard !fields.isEmpty else { return }
            out.block("union", closing: "} u;") { out in
                for arm in union.arms {
                    guard let field = arm.field else { continue }
                    writeField(
                        field, isIndirect: arm.isIndirect, among: [discriminant] + fields, &out)
                }
            }
        }
    }
}
