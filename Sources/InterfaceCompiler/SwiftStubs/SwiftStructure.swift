/// A struct of Swift, of value semantics, for a struct of the interface.
struct SwiftStructure {
    let type: InterfaceType
    let fields: [Field]
    let types: SwiftTypes

    func write(_ out: inout CodeWriter) {
        out.documentation(type.documentation)
        out.block("public struct \(SwiftNames.type(type.name)): Hashable, Sendable, XDRCodable") {
            out in
            for field in fields {
                out.documentation(field.documentation)
                let wrapper = isSelfReference(field) ? "@Recursive " : ""
                out.line("\(wrapper)public var \(declaration(field))")
            }
            out.blank()
            writeInitializer(&out)
            out.blank()
            writeDecoding(&out)
            out.blank()
            writeEncoding(&out)
        }
    }

    private func declaration(_ field: Field) -> String {
        "\(SwiftNames.value(field.name)): \(types.name(field.type))"
    }

    /// An optional of a type that contains this one: without a box the struct would have no size.
    private func isSelfReference(_ field: Field) -> Bool {
        guard type.isRecursive, case .optional(let item) = types.model.resolved(field.type),
            case .named(let name) = types.model.resolved(item)
        else { return false }
        return types.model.type(named: name)?.isRecursive ?? false
    }

    private func writeInitializer(_ out: inout CodeWriter) {
        let hidden = Set(fields.map(\.name))
        let parameters = fields.map {
            "\(declaration($0)) = \(types.zero($0.type, hidden: hidden))"
        }
        let oneLine = "public init(\(parameters.joined(separator: ", "))) {"
        if oneLine.count + 4 <= CodeWriter.width {
            out.line(oneLine)
        } else {
            out.line("public init(")
            out.indented { out in
                for (index, parameter) in parameters.enumerated() {
                    out.line(parameter + (index == parameters.count - 1 ? "" : ","))
                }
            }
            out.line(") {")
        }
        out.indented { out in
            for field in fields {
                out.line("self.\(SwiftNames.member(field.name)) = \(SwiftNames.value(field.name))")
            }
        }
        out.line("}")
    }

    private func writeDecoding(_ out: inout CodeWriter) {
        out.decoder { out in
            if type.isRecursive { out.enter("decoder") }
            for field in fields {
                types.decode(
                    field.type, field: field.name, "self.\(SwiftNames.member(field.name)) = ", &out)
            }
        }
    }

    private func writeEncoding(_ out: inout CodeWriter) {
        out.encoder { out in
            if type.isRecursive { out.enter("encoder") }
            for field in fields {
                types.encode(
                    field.type, field: field.name, "self.\(SwiftNames.member(field.name))", &out)
            }
        }
    }
}

extension CodeWriter {
    mutating func documentation(_ text: String?) {
        for line in (text ?? "").split(separator: "\n", omittingEmptySubsequences: false)
        where text != nil {
            self.line(line.isEmpty ? "///" : "/// \(line)")
        }
    }

    mutating func decoder(_ body: (inout CodeWriter) -> Void) {
        block("public init(from decoder: inout XDRDecoder) throws(XDRError)", body)
    }

    mutating func encoder(_ body: (inout CodeWriter) -> Void) {
        block("public func encode(to encoder: inout XDREncoder) throws(XDRError)", body)
    }

    /// Counts the depth of a recursive type's value.
    mutating func enter(_ coder: String) {
        line("try \(coder).enter()")
        line("defer { \(coder).leave() }")
    }
}
