/// Which types are **flat**: numbers, enumerations, strings, opaque data, optional numbers, and structs
/// of these. What a flat value takes on the wire can be told without encoding it.
struct Flatness: Hashable, Sendable {
    enum Size: Hashable, Sendable {
        /// That of each value is the model's `bytesMin`.
        case fixed
        case varying
    }

    private let model: InterfaceModel
    /// Of structs; `.some(nil)` of one that is not flat.
    private var structs: [String: Size?] = [:]

    init(_ model: InterfaceModel) {
        self.model = model
        for type in model.types { _ = note(type) }
    }

    /// nil of a type that is not flat.
    func size(_ type: ValueType) -> Size? {
        switch model.resolved(type) {
        case .int, .unsignedInt, .hyper, .unsignedHyper, .float, .double, .quadruple, .bool,
            .opaque:
            .fixed
        case .string, .opaqueVariable: .varying
        case .optional(let item):
            plainBytes(item) == nil ? nil : .varying
        case .array, .arrayVariable: nil
        case .named(let name):
            model.members(of: type) != nil ? .fixed : structs[name] ?? nil
        }
    }

    /// The bytes of a number or truth value.
    func plainBytes(_ type: ValueType) -> Int? {
        let type = model.resolved(type)
        return type.isNumber || type == .bool ? model.bytesMin(type) : nil
    }

    /// What the struct contains is noted first. A recursive type is never flat, so that the way down
    /// is as short as types may nest.
    private mutating func note(_ type: InterfaceType) -> Size? {
        if let known = structs[type.name] { return known }
        guard case .structure(let fields) = type.kind, !type.isRecursive else { return nil }
        var whole: Size? = .fixed
        for field in fields {
            if case .named(let name) = model.resolved(field.type),
                let inner = model.type(named: name)
            {
                _ = note(inner)
            }
            switch size(field.type) {
            case nil: whole = nil
            case .varying where whole == .fixed: whole = .varying
            default: break
            }
        }
        structs[type.name] = .some(whole)
        return whole
    }
}
