import InterfaceCompiler

/// A checked model written for rpcgen: it wants types before their use, and knows neither
/// applications nor words that C reserves, nor arrays of `bool` or of the struct that they stand
/// in. Names have no part in the bytes, so that all are new.
struct RpcgenText {
    private let model: InterfaceModel
    private let numbers: [String: Int]
    private var written: Set<String> = []
    private var text = ""

    /// Wrappers of these types, `struct ProofN { T value; }`, stand behind it.
    init(_ model: InterfaceModel, wrapping types: [String]) {
        self.model = model
        numbers = Dictionary(model.types.enumerated().map { ($1.name, $0) }) { first, _ in first }
        text = "enum truth { no = 0, yes = 1 };\ntypedef opaque sixteen[16];\n"
        for (index, type) in model.types.enumerated() where isRecursive(type.name) {
            text += "%struct type\(index); typedef struct type\(index) type\(index);\n"
        }
        for type in types { write(type) }
        for (index, type) in types.enumerated() {
            text += "struct Proof\(index) { \(name(type)) value; };\n"
        }
    }

    var lines: String { text }

    private func name(_ type: String) -> String { "type\(numbers[type] ?? -1)" }

    private mutating func write(_ type: String) {
        guard written.insert(type).inserted, let index = numbers[type] else { return }
        let own = name(type)
        switch model.types[index].kind {
        case .enumeration(let members):
            let lines = members.enumerated().map { "\(own)_\($0) = \($1.value)" }
            text += "enum \(own) { \(lines.joined(separator: ", ")) };\n"
        case .structure(let fields):
            for field in fields { writeReferences(of: field.type) }
            let lines = fields.enumerated().map {
                field($1.type, "field\($0)", of: own) + "; "
            }
            text += "struct \(own) { \(lines.joined())};\n"
        case .typedef(let aliased):
            writeReferences(of: aliased)
            text += "typedef \(declaration(aliased, own));\n"
        case .union(let union): write(union, own)
        }
    }

    private mutating func write(_ union: UnionType, _ own: String) {
        writeReferences(of: union.discriminant.type)
        for arm in union.arms { if let field = arm.field { writeReferences(of: field.type) } }
        let contents = union.arms.enumerated().map { index, arm in
            arm.field.map { field($0.type, "arm\(index)", of: own) } ?? "void"
        }
        text += "union \(own) switch (\(declaration(union.discriminant.type, "choice"))) {\n"
        for (arm, content) in zip(union.arms, contents) {
            for label in arm.labels { text += "case \(self.label(label, of: union)):\n" }
            if arm.labels.isEmpty { text += "default:\n" }
            text += "    \(content);\n"
        }
        text += "};\n"
    }

    private func label(_ label: UnionType.Label, of union: UnionType) -> String {
        switch resolved(union.discriminant.type) {
        case .bool: return label.value == 0 ? "FALSE" : "TRUE"
        case .named(let type):
            guard let index = numbers[type],
                case .enumeration(let members) = model.types[index].kind,
                let member = members.firstIndex(where: { Int64($0.value) == label.value })
            else { return "\(label.value)" }
            return "\(name(type))_\(member)"
        default: return "\(label.value)"
        }
    }

    private func resolved(_ type: ValueType) -> ValueType {
        var type = type
        while case .named(let name) = type, let index = numbers[name],
            case .typedef(let aliased) = model.types[index].kind
        {
            type = aliased
        }
        return type
    }

    private mutating func writeReferences(of type: ValueType) {
        switch type {
        case .named(let name): write(name)
        case .array(let item, _): writeReferences(of: item)
        case .arrayVariable(.named(let name), _), .optional(.named(let name)):
            // Its name is enough, and it may refer to what is being written.
            if !isRecursive(name) { write(name) }
        default: break
        }
    }

    /// A struct or union whose values hold values of it.
    private func isRecursive(_ name: String) -> Bool {
        guard let index = numbers[name], model.types[index].isRecursive else { return false }
        if case .typedef = model.types[index].kind { return false }
        return true
    }

    /// The declaration of a field; where rpcgen would not understand it, behind a typedef.
    private mutating func field(_ type: ValueType, _ name: String, of own: String) -> String {
        switch type {
        case .arrayVariable(.named(let item), _) where isRecursive(item),
            .optional(.named(let item)) where isRecursive(item):
            text += "typedef \(declaration(type, "\(own)_\(name)"));\n"
            return "\(own)_\(name) \(name)"
        default: return declaration(type, name)
        }
    }

    private func declaration(_ type: ValueType, _ name: String) -> String {
        switch type {
        case .string(let bound): "string \(name)\(angle(bound))"
        case .opaque(let count): "opaque \(name)[\(count)]"
        case .opaqueVariable(let bound): "opaque \(name)\(angle(bound))"
        case .array(.bool, let count): "truth \(name)[\(count)]"
        case .arrayVariable(.bool, let bound): "truth \(name)\(angle(bound))"
        case .array(let item, let count): "\(plain(item)) \(name)[\(count)]"
        case .arrayVariable(let item, let bound): "\(plain(item)) \(name)\(angle(bound))"
        case .optional(let item): "\(plain(item)) *\(name)"
        default: "\(plain(type)) \(name)"
        }
    }

    private func angle(_ bound: UInt32) -> String { bound == .max ? "<>" : "<\(bound)>" }

    private func plain(_ type: ValueType) -> String {
        switch type {
        case .int: "int"
        case .unsignedInt: "unsigned int"
        case .hyper: "hyper"
        case .unsignedHyper: "unsigned hyper"
        case .float: "float"
        case .double: "double"
        case .quadruple: "sixteen"
        case .bool: "bool"
        case .named(let name): self.name(name)
        default: "anonymous types stand in typedefs only"
        }
    }
}
