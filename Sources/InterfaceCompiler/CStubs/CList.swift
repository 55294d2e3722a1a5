/// Decoder and encoder of a list: node by node, so that its length is bounded by its bytes alone.
struct CList {
    let type: InterfaceType
    let fields: [Field]
    let codecs: CCodecs

    private var name: String { codecs.name }
    private var decodeNode: String { codecs.types.own("decode_node_\(name)") }
    private var encodeNode: String { codecs.types.own("encode_node_\(name)") }
    private var link: String { fields.last?.name ?? "" }
    private var variable: String { "value->\(CNames.value(link))" }

    func write(_ out: inout CodeWriter) {
        writeDecoder(&out)
        writeEncoder(&out)
    }

    private func writeDecoder(_ out: inout CodeWriter) {
        out.blank()
        out.function(
            "static bool \(decodeNode)", ["struct mrn_reader *in", "\(name) *value"]
        ) { out in
            out.line("bool more;")
            out.line()
            out.line("\(variable) = NULL;")
            for field in fields.dropLast() { codecs.writeRead(field, "value->", &out) }
            let failure = "return mrn_reader_in_field(in, \"\(link)\");"
            out.unless(CCall(function: "mrn_read_bool", arguments: ["in", "&more"]), failure)
            out.line("if (!more)")
            out.indented { $0.line("return true;") }
            out.line("\(variable) = mrn_reader_take(in, 1, sizeof *\(variable));")
            out.line("return \(variable) != NULL || mrn_reader_in_field(in, \"\(link)\");")
        }
        codecs.decoder(&out) { out in
            writeLoop("\(decodeNode)(in, value)", "mrn_reader_in_item(in, index)", &out)
        }
    }

    private func writeEncoder(_ out: inout CodeWriter) {
        out.blank()
        out.function(
            "static bool \(encodeNode)", ["struct mrn_writer *out", "const \(name) *value"]
        ) { out in
            for field in fields.dropLast() { codecs.writeWrite(field, "value->", &out) }
            let alternatives = [
                "mrn_write_bool(out, \(variable) != NULL)",
                "mrn_writer_in_field(out, \"\(link)\")",
            ]
            out.list("return ", alternatives, ";", separator: " || ")
        }
        codecs.encoder(&out) { out in
            writeLoop("\(encodeNode)(out, value)", "mrn_writer_in_item(out, index)", &out)
        }
    }

    private func writeLoop(_ call: String, _ failure: String, _ out: inout CodeWriter) {
        out.line("uint32_t index;")
        out.line()
        out.line("for (index = 0; value != NULL; index++, value = \(variable))")
        out.indented { out in
            out.line("if (!\(call))")
            out.indented { $0.line("return \(failure);") }
        }
        out.line("return true;")
    }
}
