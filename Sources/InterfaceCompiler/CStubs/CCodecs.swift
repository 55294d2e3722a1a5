/// `X_decode` and `X_encode` of each type.
struct CCodecs {
    let type: InterfaceType
    let types: CTypes

    var name: String { CNames.type(type.name) }
    private var star: String { types.isArray(.named(type.name)) ? "" : "*" }
    private var decodeParameters: [String] { ["struct mrn_reader *in", "\(name) \(star)value"] }
    private var encodeParameters: [String] {
        ["struct mrn_writer *out", "const \(name) \(star)value"]
    }

    func write(_ out: inout CodeWriter) {
        switch type.kind {
        case .enumeration(let members): writeEnumeration(members.distinct, &out)
        case .typedef(let aliased):
            let variable = star.isEmpty ? "value" : "*value"
            decoder(&out) {
                $0.line("return \(types.read(aliased, variable).undereferenced.text);")
            }
            encoder(&out) {
                $0.line("return \(types.write(aliased, variable).undereferenced.text);")
            }
        case .structure(let fields) where types.recursion.isList(type):
            CList(type: type, fields: fields, codecs: self).write(&out)
        case .structure(let fields):
            decoder(&out) { out in
                for field in fields { writeRead(field, "value->", &out) }
                out.line("return true;")
            }
            encoder(&out) { out in
                if let flat = CFlat(fields, types) {
                    flat.write(&out)
                    return
                }
                for field in fields { writeWrite(field, "value->", &out) }
                out.line("return true;")
            }
        case .union(let union): writeUnion(union, &out)
        }
    }

    func decoder(_ out: inout CodeWriter, _ body: (inout CodeWriter) -> Void) {
        function("decode", decodeParameters, "mrn_reader", "in", &out, body)
    }

    func encoder(_ out: inout CodeWriter, _ body: (inout CodeWriter) -> Void) {
        function("encode", encodeParameters, "mrn_writer", "out", &out, body)
    }

    /// A recursive type's body is a function of its own, so that each way out of it counts the
    /// depth back.
    private func function(
        _ verb: String, _ parameters: [String], _ coder: String, _ stream: String,
        _ out: inout CodeWriter, _ body: (inout CodeWriter) -> Void
    ) {
        out.blank()
        guard types.recursion.isTree(type), !type.isTypedef else {
            out.function("bool \(name)_\(verb)", parameters, body)
            return
        }
        let bodyName = types.own("\(verb)_body_\(name)")
        out.function("static bool \(bodyName)", parameters, body)
        out.blank()
        out.function("bool \(name)_\(verb)", parameters) { out in
            out.line("bool done;")
            out.line()
            out.line("if (!\(coder)_enter(\(stream)))")
            out.indented { $0.line("return false;") }
            out.line("done = \(bodyName)(\(stream), value);")
            out.line("\(coder)_leave(\(stream));")
            out.line("return done;")
        }
    }

    func writeRead(
        _ field: Field, _ owner: String, as name: String? = nil, _ out: inout CodeWriter
    ) {
        out.unless(
            types.read(field.type, owner + (name ?? CNames.value(field.name))),
            "return mrn_reader_in_field(in, \"\(field.name)\");")
    }

    func writeWrite(
        _ field: Field, _ owner: String, as name: String? = nil, _ out: inout CodeWriter
    ) {
        out.unless(
            types.write(field.type, owner + (name ?? CNames.value(field.name))),
            "return mrn_writer_in_field(out, \"\(field.name)\");")
    }

    // MARK: Enumerations

    private func writeEnumeration(_ members: [EnumerationMember], _ out: inout CodeWriter) {
        decoder(&out) { out in
            out.line("int32_t number;")
            out.line()
            out.line("*value = \(CNames.constant(members[0].nameInC));")
            out.line("if (!mrn_read_int32(in, &number))")
            out.indented { $0.line("return false;") }
            out.line("switch (number) {")
            for member in members { out.line("case \(CNames.constant(member.nameInC)):") }
            out.indented { out in
                out.line("*value = (\(name))number;")
                out.line("return true;")
            }
            out.line("default:")
            out.indented { refuse("return mrn_reader_fail(", "in", "number", &$0) }
            out.line("}")
        }
        encoder(&out) { out in
            out.line("uint8_t *room = mrn_writer_room(out, 4);")
            out.line()
            out.line("return room != NULL && \(put)(out, room, *value) != NULL;")
        }
    }

    private var put: String { types.own("put_\(name)") }

