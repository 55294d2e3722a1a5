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
            out.swiftCollection("hash: [", hash.map(\.hexadecimal), "],")
            out.swiftCollection("shared: [", application.shared.map { "\"\($0.name)\"" }, "],")
            out.line("procedures: [")
            out.indented { out in
                // A single one has no comma behind it: so swift-format wants it.
                let tail = application.operations.count > 1 ? "," : ""
                for operation in application.operations {
                    writeDescription(of: operation, tail, &out)
                }
            }
            out.line("])")
        }
    }

    private func writeDescription(
        of operation: InterfaceOperation, _ tail: String, _ out: inout CodeWriter
    ) {
        out.line("ProcedureDescription(")
        out.indented { out in
            out.swiftCollection(
                "number: \(operation.procedure.number), name: \"\(operation.procedure.name)\", "
                    + "kind: .\(operation.kind.caseName), reads: [",
                operation.reads.map { "\($0)" },
                (operation.replacesEarlier ? "], replacesEarlier: true)" : "])") + tail,
                breakingBefore: "reads: [")
        }
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

extension UInt8 {
    /// As Swift and C write it.
    var hexadecimal: String { (self < 16 ? "0x0" : "0x") + String(self, radix: 16) }
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
