/// The functions that the user implements, and the tables from which the runtime calls them.
struct CApplication {
    let application: InterfaceApplication
    let model: InterfaceModel
    let types: CTypes

    private var prefix: String { application.name.snakeCased }

    // MARK: Header

    func writeHeader(_ out: inout CodeWriter) {
        out.blank()
        out.line("/* To be implemented: true when done, false after mrn_fail. */")
        for operation in application.operations {
            out.blank()
            out.comment(operation.procedure.documentation)
            out.list("bool \(function(operation))(", signature(operation), ");")
        }
        out.blank()
        out.line("extern const struct mrn_application \(types.description(of: application));")
    }

    func function(_ operation: InterfaceOperation) -> String {
        "\(prefix)_\(operation.procedure.name.snakeCased)"
    }

    private func decode(_ shared: Field) -> String { types.own("decode_shared_\(shared.name)") }

    private func execute(_ procedure: InterfaceProcedure) -> String {
        types.own("execute_\(procedure.name.snakeCased)")
    }

    /// Shared data first, then the arguments, then the result. A parameter would hide a type of its
    /// name from those behind it, and be what a macro of its name stands for.
    func signature(_ operation: InterfaceOperation) -> [String] {
        var used = types.namesOfTypes.union(model.declaredInC).union(types.macros)
            .union(["call", "result"])
        func free(_ name: String) -> String {
            var name = CNames.value(name)
            while !used.insert(name).inserted { name += "_" }
            return name
        }
        let shared = operation.reads.map { slot in
            types.parameter(application.shared[slot].type, free(application.shared[slot].name))
        }
        let parameters = operation.procedure.parameters.map {
            types.parameter($0.type, free($0.name))
        }
        let result = operation.procedure.result.map { [types.result($0, "result")] } ?? []
        return ["struct mrn_call *call"] + shared + parameters + result
    }

    // MARK: Source

    func writeSource(_ out: inout CodeWriter) {
        for field in application.shared { writeShared(field, &out) }
        for operation in application.operations { writeExecute(operation, &out) }
        writeTables(&out)
    }

    private func writeShared(_ field: Field, _ out: inout CodeWriter) {
        out.blank()
        out.function("static bool \(decode(field))", ["struct mrn_reader *in", "void *value"]) {
            out in
            let call = CCall(
                function: "\(types.name(field.type))_decode", arguments: ["in", "value"])
            out.line("return \(call.text) || mrn_reader_in_field(in, \"\(field.name)\");")
        }
    }

    private func writeExecute(_ operation: InterfaceOperation, _ out: inout CodeWriter) {
        let procedure = operation.procedure
        out.blank()
        out.function(
            "static bool \(execute(procedure))",
            [
                "struct mrn_call *call", "const void *const *shared", "struct mrn_reader *in",
                "struct mrn_writer *out",
            ]
        ) { out in
            writeVariables(procedure, &out)
            if operation.reads.isEmpty { out.line("(void)shared;") }
            if procedure.result == nil { out.line("(void)out;") }
            writeArguments(procedure, &out)
            writeCall(operation, &out)
        }
    }

    private func writeVariables(_ procedure: InterfaceProcedure, _ out: inout CodeWriter) {
        if !procedure.parameters.isEmpty {
            out.block("struct arguments", closing: "} decoded;") { out in
                for parameter in procedure.parameters {
                    out.line("\(types.declaration(parameter.type, CNames.value(parameter.name)));")
                }
            }
            out.line("const struct arguments *arguments = &decoded;")
        }
        if let result = procedure.result { out.line("\(types.declaration(result, "result"));") }
        if !procedure.parameters.isEmpty || procedure.result != nil { out.line() }
    }

    private func writeArguments(_ procedure: InterfaceProcedure, _ out: inout CodeWriter) {
        if !procedure.parameters.isEmpty { out.line("memset(&decoded, 0, sizeof decoded);") }
        for parameter in procedure.parameters {
            out.unless(
                types.read(parameter.type, "decoded.\(CNames.value(parameter.name))"),
                "return mrn_reader_in_field(in, \"\(parameter.name)\");")
        }
        out.line("if (!mrn_reader_finish(in))")
        out.indented { $0.line("return false;") }
    }

