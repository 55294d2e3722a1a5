/// Functions of the generated file's own for arrays and optionals, one for each type of item that occurs.
struct CHelpers {
    let types: CTypes

    private enum Shape: Int { case items, array, optional }

    private struct Helper: Hashable {
        var shape: Shape
        var item: ValueType
    }

    func write(_ out: inout CodeWriter) {
        for helper in needed() {
            switch helper.shape {
            case .items: writeItems(helper.item, &out)
            case .array: writeArray(helper.item, &out)
            case .optional: writeOptional(helper.item, &out)
            }
        }
    }

    /// In the order of their first use; an array of variable length uses the one of fixed length.
    private func needed() -> [Helper] {
        var helpers: [Helper] = []
        var seen: Set<Helper> = []
        func need(_ helper: Helper) {
            if seen.insert(helper).inserted { helpers.append(helper) }
        }
        for type in types.model.usedTypes {
            switch type {
            case .array(let item, _) where !item.isNumber: need(Helper(shape: .items, item: item))
            case .arrayVariable(let item, _) where !item.isNumber:
                need(Helper(shape: .items, item: item))
                need(Helper(shape: .array, item: item))
            case .optional(let item): need(Helper(shape: .optional, item: item))
            default: break
            }
        }
        return helpers
    }

    private func writeItems(_ item: ValueType, _ out: inout CodeWriter) {
        let name = types.name(item)
        out.blank()
        out.function(
            "static bool read_items_\(name)",
            ["struct mrn_reader *in", "uint32_t count", "\(name) *items"]
        ) { out in
            writeLoop(types.read(item, "items[i]"), "mrn_reader_in_item(in, i)", &out)
        }
        out.blank()
        out.function(
            "static bool write_items_\(name)",
            ["struct mrn_writer *out", "uint32_t count", "const \(name) *items"]
        ) { out in
            writeLoop(types.write(item, "items[i]"), "mrn_writer_in_item(out, i)", &out)
        }
    }

    private func writeLoop(_ call: CCall, _ failure: String, _ out: inout CodeWriter) {
        out.line("uint32_t i;")
        out.line()
        out.line("for (i = 0; i < count; i++)")
        out.indented { $0.unless(call, "return \(failure);") }
        out.line("return true;")
    }

    private func writeArray(_ item: ValueType, _ out: inout CodeWriter) {
        let name = types.name(item)
        out.blank()
        out.function(
            "static bool read_array_\(name)",
            ["struct mrn_reader *in", "uint32_t max", "struct mrn_array_\(name) *value"]
        ) { out in
            out.line("uint32_t count;")
            out.line()
            out.line("value->count = 0;")
            out.line("value->items = NULL;")
            let least = types.model.bytesMin(item)
            out.line("if (!mrn_read_count(in, max, \(least), &count))")
            out.indented { $0.line("return false;") }
            out.line("value->items = mrn_reader_take(in, count, sizeof *value->items);")
            out.line("if (value->items == NULL)")
            out.indented { $0.line("return false;") }
            out.line("value->count = count;")
            out.line("return read_items_\(name)(in, count, value->items);")
        }
        out.blank()
        out.function(
            "static bool write_array_\(name)",
            ["struct mrn_writer *out", "uint32_t max", "const struct mrn_array_\(name) *value"]
        ) { out in
            out.line("return mrn_write_count(out, max, value->count) &&")
            out.line("       write_items_\(name)(out, value->count, value->items);")
        }
    }

    private func writeOptional(_ item: ValueType, _ out: inout CodeWriter) {
        let name = types.name(item)
        out.blank()
        out.function(
            "static bool read_optional_\(name)", ["struct mrn_reader *in", "\(name) **value"]
        ) { out in
            out.line("bool present;")
            out.line()
            out.line("*value = NULL;")
            out.line("if (!mrn_read_bool(in, &present) || !present)")
            out.indented { $0.line("return !in->fault.raised;") }
            out.line("*value = mrn_reader_take(in, 1, sizeof **value);")
            out.line("return *value != NULL && \(types.read(item, "**value").undereferenced);")
        }
        out.blank()
        out.function(
            "static bool write_optional_\(name)", ["struct mrn_writer *out", "const \(name) *value"]
        ) { out in
            out.line("if (!mrn_write_bool(out, value != NULL))")
            out.indented { $0.line("return false;") }
            out.line("return value == NULL || \(types.write(item, "*value").undereferenced);")
        }
    }
}

extension InterfaceModel {
    /// The types of all fields, arms, parameters and results, and what typedefs stand for.
    var usedTypes: [ValueType] {
        let inTypes = types.flatMap { type -> [ValueType] in
            switch type.kind {
            case .enumeration: []
            case .structure(let fields): fields.map(\.type)
            case .typedef(let aliased): [aliased]
            case .union(let union): [union.discriminant.type] + union.arms.compactMap(\.field?.type)
            }
        }
        let operations = application?.operations.map(\.procedure) ?? []
        return inTypes + operations.flatMap { $0.parameters.map(\.type) + ($0.result.map { [$0] } ?? []) }
    }
}
