/// How a value is declared, zeroed, read and written in Swift.
struct SwiftTypes {
    let model: InterfaceModel
    let recursion: Recursion
    let flatness: Flatness
    /// What stands beside generated declarations: types, constants and programs.
    let declared: Set<String>

    init(model: InterfaceModel) {
        self.model = model
        let types = (model.types.map(\.name) + model.programs.map(\.name)).map(SwiftNames.type)
        let constants = model.constants.map(\.name) + model.texts.map(\.name)
        declared = Set(types + constants.map(SwiftNames.constant))
        recursion = Recursion(model)
        flatness = Flatness(model)
    }

    func name(_ type: ValueType) -> String {
        switch type {
        case .int: "Int32"
        case .unsignedInt: "UInt32"
        case .hyper: "Int64"
        case .unsignedHyper: "UInt64"
        case .float: "Float"
        case .double: "Double"
        case .quadruple: "Quadruple"
        case .bool: "Bool"
        case .string: "String"
        case .opaque, .opaqueVariable: "[UInt8]"
        case .array(let item, _), .arrayVariable(let item, _): "[\(name(item))]"
        case .optional(let item): "\(name(item))?"
        case .named(let name): SwiftNames.type(name)
        }
    }

    /// Zero, false, empty, absent; of an enumeration the member 0, or else the first.
    ///
    /// - Parameter hidden: names that mean something else here than types
    func zero(_ type: ValueType, hidden: Set<String> = []) -> String {
        switch type {
        case .int, .unsignedInt, .hyper, .unsignedHyper, .float, .double: return "0"
        case .quadruple: return "Quadruple()"
        case .bool: return "false"
        case .string: return "\"\""
        case .opaque(let count): return "Array(repeating: 0, count: \(count))"
        case .opaqueVariable, .arrayVariable: return "[]"
        case .array(let item, let count):
            return "Array(repeating: \(zero(item, hidden: hidden)), count: \(count))"
        case .optional: return "nil"
        case .named(let name):
            if let members = model.members(of: type) {
                let member = members.first(of: 0) ?? members[0]
                return ".\(SwiftNames.value(member.name))"
            }
            if case .typedef(let aliased)? = model.type(named: name)?.kind {
                return zero(aliased, hidden: hidden)
            }
            return hidden.contains(name) ? ".init()" : "\(SwiftNames.type(name))()"
        }
    }

    /// It conforms to XDRCodable by itself, without a bound that only the field knows.
    private func conforms(_ type: ValueType) -> Bool {
        switch model.resolved(type) {
        case .bool, .quadruple, .named: true
        case let other: other.isNumber
        }
    }

    // MARK: Decoding

    /// `decoder…`, without `try`; nil where it takes a closure.
    func decodeCall(_ field: Field) -> String? {
        let (method, arguments, item) = codec(model.resolved(field.type))
        if let item, !conforms(item) { return nil }
        return "decoder.\(method)(\((["\"\(field.name)\""] + arguments).joined(separator: ", ")))"
    }

    /// `target` `try decoder…`, on as many lines as it takes.
    func decode(
        _ type: ValueType, field: String?, _ target: String, _ out: inout CodeWriter
    ) {
        let type = model.resolved(type)
        let label = field.map { ["\"\($0)\""] } ?? []
        let (method, arguments, item) = codec(type)
        let all = label + arguments
        if let item, !conforms(item) {
            out.block("\(target)try decoder.\(method)(\(all.joined(separator: ", ")))") { out in
                out.line("(decoder) throws(XDRError) in")
                decode(item, field: nil, "", &out)
            }
            return
        }
        out.swiftList("\(target)try decoder.\(method)(", all, ")")
    }

    /// The method of encoder and decoder, its arguments behind the value, and the item's type where
    /// it has items.
    private func codec(_ type: ValueType) -> (String, [String], ValueType?) {
        switch type {
        case .string(let bound): ("string", atMost(bound), nil)
        case .opaque(let count): ("opaque", ["count: \(count)"], nil)
        case .opaqueVariable(let bound): ("opaque", atMost(bound), nil)
        case .array(let item, let count) where model.resolved(item).isNumber:
            ("numbers", ["count: \(count)"], item)
        case .array(let item, let count): ("array", ["count: \(count)"], item)
        case .arrayVariable(let item, let bound) where model.resolved(item).isNumber:
            ("numbers", atMost(bound), item)
        case .arrayVariable(let item, let bound):
            ("array", atMost(bound) + ["itemMin: \(model.bytesMin(item))"], item)
        case .optional(let item): ("optional", [], item)
        default: ("decode", [], nil)
        }
    }

    private func atMost(_ bound: UInt32) -> [String] { bound == .max ? [] : ["atMost: \(bound)"] }

    // MARK: Encoding

    /// Into the room of a flat struct.
    func put(_ field: Field, _ value: String, _ out: inout CodeWriter) {
        let type = model.resolved(field.type)
        switch type {
        case .string, .opaque, .opaqueVariable:
            let (method, arguments, _) = codec(type)
            out.swiftList("try room.\(method)(", ["\"\(field.name)\"", value] + arguments, ")")
        case .named where model.members(of: type) != nil: out.line("room.put(\(value).rawValue)")
        case .named, .quadruple: out.swiftList("try room.put(", ["\"\(field.name)\"", value], ")")
        default: out.line("room.put(\(value))")
        }
    }

    func encode(_ type: ValueType, field: String, _ value: String, _ out: inout CodeWriter) {
        let type = model.resolved(type)
        let (method, arguments, item) = codec(type)
        let name = method == "decode" ? "encode" : method
        let all = ["\"\(field)\"", value] + arguments.filter { !$0.hasPrefix("itemMin") }
        if let item, !conforms(item) {
            out.block("try encoder.\(name)(\(all.joined(separator: ", ")))") { out in
                out.line("(item, encoder) throws(XDRError) in")
                encode(item, field: "", "item", &out)
            }
            return
        }
        out.swiftList("try encoder.\(name)(", all, ")")
    }
}
