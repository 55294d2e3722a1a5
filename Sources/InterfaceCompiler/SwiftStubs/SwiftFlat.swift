/// The encoder of a flat struct: numbers, enumerations, strings, opaque data and optional numbers.
///
/// Its size is known before anything is written, so it takes room once; field by field, a list of
/// small structs would spend most of its time on that.
struct SwiftFlat {
    let fields: [Field]
    let types: SwiftTypes

    /// nil where a field has another kind of type.
    init?(_ fields: [Field], _ types: SwiftTypes) {
        self.fields = fields
        self.types = types
        guard fields.count > 1, fields.allSatisfy({ bytesMin($0) != nil }) else { return nil }
    }

    func write(_ out: inout CodeWriter) {
        let fixed = fields.compactMap(bytesMin).reduce(0, +)
        let varying = fields.compactMap(more)
        if !varying.isEmpty {
            out.line("var size = \(fixed)")
            for line in varying { out.line(line) }
        }
        out.block("try encoder.room(\(varying.isEmpty ? "\(fixed)" : "size"))") { out in
            out.line("(room) throws(XDRError) in")
            for field in fields { write(field, &out) }
        }
    }

    private func value(_ field: Field) -> String { "self.\(SwiftNames.member(field.name))" }

    private func write(_ field: Field, _ out: inout CodeWriter) {
        let type = types.model.resolved(field.type)
        let value = value(field)
        switch type {
        case .string, .opaque, .opaqueVariable: types.put(type, field: field.name, value, &out)
        case .named: out.line("room.put(\(value).rawValue)")
        default: out.line("room.put(\(value))")
        }
    }

    /// The bytes that it always has; nil where it is not flat.
    private func bytesMin(_ field: Field) -> Int? {
        switch types.model.resolved(field.type) {
        case .int, .unsignedInt, .float, .bool, .string, .opaqueVariable: 4
        case .hyper, .unsignedHyper, .double: 8
        case .opaque(let count): (Int(count) + 3) / 4 * 4
        case .optional(let item): optionalSize(item) == nil ? nil : 4
        case let type: types.model.members(of: type) == nil ? nil : 4
        }
    }

    private func optionalSize(_ item: ValueType) -> Int? {
        switch types.model.resolved(item) {
        case .int, .unsignedInt, .float, .bool: 4
        case .hyper, .unsignedHyper, .double: 8
        default: nil
        }
    }

    /// A statement that adds the bytes that depend on the value.
    private func more(_ field: Field) -> String? {
        switch types.model.resolved(field.type) {
        case .string: "size += XDRRoom.padded(\(value(field)).utf8.count)"
        case .opaqueVariable: "size += XDRRoom.padded(\(value(field)).count)"
        case .optional(let item):
            optionalSize(item).map { "if \(value(field)) != nil { size += \($0) }" }
        default: nil
        }
    }
}