    private func writeCall(_ operation: InterfaceOperation, _ out: inout CodeWriter) {
        let procedure = operation.procedure
        let shared = operation.reads.map { slot in
            let type = application.shared[slot].type
            let value = "shared[\(slot)]"
            return types.isScalar(type) ? "*(const \(types.name(type)) *)\(value)" : value
        }
        let parameters = procedure.parameters.map {
            types.argument($0.type, "arguments->\(CNames.value($0.name))")
        }
        let arguments = ["call"] + shared + parameters
        guard let result = procedure.result else {
            out.list("return \(function(operation))(", arguments, ");")
            return
        }
        out.line("memset(&result, 0, sizeof result);")
        out.unless(
            CCall(
                function: function(operation),
                arguments: arguments + [types.address(result, "result")]),
            "return false;")
        let alternatives = [writeResult(result).text, "mrn_writer_in_field(out, \"result\")"]
        out.list("return ", alternatives, ";", separator: " || ")
    }

    private func writeResult(_ result: ValueType) -> CCall {
        var call = types.write(result, "result")
        if case .array(let item, _) = model.resolved(result), let last = call.arguments.indices.last
        {
            call.arguments[last] = types.constant(item, call.arguments[last])
        }
        return call
    }

    private func writeTables(_ out: inout CodeWriter) {
        if !application.shared.isEmpty {
            out.blank()
            out.block("static const struct mrn_shared shared_data[] =", closing: "};") { out in
                for field in application.shared {
                    out.line(
                        "{\"\(field.name)\", sizeof(\(types.name(field.type))), \(decode(field))},"
                    )
                }
            }
        }
        out.blank()
        out.block("static const struct mrn_procedure procedures[] =", closing: "};") { out in
            for operation in application.operations {
                let procedure = operation.procedure
                out.line(
                    "{\(procedure.number), \"\(procedure.name)\", \(operation.kind.constant), "
                        + "\(operation.readBits), \(execute(procedure))},")
            }
        }
        out.blank()
        writeDescription(&out)
    }

    func writeDescription(_ out: inout CodeWriter, linkage: String = "") {
        let name = types.description(of: application)
        out.block("\(linkage)const struct mrn_application \(name) =", closing: "};") { out in
            out.line("\"\(application.name)\",")
            out.line("UINT32_C(0x\(String(application.program, radix: 16))),")
            out.line("\(application.version),")
            let hash = model.hash.bytes.map(\.hexadecimal)
            // As clang-format breaks it.
            for start in stride(from: 0, to: hash.count, by: 11) {
                let row = hash[start..<min(start + 11, hash.count)].joined(separator: ", ")
                let isLast = start + 11 >= hash.count
                out.line((start == 0 ? "{" : " ") + row + (isLast ? "}," : ","))
            }
            out.line("procedures,")
            out.line("\(application.operations.count),")
            out.line(application.shared.isEmpty ? "NULL," : "shared_data,")
            out.line("\(application.shared.count),")
        }
    }
}

extension OperationKind {
    /// Of `enum mrn_procedure_kind`.
    var constant: String {
        switch self {
        case .context: "MRN_CONTEXT"
        case .worker: "MRN_WORKER"
        case .pure: "MRN_WORKER_PURE"
        case .once: "MRN_WORKER_ONCE"
        }
    }
}

extension InterfaceOperation {
    /// The slots that it reads, as bits.
    var readBits: String {
        let bits = reads.reduce(UInt64(0)) { $0 | 1 << UInt64($1) }
        return bits == 0 ? "0" : "UINT64_C(0x\(String(bits, radix: 16)))"
    }
}

extension CTypes {
    func description(of application: InterfaceApplication) -> String {
        own("\(application.name.snakeCased)_application")
    }

    /// What declarations call types of values, beside words of C.
    var namesOfTypes: Set<String> {
        let numbers: [ValueType] = [
            .int, .unsignedInt, .hyper, .unsignedHyper, .quadruple, .opaque(count: 1),
        ]
        return Set(model.types.map { CNames.type($0.name) } + numbers.map(name))
    }
}
