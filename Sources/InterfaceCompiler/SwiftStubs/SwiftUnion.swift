/// An enumeration with a case for each value of the discriminant, and its field as the payload.
struct SwiftUnion {
    let type: InterfaceType
    let union: UnionType
    let types: SwiftTypes

    /// One value of the discriminant, or the rest of them.
    private struct Case {
        var name: String
        /// As a pattern and as a value; nil for the default.
        var value: String?
        var arm: UnionType.Arm
    }

    private var name: String { SwiftNames.type(type.name) }
    /// A property; cases stand in the same space and keep their names.
    private var discriminant: String {
        var name = SwiftNames.value(union.discriminant.name)
        while cases.contains(where: { $0.name == name }) {
            name = SwiftNames.value(name.filter { $0 != "`" } + "_")
        }
        return name
    }
    private var discriminantType: String { types.name(union.discriminant.type) }

    private var cases: [Case] {
        // A default that no value is left for can't be reached, and the compiler would say so.
        union.arms.filter { !$0.labels.isEmpty || !labelsAreExhaustive }.flatMap { arm in
            arm.labels.isEmpty
                ? [Case(name: otherwise, value: nil, arm: arm)]
                : arm.labels.map { self.case(of: $0, arm) }
        }
    }

    private var otherwise: String {
        let members = types.model.members(of: union.discriminant.type) ?? []
        return members.contains { $0.name == "otherwise" } ? "otherwise_" : "otherwise"
    }

    private func `case`(of label: UnionType.Label, _ arm: UnionType.Arm) -> Case {
        if let member = types.model.members(of: union.discriminant.type)?.first(of: label.value) {
            let name = SwiftNames.value(member.name)
            return Case(name: name, value: ".\(name)", arm: arm)
        }
        if case .bool = types.model.resolved(union.discriminant.type) {
            let word = label.value == 1 ? "true" : "false"
            return Case(name: label.value == 1 ? "caseTrue" : "caseFalse", value: word, arm: arm)
        }
        let sign = label.value < 0 ? "Minus" : ""
        return Case(name: "case\(sign)\(label.value.magnitude)", value: "\(label.value)", arm: arm)
    }

    func write(_ out: inout CodeWriter) {
        let indirect = types.recursion.isTree(type) ? "indirect " : ""
        out.documentation(type.documentation)
        out.block("public \(indirect)enum \(name): Hashable, Sendable, XDRCodable") { out in
            for each in cases {
                out.documentation(each.arm.documentation)
                out.line("case \(each.name)\(payload(each))")
            }
            out.blank()
            out.line("public init() { self = \(zero) }")
            out.blank()
            writeDiscriminant(&out)
            out.blank()
            writeDecoding(&out)
            out.blank()
            writeEncoding(&out)
        }
    }

    private func payload(_ each: Case) -> String {
        let parts = (each.value == nil ? [discriminantType] : []) + fieldType(each.arm)
        return parts.isEmpty ? "" : "(\(parts.joined(separator: ", ")))"
    }

    private func fieldType(_ arm: UnionType.Arm) -> [String] {
        arm.field.map { [types.name($0.type)] } ?? []
    }

    private var zero: String {
        let labels = union.arms[union.zeroArm].labels
        let first = cases.first { $0.arm.labels == labels } ?? cases[0]
        let parts =
            (first.value == nil ? [types.zero(union.discriminant.type, hidden: hidden)] : [])
            + (first.arm.field.map { [types.zero($0.type, hidden: hidden)] } ?? [])
        return ".\(first.name)" + (parts.isEmpty ? "" : "(\(parts.joined(separator: ", ")))")
    }

    /// What stands in the enumeration hides types of the same name.
    private var hidden: Set<String> { Set([union.discriminant.name] + cases.map(\.name)) }

    private func writeDiscriminant(_ out: inout CodeWriter) {
        out.block("public var \(discriminant): \(discriminantType)") { out in
            out.line("switch self {")
            for each in cases {
                if let value = each.value {
                    out.line("case .\(each.name): \(value)")
                } else {
                    let pattern = each.arm.field == nil ? "let value" : "let value, _"
                    out.line("case .\(each.name)(\(pattern)): value")
                }
            }
            out.line("}")
        }
    }

