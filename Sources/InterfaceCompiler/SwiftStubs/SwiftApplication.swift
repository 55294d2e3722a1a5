/// The client that a master's program uses.
struct SwiftApplication {
    let application: InterfaceApplication
    let hash: [UInt8]
    let types: SwiftTypes

    func write(_ out: inout CodeWriter) {
        let name = SwiftNames.type(application.name)
        out.documentation(application.documentation)
        out.block("public final class \(name): ApplicationClient, Sendable") { out in
            writeDescription(&out)
            out.blank()
            out.line("public let master: Master")
            for field in application.shared {
                out.line(
                    "private let \(variable(field)): SharedVariable<\(types.name(field.type))>")
            }
            out.blank()
            out.block("public init(master: Master)") { out in
                out.line("self.master = master")
                for (slot, field) in application.shared.enumerated() {
                    let arguments = [
                        "master: master", "slot: \(slot)", "initial: \(initial(field))",
                    ]
                    out.swiftList("\(variable(field)) = SharedVariable(", arguments, ")")
                }
            }
            for field in application.shared { writeShared(field, &out) }
            for operation in application.operations {
                SwiftOperation(operation: operation, types: types).write(&out)
            }
        }
    }

    private func initial(_ field: Field) -> String {
        types.model.members(of: field.type) == nil
            ? types.zero(field.type, hidden: names) : "\(types.name(field.type))()"
    }

    private var names: Set<String> {
        Set(application.shared.map(\.name) + application.operations.map(\.procedure.name))
    }

    private func variable(_ field: Field) -> String {
        var name = "\(field.name)Variable"
        while names.contains(name) { name += "_" }
        return name
    }

    private func writeDescription(_ out: inout CodeWriter) {
        out.line("public static let interface = InterfaceDescription(")
        out.indented { out in
            let program = String(application.program, radix: 16)
            out.line(
                "name: \"\(application.name)\", program: 0x\(program), version: \(application.version),"
            )
            out.line("hash: [")
            out.indented { out in
                for start in stride(from: 0, to: hash.count, by: 8) {
                    let row = hash[start..<min(start + 8, hash.count)].map { hex($0) }
                    out.line(row.joined(separator: ", ") + ",")
                }
            }
            out.line("],")
            let shared = application.shared.map { "\"\($0.name)\"" }.joined(separator: ", ")
            out.line("shared: [\(shared)],")
            out.line("procedures: [")
            out.indented { out in
                for operation in application.operations {
                    let procedure = operation.procedure
                    let reads = operation.reads.map { "\($0)" }.joined(separator: ", ")
                    out.line("ProcedureDescription(")
                    out.indented {
                        $0.line(
                            "number: \(procedure.number), name: \"\(procedure.name)\", "
                                + "kind: .\(operation.kind.caseName), reads: [\(reads)]"
                                + (operation.replacesEarlier ? ", replacesEarlier: true)," : "),"))
                    }
                }
            }
            out.line("])")
        }
    }

    private func hex(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16)
        return "0x" + (digits.count == 1 ? "0" : "") + digits
    }

    private func writeShared(_ field: Field, _ out: inout CodeWriter) {
        out.blank()
        out.documentation(field.documentation)
        out.block("public var \(SwiftNames.value(field.name)): \(types.name(field.type))") { out in
            out.line("get { \(variable(field)).value }")
            out.line("set { \(variable(field)).value = newValue }")
        }
    }
}

extension OperationKind {
    /// Of `ProcedureDescription.Kind`.
    fileprivate var caseName: String {
        switch self {
        case .context: "context"
        case .worker: "worker"
        case .pure: "pure"
        case .once: "once"
        }
    }
}
