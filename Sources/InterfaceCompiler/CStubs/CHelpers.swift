/// Functions of the generated file's own for arrays and optionals, one for each type of item that
/// occurs.
struct CHelpers {
    let types: CTypes

    private enum Shape: Int { case items, array, optional }

    private struct Helper: Hashable {
        var shape: Shape
        var item: ValueType
    }

    func write(_ out: inout CodeWriter) {
        let model = types.model
        let read = types.typesRead
        let reading = Set(needed(read + model.parameterTypes))
        let writing = Set(needed(types.typesWritten + model.resultTypes))
        for helper in needed(read + model.parameterTypes + model.resultTypes) {
            if reading.contains(helper) { writeReader(helper, &out) }
            if writing.contains(helper) { writeWriter(helper, &out) }
        }
    }

    /// In the order of their first use; an array of variable length uses the one of fixed length.
    private func needed(_ used: [ValueType]) -> [Helper] {
        var helpers: [Helper] = []
        var seen: Set<Helper> = []
        func need(_ shape: Shape, _ item: ValueType) {
            let helper = Helper(shape: shape, item: item)
            if seen.insert(helper).inserted { helpers.append(helper) }
        }
        for type in used {
            switch type {
            case .array(let item, _) where !item.isNumber: need(.items, item)
            case .arrayVariable(let item, _) where !item.isNumber:
                need(.items, item)
                need(.array, item)
            case .optional(let item): need(.optional, item)
            default: break
            }
        }
        return helpers
    }

    private func writeReader(_ helper: Helper, _ out: inout CodeWriter) {
        out.blank()
        switch helper.shape {
        case .items: writeItemsReader(helper.item, &out)
        case .array: writeArrayReader(helper.item, &out)
        case .optional: writeOptionalReader(helper.item, &out)
        }
    }

    private func writeWriter(_ helper: Helper, _ out: inout CodeWriter) {
        out.blank()
        switch helper.shape {
        case .items: writeItemsWriter(helper.item, &out)
        case .array: writeArrayWriter(helper.item, &out)
        case .optional: writeOptionalWriter(helper.item, &out)
        }
    }

    private func writeItemsReader(_ item: ValueType, _ out: inout CodeWriter) {
        let name = types.name(item)
        out.function(
            "static bool \(types.own("read_items_\(name)"))",
            ["struct mrn_reader *in", "uint32_t count", "\(name) *items"]
        ) { out in
            writeLoop(types.read(item, "items[i]"), "mrn_reader_in_item(in, i)", &out)
        }
    }

    private func writeItemsWriter(_ item: ValueType, _ out: inout CodeWriter) {
        let name = types.name(item)
        out.function(
            "static bool \(types.own("write_items_\(name)"))",
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

    private func writeArrayReader(_ item: ValueType, _ out: inout CodeWriter) {
        let name = types.name(item)
        out.function(
            "static bool \(types.own("read_array_\(name)"))",
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
            let reader = types.own("read_items_\(name)")
            out.line("return \(reader)(in, count, value->items);")
        }
    }

    private func writeArrayWriter(_ item: ValueType, _ out: inout CodeWriter) {
        let name = types.name(item)
        out.function(
            "static bool \(types.own("write_array_\(name)"))",
            ["struct mrn_writer *out", "uint32_t max", "const struct mrn_array_\(name) *value"]
        ) { out in
            out.line("return mrn_write_count(out, max, value->count) &&")
            let items = types.constant(item, "value->items")
            let writer = types.own("write_items_\(name)")
            out.line("       \(writer)(out, value->count, \(items));")
        }
    }

    private func writeOptionalReader(_ item: ValueType, _ out: inout CodeWriter) {
        let name = types.name(item)
        out.function(
            "static bool \(types.own("read_optional_\(name)"))",
            ["struct mrn_reader *in", "\(name) **value"]
        ) { out in
            out.line("bool present;")
            out.line()
            out.line("*value = NULL;")
            out.line("if (!mrn_read_bool(in, &present) || !present)")
            out.indented { $0.line("return !in->fault.raised;") }
            out.line("*value = mrn_reader_take(in, 1, sizeof **value);")
            out.line("return *value != NULL && \(types.read(item, "**value").undereferenced.text);")
        }
    }

    private func writeOptionalWriter(_ item: ValueType, _ out: inout CodeWriter) {
        let name = types.name(item)
        out.function(
            "static bool \(types.own("write_optional_\(name)"))",
            ["struct mrn_writer *out", "const \(name) *value"]
        ) { out in
            out.line("if (!mrn_write_bool(out, value != NULL))")
            out.indented { $0.line("return false;") }
            out.line("return value == NULL || \(types.write(item, "*value").undereferenced.text);")
        }
    }
}

extension CTypes {
    /// What decoders of types read.
    fileprivate var typesRead: [ValueType] { model.types.flatMap(typesInside) }

    /// What encoders of types write; flat structs write their fields themselves.
    fileprivate var typesWritten: [ValueType] {
        model.types.flatMap { type -> [ValueType] in
            if case .structure(let fields) = type.kind, !recursion.isList(type),
                CFlat(fields, self) != nil
            {
                return []
            }
            return typesInside(type)
        }
    }

    /// Without the links of lists, which are no calls.
    private func typesInside(_ type: InterfaceType) -> [ValueType] {
        guard recursion.isList(type), case .structure(let fields) = type.kind else {
            return model.typesInside(type)
        }
        return fields.dropLast().map(\.type)
    }
}

extension InterfaceModel {
    /// The types of all fields and arms, and what typedefs stand for.
    var typesInTypes: [ValueType] { types.flatMap(typesInside) }

    func typesInside(_ type: InterfaceType) -> [ValueType] {
        switch type.kind {
        case .enumeration: []
        case .structure(let fields): fields.map(\.type)
        case .typedef(let aliased): [aliased]
        case .union(let union): [union.discriminant.type] + union.arms.compactMap(\.field?.type)
        }
    }

    var parameterTypes: [ValueType] {
        application?.operations.flatMap { $0.procedure.parameters.map(\.type) } ?? []
    }

    var resultTypes: [ValueType] { application?.operations.compactMap(\.procedure.result) ?? [] }

    var usedTypes: [ValueType] { typesInTypes + parameterTypes + resultTypes }
}