    // MARK: Decoding

    private func writeDecoding(_ out: inout CodeWriter) {
        out.decoder { out in
            if types.recursion.isTree(type) { out.enter("decoder") }
            types.decode(
                union.discriminant.type, field: union.discriminant.name,
                "let discriminant: \(discriminantType) = ", &out)
            out.line("switch discriminant {")
            for each in cases {
                let label = each.value.map { "case \($0):" } ?? "default:"
                out.arm(label) { writeDecoding(of: each, &$0) }
            }
            if !isExhaustive {
                out.line("default:")
                out.indented { out in
                    out.swiftList("throw decoder.error(", [refusal], ")")
                }
            }
            out.line("}")
        }
    }

    private func writeDecoding(of each: Case, _ out: inout CodeWriter) {
        let extra = each.value == nil ? ["discriminant"] : []
        guard let field = each.arm.field else {
            let parts = extra.isEmpty ? "" : "(discriminant)"
            out.line("self = .\(each.name)\(parts)")
            return
        }
        guard let call = types.decodeCall(field) else {
            let target = "let value: \(types.name(field.type)) = "
            types.decode(field.type, field: field.name, target, &out)
            out.line("self = .\(each.name)(\((extra + ["value"]).joined(separator: ", ")))")
            return
        }
        out.swiftList("self = try .\(each.name)(", extra + [call], ")")
    }

    /// Every value of the discriminant has its case: a `default` would never be executed.
    private var isExhaustive: Bool {
        labelsAreExhaustive || union.arms.contains(where: \.labels.isEmpty)
    }

    private var labelsAreExhaustive: Bool {
        let values = Set(union.arms.flatMap { $0.labels.map(\.value) })
        if let members = types.model.members(of: union.discriminant.type) {
            return members.allSatisfy { values.contains(Int64($0.value)) }
        }
        if case .bool = types.model.resolved(union.discriminant.type) { return values.count == 2 }
        return false
    }

    private var refusal: String {
        ".notMember(type: \"\(type.name)\", value: Int64(\(number("discriminant"))))"
    }

    private func number(_ value: String) -> String {
        if types.model.members(of: union.discriminant.type) != nil { return "\(value).rawValue" }
        if case .bool = types.model.resolved(union.discriminant.type) { return "\(value) ? 1 : 0" }
        return value
    }

    // MARK: Encoding

    private func writeEncoding(_ out: inout CodeWriter) {
        out.encoder { out in
            if types.recursion.isTree(type) { out.enter("encoder") }
            types.encode(
                union.discriminant.type, field: union.discriminant.name, "self.\(discriminant)",
                &out)
            out.line("switch self {")
            for each in cases {
                if each.value == nil {
                    writeDefaultEncoding(each, &out)
                } else if let field = each.arm.field {
                    out.arm("case .\(each.name)(let value):") {
                        types.encode(field.type, field: field.name, "value", &$0)
                    }
                } else {
                    out.line("case .\(each.name): break")
                }
            }
            out.line("}")
        }
    }

    /// A discriminant with a case of its own would be decoded as that case.
    private func writeDefaultEncoding(_ each: Case, _ out: inout CodeWriter) {
        let field = each.arm.field
        let taken = cases.compactMap(\.value)
        let name = taken.isEmpty ? "_" : "let discriminant"
        out.line("case .\(each.name)(\(name)\(field == nil ? "" : ", let value")):")
        out.indented { out in
            if !taken.isEmpty {
                out.line("switch discriminant {")
                out.swiftList("case ", taken, ":", breaksBefore: false)
                out.indented { out in
                    out.swiftList("throw encoder.error(", [refusal], ")")
                }
                out.line("default: break")
                out.line("}")
            }
            if let field {
                types.encode(field.type, field: field.name, "value", &out)
            } else if taken.isEmpty {
                out.line("break")
            }
        }
    }
}
