/// Numbers of an RFC 5531 program: a namespace for each version, a constant for each procedure.
struct SwiftProgram {
    let program: InterfaceProgram

    func write(_ out: inout CodeWriter) {
        out.documentation(program.documentation)
        out.block("public enum \(SwiftNames.type(program.name))") { out in
            out.line("public static let number: UInt32 = 0x\(String(program.number, radix: 16))")
            for version in program.versions {
                out.blank()
                out.block("public enum \(name(version.name, SwiftNames.type))") { out in
                    out.line("public static let number: UInt32 = \(version.number)")
                    for procedure in version.procedures {
                        out.documentation(procedure.documentation)
                        out.line(
                            "public static let \(name(procedure.name, SwiftNames.value)): UInt32 = "
                                + "\(procedure.number)")
                    }
                }
            }
        }
    }

    /// Beside `number`.
    private func name(_ name: String, _ written: (String) -> String) -> String {
        name.withoutUnderscores == "number" ? name + "_" : written(name)
    }
}
