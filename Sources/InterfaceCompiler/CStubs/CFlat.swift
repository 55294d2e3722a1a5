/// The encoder of a flat struct: numbers, enumerations, strings, opaque data and optional numbers.
///
/// Its size is known before anything is written, so it takes room once and checks the limit once;
/// field by field, a list of small structs would spend most of its time on that.
struct CFlat {
    let fields: [Field]
    let types: CTypes

    /// nil where a field has another kind of type.
    init?(_ fields: [Field], _ types: CTypes) {
        guard fields.count > 1, fields.allSatisfy({ Self.size($0, types) != nil }) else {
            return nil
        }
        self.fields = fields
        self.types = types
    }

    func write(_ out: inout CodeWriter) {
        let sizes = fields.compactMap { Self.size($0, types) }
        let fixed = sizes.reduce(0) { $0 + $1.fixed }
        let varying = sizes.flatMap(\.more)
        if varying.isEmpty {
            out.line("uint8_t *room = mrn_writer_room(out, \(fixed));")
            out.line()
        } else {
            out.line("uint64_t size = \(fixed);")
            out.line("uint8_t *room;")
            out.line()
            for line in varying { out.line(line) }
            out.line("room = mrn_writer_room(out, size);")
        }
        out.line("if (room == NULL)")
        out.indented { $0.line("return false;") }
        for field in fields { write(field, "value->\(CNames.value(field.name))", &out) }
        out.line("return true;")
    }

    private func write(_ field: Field, _ variable: String, _ out: inout CodeWriter) {
        let type = types.model.resolved(field.type)
        switch type {
        case .string(let bound), .opaqueVariable(let bound):
            let kind = if case .string = type { "string" } else { "bytes" }
            out.line("room = mrn_put_\(kind)(out, room, \(types.count(bound)), &\(variable));")
            writeCheck(field, &out)
        case .opaque(let count):
            out.line("room = mrn_put_opaque(room, \(types.count(count)), \(variable));")
        case .optional(let item):
            out.line("room = mrn_put_bool(room, \(variable) != NULL);")
            out.line("if (\(variable) != NULL)")
            let name = types.basicName(types.model.resolved(item))
            out.indented { $0.line("room = mrn_put_\(name)(room, *\(variable));") }
        case .named(let name):
            let put = types.own("put_\(CNames.type(name))")
            out.line("room = \(put)(out, room, \(variable));")
            writeCheck(field, &out)
        default: out.line("room = mrn_put_\(types.basicName(type))(room, \(variable));")
        }
    }

    private func writeCheck(_ field: Field, _ out: inout CodeWriter) {
        out.line("if (room == NULL)")
        out.indented { $0.line("return mrn_writer_in_field(out, \"\(field.name)\");") }
    }

    /// The bytes that are always there, and lines that add those that depend on the value.
    private static func size(_ field: Field, _ types: CTypes) -> (fixed: UInt64, more: [String])? {
        let variable = "value->\(CNames.value(field.name))"
        switch types.model.resolved(field.type) {
        case .string, .opaqueVariable: return (4, ["size += mrn_padded(\(variable).count);"])
        case .opaque(let count): return ((UInt64(count) + 3) / 4 * 4, [])
        case .optional(let item):
            guard let size = plainSize(types.model.resolved(item)) else { return nil }
            return (4, ["if (\(variable) != NULL)", "    size += \(size);"])
        case let type where types.model.members(of: type) != nil: return (4, [])
        case let type: return plainSize(type).map { ($0, []) }
        }
    }

    private static func plainSize(_ type: ValueType) -> UInt64? {
        switch type {
        case .int, .unsignedInt, .float, .bool: 4
        case .hyper, .unsignedHyper, .double: 8
        default: nil
        }
    }
}
