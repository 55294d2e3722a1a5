/// An enumeration with the numbers of the wire as raw values.
struct SwiftEnumeration {
    let type: InterfaceType
    let members: [EnumerationMember]

    func write(_ out: inout CodeWriter) {
        let name = SwiftNames.type(type.name)
        let distinct = members.distinct
        out.documentation(type.documentation)
        out.block("public enum \(name): Int32, CaseIterable, Hashable, Sendable, XDRCodable") {
            out in
            for member in distinct {
                out.documentation(member.documentation)
                out.line("case \(SwiftNames.value(member.name)) = \(member.value)")
            }
            for member in members where !distinct.contains(member) {
                guard let first = distinct.first(of: Int64(member.value)) else { continue }
                out.documentation(member.documentation)
                out.line(
                    "public static let \(SwiftNames.value(member.name)) = "
                        + "\(name).\(SwiftNames.value(first.name))")
            }
            out.blank()
            let zero = distinct.first(of: 0) ?? distinct[0]
            out.line("public init() { self = .\(SwiftNames.value(zero.name)) }")
            out.blank()
            out.decoder { $0.line("self = try decoder.member()") }
            out.blank()
            out.encoder { $0.line("try encoder.integer(rawValue)") }
        }
    }
}
