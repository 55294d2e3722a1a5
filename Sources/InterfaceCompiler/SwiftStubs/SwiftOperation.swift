/// The client's method for an operation; for a worker operation one more, that takes many arguments
/// and gives results as they finish.
struct SwiftOperation {
    let operation: InterfaceOperation
    let types: SwiftTypes

    private var procedure: InterfaceProcedure { operation.procedure }
    private var name: String { SwiftNames.value(procedure.name) }
    private var resultType: String { procedure.result.map { types.name($0) } ?? "Void" }

    func write(_ out: inout CodeWriter) {
        out.blank()
        out.documentation(procedure.documentation)
        if operation.kind == .context {
            writeUpdate(&out)
            return
        }
        writeSingle(&out)
        guard !procedure.parameters.isEmpty else { return }
        out.blank()
        out.documentation(procedure.documentation)
        writeEach(&out)
    }

    /// One parameter has no label: `setQuality(4)`.
    private var signature: [String] {
        procedure.parameters.map { parameter in
            let outer = SwiftNames.value(parameter.name)
            let inner = SwiftNames.parameter(parameter.name)
            let label = procedure.parameters.count == 1 ? "_ " : outer == inner ? "" : "\(outer) "
            return "\(label)\(inner): \(types.name(parameter.type))"
        }
    }

    private func writeEncoding(_ values: [String], _ out: inout CodeWriter) {
        for (parameter, value) in zip(procedure.parameters, values) {
            types.encode(parameter.type, field: parameter.name, value, &out)
        }
    }

    private var names: [String] { procedure.parameters.map { SwiftNames.parameter($0.name) } }

    /// A parameter of the closure without a use has no name.
    private var encoderName: String { procedure.parameters.isEmpty ? "_" : "encoder" }

    private func writeUpdate(_ out: inout CodeWriter) {
        out.swiftList(
            "public nonisolated(nonsending) func \(name)(", signature, ") async throws {",
            tailStandsAlone: true)
        out.indented { out in
            out.block("try await master.update(procedure: \(procedure.number))") { out in
                out.line("(\(encoderName): inout XDREncoder) throws(XDRError) in")
                writeEncoding(names, &out)
            }
        }
        out.line("}")
    }

    private func writeSingle(_ out: inout CodeWriter) {
        let arrow = procedure.result == nil ? "" : " -> \(resultType)"
        out.swiftList(
            "public nonisolated(nonsending) func \(name)(", signature, ") async throws\(arrow) {",
            tailStandsAlone: true)
        out.indented { out in
            out.line("try await master.perform(")
            out.indented { out in
                out.line("procedure: \(procedure.number),")
                out.block("", opening: "{", closing: "},") { out in
                    out.line("(\(encoderName): inout XDREncoder) throws(XDRError) in")
                    writeEncoding(names, &out)
                }
                writeDecoding(&out)
            }
        }
        out.line("}")
    }

    private func writeEach(_ out: inout CodeWriter) {
        let argument = argumentType
        out.line("public func \(name)(")
        out.indented { $0.line("each arguments: some Sequence<\(argument)> & Sendable") }
        out.block(") -> OperationResults<\(argument), \(resultType)>") { out in
            out.line("master.perform(")
            out.indented { out in
                out.line("procedure: \(procedure.number), each: arguments,")
                out.block("encode:", closing: "},") { out in
                    out.line("(argument, encoder) throws(XDRError) in")
                    let values =
                        procedure.parameters.count == 1
                        ? ["argument"]
                        : procedure.parameters.map { "argument.\(SwiftNames.member($0.name))" }
                    writeEncoding(values, &out)
                }
                writeDecoding(&out)
            }
        }
    }

    private var argumentType: String {
        let parameters = procedure.parameters
        if parameters.count == 1 { return types.name(parameters[0].type) }
        let parts = parameters.map { "\(SwiftNames.value($0.name)): \(types.name($0.type))" }
        return "(\(parts.joined(separator: ", ")))"
    }

    private func writeDecoding(_ out: inout CodeWriter) {
        out.block("decode:", closing: "})") { out in
            guard let result = procedure.result else {
                out.line("(_: inout XDRDecoder) throws(XDRError) -> Void in")
                return
            }
            out.line("(decoder: inout XDRDecoder) throws(XDRError) -> \(resultType) in")
            types.decode(result, field: "result", "", &out)
        }
    }
}
