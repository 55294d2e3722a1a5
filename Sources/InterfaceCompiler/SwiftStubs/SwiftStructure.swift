/// A struct of Swift, of value semantics, for a struct of the interface.
struct SwiftStructure {
    let type: InterfaceType
    let fields: [Field]
    let types: SwiftTypes

    func write(_ out: inout CodeWriter) {
        out.documentation(type.documentation)
        let isFlat = types.flatness.size(.named(type.name)) != nil
        let coding = isFlat ? "XDRFlat" : "XDRCodable"
        let conformances = isList ? "XDRListNode" : "Hashable, Sendable, \(coding)"
        out.block("public struct \(name): \(conformances)") { out in
            for field in fields {
                out.documentation(field.documentation)
                out.line("\(wrapper(field))public var \(declaration(field))")
            }
            out.blank()
            writeInitializer(&out)
            out.blank()
            if isList {
                writeList(&out)
            } else {
                out.decoder { writeDecoding(fields, &$0) }
                out.blank()
                if isFlat {
                    SwiftFlat(fields: fields, types: types).write(&out)
                } else {
                    out.encoder { writeEncoding(fields, &$0) }
                }
            }
        }
    }

    private var name: String { SwiftNames.type(type.name) }
    private var isList: Bool { types.recursion.isList(type) }

    private func declaration(_ field: Field) -> String {
        "\(SwiftNames.value(field.name)): \(types.name(field.type))"
    }

    /// For an optional of a type that contains this one: else the struct would have no size.
    private func wrapper(_ field: Field) -> String {
        if isList, field.name == fields.last?.name { return "@Linked " }
        guard case .optional(let item) = types.model.resolved(field.type),
            case .named(let name) = types.model.resolved(item),
            types.recursion.leadsBack(from: name, to: type)
        else { return "" }
        return "@Recursive "
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

    private func writeDecoding(_ fields: [Field], _ out: inout CodeWriter) {
        if types.recursion.isTree(type), !isList { out.enter("decoder") }
        if let arguments = initializerArguments(fields) {
            out.swiftArguments("try self.init(", arguments, ")")
            return
        }
        for field in fields {
            types.decode(
                field.type, field: field.name, "self.\(SwiftNames.member(field.name)) = ", &out)
        }
    }

    /// Of the memberwise initializer: what is assigned field by field is copied once more, because
    /// each may throw. nil where an argument takes several lines, and where the compiler would take
    /// long with so many.
    private func initializerArguments(_ fields: [Field]) -> [String]? {
        guard fields.count <= 32 else { return nil }
        let arguments = fields.compactMap { field in
            types.decodeCall(field).map { "\(SwiftNames.label(field.name)): \($0)" }
        }
        let fit = arguments.allSatisfy { $0.count + 16 <= CodeWriter.width }
        return fit && arguments.count == fields.count ? arguments : nil
    }

    private func writeEncoding(_ fields: [Field], _ out: inout CodeWriter) {
        if types.recursion.isTree(type), !isList { out.enter("encoder") }
        for field in fields {
            let value = SwiftNames.property(field.name, hidden: ["encoder", "item"])
            types.encode(field.type, field: field.name, value, &out)
        }
    }

    // MARK: Lists

    /// The runtime goes from node to node; here is what one of them has.
    private func writeList(_ out: inout CodeWriter) {
        let link = fields.last?.name ?? ""
        let isTree = types.recursion.isTree(type)
        out.decoder { out in
            if isTree { out.enter("decoder") }
            out.line("self = try decoder.list(link: \"\(link)\")")
        }
        out.blank()
        out.encoder { out in
            if isTree { out.enter("encoder") }
            out.line("try encoder.list(self, link: \"\(link)\")")
        }
        out.blank()
        out.block("public init(node decoder: inout XDRDecoder) throws(XDRError)") {
            writeDecoding(fields.dropLast(), &$0)
        }
        out.blank()
        out.block("public func encode(node encoder: inout XDREncoder) throws(XDRError)") {
            writeEncoding(fields.dropLast(), &$0)
        }
        out.blank()
        out.block("public var linkToNext: Linked<\(name)>") { out in
            out.line("get { _\(SwiftNames.member(link)) }")
            out.line("set { _\(SwiftNames.member(link)) = newValue }")
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
