/// The protocol that a worker in Swift implements, and the functions that the runtime calls.
struct SwiftWorker {
    let application: InterfaceApplication
    let types: SwiftTypes

    private var worker: String { free("\(application.name)Worker") }
    private var protocolName: String { free("\(application.name)Operations") }
    private var context: String { free("context") }

    /// The interface's own names go before those that are made.
    private func free(_ name: String) -> String {
        var name = name
        let declared = types.declared
        while declared.contains(name) { name += "_" }
        return name
    }

    func write(_ out: inout CodeWriter) {
        writeProtocol(&out)
        out.blank()
        out.line(
            "// Safe because: a process of the slave executes one operation at a time, on one thread."
        )
        out.line("private nonisolated(unsafe) var \(context) = \(worker)()")
        for field in application.shared {
            let type = types.name(field.type)
            out.line("private nonisolated(unsafe) let \(variable(field)) =")
            out.indented { $0.line("SharedValue<\(type)>(initial: \(types.zero(field.type)))") }
        }
        for field in application.shared { writeDecode(field, &out) }
        writeExecutions(&out)
        for operation in application.operations { writeEntry(operation, &out) }
    }

    private func variable(_ field: Field) -> String { free("\(field.name)Value") }

    // MARK: The protocol

    private func writeProtocol(_ out: inout CodeWriter) {
        out.documentation(application.documentation)
        if application.documentation != nil { out.line("///") }
        out.documentation(
            """
            A worker implements it in a type called `\(worker)`. Its value is the context: context
            operations change it, the others read it.
            """)
        out.block("public protocol \(protocolName)") { out in
            out.documentation("The context before the first context operation.")
            out.line("init()")
            for operation in application.operations {
                out.blank()
                out.documentation(operation.procedure.documentation)
                let result = operation.procedure.result.map { " -> \(types.name($0))" } ?? ""
                let keyword = operation.kind == .context ? "mutating func" : "func"
                out.swiftList(
                    "\(keyword) \(SwiftNames.value(operation.procedure.name))(",
                    signature(operation), ") throws(OperationFailure)\(result)",
                    tailStandsAlone: true)
            }
        }
    }

    /// The arguments, of which a single one has no label, then the shared data.
    func signature(_ operation: InterfaceOperation) -> [String] {
        var used: Set<String> = []
        func parameter(_ field: Field, label: String) -> String {
            var name = SwiftNames.value(field.name)
            while !used.insert(name).inserted { name += "_" }
            let names = label == name ? name : "\(label) \(name)"
            return "\(names): \(types.name(field.type))"
        }
        let parameters = operation.procedure.parameters
        let arguments = parameters.map { field in
            parameter(field, label: parameters.count == 1 ? "_" : SwiftNames.value(field.name))
        }
        let shared = operation.reads.map { slot in
            let field = application.shared[slot]
            return parameter(field, label: SwiftNames.value(field.name))
        }
        return arguments + shared
    }

    // MARK: What the runtime calls

    private func writeDecode(_ field: Field, _ out: inout CodeWriter) {
        out.blank()
        out.line("@c(\(application.decodeFunction(field)))")
        out.block(
            "public func \(free("decode\(field.name.capitalizedFirst)"))"
                + "(_ reader: OpaquePointer, _ value: OpaquePointer?) -> Bool"
        ) { out in
            out.block("\(variable(field)).decode(reader)") { out in
                out.line(
                    "(decoder: inout XDRDecoder) throws(XDRError) -> \(types.name(field.type)) in")
                types.decode(field.type, field: field.name, "return ", &out)
            }
        }
    }

    /// Through the protocol, whose requirements throw even where the author's methods don't: a
    /// `try` before those would be warned of.
    private func writeExecutions(_ out: inout CodeWriter) {
        out.blank()
        out.block("extension \(protocolName)") { out in
            for (index, operation) in application.operations.enumerated() {
                if index > 0 { out.blank() }
                let keyword = operation.kind == .context ? "mutating func" : "func"
                out.block(
                    "fileprivate \(keyword) \(method(operation))(_ call: OperationCall) -> Bool"
                ) { out in
                    out.line("call.answer(")
                    out.indented { out in
                        writeDecoding(operation.procedure, &out)
                        writeExecuting(operation, &out)
                        writeEncoding(operation.procedure, &out)
                    }
                }
            }
        }
    }

    private func method(_ operation: InterfaceOperation) -> String {
        free("execute\(operation.procedure.name.capitalizedFirst)")
    }

    private func writeEntry(_ operation: InterfaceOperation, _ out: inout CodeWriter) {
        out.blank()
        out.line("@c(\(application.executeFunction(operation)))")
        out.line("public func \(method(operation))(")
        out.indented { out in
            out.line("_ call: OpaquePointer, _ shared: OpaquePointer?, _ arguments: OpaquePointer,")
            out.line("_ result: OpaquePointer")
        }
        out.block(") -> Bool") { out in
            out.line("\(context).\(method(operation))(")
            out.indented {
                $0.line("OperationCall(call, arguments: arguments, result: result))")
            }
        }
    }

    private func argumentType(_ procedure: InterfaceProcedure) -> String {
        let names = procedure.parameters.map { types.name($0.type) }
        return names.count == 1 ? names[0] : "(\(names.joined(separator: ", ")))"
    }

    private func writeDecoding(_ procedure: InterfaceProcedure, _ out: inout CodeWriter) {
        let parameters = procedure.parameters
        out.block("decoding:", closing: "},") { out in
            let decoder = parameters.isEmpty ? "_" : "decoder"
            out.line(
                "(\(decoder): inout XDRDecoder) throws(XDRError) -> \(argumentType(procedure)) in")
            if parameters.count == 1 {
                types.decode(parameters[0].type, field: parameters[0].name, "return ", &out)
                return
            }
            for (index, parameter) in parameters.enumerated() {
                let target = "let value\(index): \(types.name(parameter.type)) = "
                types.decode(parameter.type, field: parameter.name, target, &out)
            }
            let values = parameters.indices.map { "value\($0)" }
            out.swiftList("return (", values, ")")
        }
    }

    private func writeExecuting(_ operation: InterfaceOperation, _ out: inout CodeWriter) {
        let procedure = operation.procedure
        let parameters = procedure.parameters
        let result = procedure.result.map { types.name($0) } ?? "Void"
        out.block("executing:", closing: "},") { out in
            let name = parameters.isEmpty ? "_" : "arguments"
            out.line(
                "(\(name): \(argumentType(procedure))) throws(OperationFailure) -> \(result) in")
            let arguments =
                parameters.count == 1
                ? ["arguments"]
                : parameters.enumerated().map { "\(SwiftNames.label($1.name)): arguments.\($0)" }
            let shared = operation.reads.map { slot in
                let field = application.shared[slot]
                return "\(SwiftNames.label(field.name)): \(variable(field)).value"
            }
            out.swiftList(
                "try self.\(SwiftNames.member(procedure.name))(", arguments + shared, ")")
        }
    }

    private func writeEncoding(_ procedure: InterfaceProcedure, _ out: inout CodeWriter) {
        out.block("encoding:", closing: "})") { out in
            guard let result = procedure.result else {
                out.line("(_: Void, _: inout XDREncoder) throws(XDRError) in")
                return
            }
            out.line(
                "(value: \(types.name(result)), encoder: inout XDREncoder) throws(XDRError) in")
            types.encode(result, field: "result", "value", &out)
        }
    }
}

extension String {
    fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
