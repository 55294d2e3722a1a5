/// What a flat struct has in place of an encoder that goes from field to field (`XDRFlat`).
struct SwiftFlat {
    let fields: [Field]
    let types: SwiftTypes

    func write(_ out: inout CodeWriter) {
        let fixed = fields.reduce(0) { $0 + types.model.bytesMin($1.type) }
        let varying = fields.compactMap(more)
        if varying.isEmpty {
            out.line("public var flatSize: Int { \(fixed) }")
        } else {
            out.block("public var flatSize: Int") { out in
                out.line("var size = \(fixed)")
                for line in varying { out.line(line) }
                out.line("return size")
            }
        }
        out.blank()
        out.block("public func put(into room: inout XDRRoom) throws(XDRError)") { out in
            for field in fields { types.put(field, value(field), &out) }
        }
    }

    private func value(_ field: Field) -> String {
        SwiftNames.property(field.name, hidden: ["room", "size"])
    }

    /// A statement that adds the bytes that depend on the value.
    private func more(_ field: Field) -> String? {
        guard types.flatness.size(field.type) == .varying else { return nil }
        switch types.model.resolved(field.type) {
        case .string: return "size += XDRRoom.padded(\(value(field)).utf8.count)"
        case .opaqueVariable: return "size += XDRRoom.padded(\(value(field)).count)"
        case .optional(let item):
            return types.flatness.plainBytes(item).map {
                "if \(value(field)) != nil { size += \($0) }"
            }
        default:
            // Its fewest bytes are counted already.
            let least = types.model.bytesMin(field.type)
            return "size += \(value(field)).flatSize - \(least)"
        }
    }
}