    /// A function for the encoders of enumerations and of flat structs, which stand behind it.
    func writePut(_ out: inout CodeWriter) {
        guard case .enumeration(let members) = type.kind else { return }
        out.blank()
        out.function(
            "static uint8_t *\(put)",
            ["struct mrn_writer *out", "uint8_t *room", "\(name) value"]
        ) { out in
            out.line("int32_t number = (int32_t)value;")
            out.line()
            out.line("switch (number) {")
            for member in members.distinct { out.line("case \(CNames.constant(member.nameInC)):") }
            out.indented { $0.line("return mrn_put_int32(room, number);") }
            out.line("default:")
            out.indented { out in
                refuse("mrn_writer_fail(", "out", "number", &out)
                out.line("return NULL;")
            }
            out.line("}")
        }
    }

    /// `head` calls a failure's function, whose first argument is the reader or writer.
    private func refuse(
        _ head: String, _ stream: String, _ value: String, _ out: inout CodeWriter
    ) {
        let sentence = "\"%lld is no value of '\(type.name)'\""
        out.list(head, [stream, sentence, "(long long)\(value)"], ");")
    }

    // MARK: Unions

    private func writeUnion(_ union: UnionType, _ out: inout CodeWriter) {
        let field = union.discriminant
        let name = CNames.discriminant(field.name)
        decoder(&out) { out in
            writeRead(field, "value->", as: name, &out)
            writeSwitch(union, refusing: ("return mrn_reader_fail(", "in"), &out) { arm, out in
                if arm.isIndirect {
                    writeIndirectRead(arm, &out)
                } else if let field = arm.field {
                    writeRead(field, "value->u.", &out)
                }
            }
        }
        encoder(&out) { out in
            writeWrite(field, "value->", as: name, &out)
            writeSwitch(union, refusing: ("return mrn_writer_fail(", "out"), &out) { arm, out in
                if arm.isIndirect {
                    writeIndirectWrite(arm, &out)
                } else if let field = arm.field {
                    writeWrite(field, "value->u.", &out)
                }
            }
        }
    }

    /// An arm that leads back to the union has the address of its value.
    private func writeIndirectRead(_ arm: UnionType.Arm, _ out: inout CodeWriter) {
        guard let field = arm.field else { return }
        let address = "value->u.\(CNames.value(field.name))"
        let count = types.indirect(field.type).count
        out.line("\(address) = mrn_reader_take(in, \(count), sizeof *\(address));")
        out.line("if (\(address) == NULL)")
        out.indented { $0.line("return mrn_reader_in_field(in, \"\(field.name)\");") }
        out.unless(
            types.read(field.type, types.variable(field.type, behind: address)).undereferenced,
            "return mrn_reader_in_field(in, \"\(field.name)\");")
    }

    /// Zeroed memory has no address there, and no value of the union.
    private func writeIndirectWrite(_ arm: UnionType.Arm, _ out: inout CodeWriter) {
        guard let field = arm.field else { return }
        let address = "value->u.\(CNames.value(field.name))"
        let failure = "return mrn_writer_in_field(out, \"\(field.name)\");"
        out.line("if (\(address) == NULL) {")
        out.indented { out in
            out.line("mrn_writer_fail(out, \"NULL stands where a value belongs\");")
            out.line(failure)
        }
        out.line("}")
        let value = types.variable(field.type, behind: address, isConstant: true)
        out.unless(types.write(field.type, value).undereferenced, failure)
    }

    private func writeSwitch(
        _ union: UnionType, refusing: (head: String, stream: String), _ out: inout CodeWriter,
        _ body: (UnionType.Arm, inout CodeWriter) -> Void
    ) {
        let variable = "value->\(CNames.discriminant(union.discriminant.name))"
        let isBool = types.model.resolved(union.discriminant.type) == .bool
        out.line("switch (\(isBool ? "(int)" : "")\(variable)) {")
        for arm in union.arms {
            for label in arm.labels { out.line("case \(number(label, union)):") }
            if arm.labels.isEmpty { out.line("default:") }
            out.indented { out in
                body(arm, &out)
                out.line("return true;")
            }
        }
        if !union.arms.contains(where: \.labels.isEmpty) {
            out.line("default:")
            out.indented { refuse(refusing.head, refusing.stream, variable, &$0) }
        }
        out.line("}")
    }

    private func number(_ label: UnionType.Label, _ union: UnionType) -> String {
        if let member = types.model.member(of: label, union) {
            return CNames.constant(member.nameInC)
        }
        return CNames.number(Int128(label.value))
    }
}

extension CCall {
    /// `&*value` is `value`.
    var undereferenced: CCall {
        let plain = arguments.map { $0.hasPrefix("&*") ? String($0.dropFirst(2)) : $0 }
        return CCall(function: function, arguments: plain)
    }
}
