/// How a value is declared, read and written in C.
struct CTypes {
    let model: InterfaceModel
    let recursion: Recursion
    /// What the interface's names declare in the space that C has for all of them.
    private let declared: Set<String>

    init(model: InterfaceModel) {
        self.model = model
        recursion = Recursion(model)
        declared = model.declaredInC
    }

    /// A name of the generated file's own: the interface's names go before it.
    func own(_ name: String) -> String { declared.contains(name) ? own(name + "_mrn") : name }

    /// A macro means a number wherever its name stands: fields, parameters and what C's headers
    /// declare behind it keep theirs.
    func macro(_ name: String) -> String {
        let whole = CNames.constant(name)
        let hidden = model.fieldNames.union(namesOfTypes)
        guard hidden.contains(whole) else { return whole }
        let taken = hidden.union(model.declaredInC)
        return sequence(first: whole + "_") { $0 + "_" }.first { !taken.contains($0) } ?? whole
    }

    /// Constants that no enumerator can be: texts, and numbers beyond an `int`.
    var macros: Set<String> {
        let numbers = model.constants.filter { Int32(exactly: $0.value) == nil }
        return Set((numbers.map(\.name) + model.texts.map(\.name)).map(macro))
    }

    /// The name of an item: of an array's, an optional's, a parameter's.
    func name(_ type: ValueType) -> String {
        switch type {
        case .int: "int32_t"
        case .unsignedInt: "uint32_t"
        case .hyper: "int64_t"
        case .unsignedHyper: "uint64_t"
        case .float: "float"
        case .double: "double"
        case .quadruple: "mrn_quadruple"
        case .bool: "bool"
        case .string: "struct mrn_string"
        case .opaqueVariable: "struct mrn_bytes"
        case .opaque: "uint8_t"
        case .array(let item, _): name(item)
        case .arrayVariable(let item, _): "struct mrn_array_\(name(item))"
        case .optional(let item): "\(name(item)) *"
        case .named(let name): CNames.type(name)
        }
    }

    /// `type name`, `type *name`, `type name[n]`.
    func declaration(_ type: ValueType, _ name: String) -> String {
        switch type {
        case .opaque(let count), .array(_, let count): "\(self.name(type)) \(name)[\(count)]"
        case .optional: "\(self.name(type))\(name)"
        default: "\(self.name(type)) \(name)"
        }
    }

    /// In C it is an array: it is passed as the address of its first item.
    func isArray(_ type: ValueType) -> Bool {
        switch model.resolved(type) {
        case .opaque, .array: true
        default: false
        }
    }

    /// A number, a bool or a member of an enumeration: passed by value. So is an address.
    func isScalar(_ type: ValueType) -> Bool {
        switch model.resolved(type) {
        case .bool, .optional: true
        case let other: other.isNumber || model.members(of: other) != nil
        }
    }

    // MARK: Parameters

    /// A parameter of the user's function that it may not change.
    func parameter(_ type: ValueType, _ name: String) -> String {
        if case .optional(let item) = type { return "const \(self.name(item)) *\(name)" }
        if isScalar(type) { return "\(self.name(type)) \(name)" }
        let star = isArray(type) && !isNamed(type) ? "*" : isArray(type) ? "" : "*"
        return "const \(self.name(type)) \(star)\(name)"
    }

    /// Where the user's function puts its result.
    func result(_ type: ValueType, _ name: String) -> String {
        isArray(type) && isNamed(type)
            ? "\(self.name(type)) \(name)" : "\(self.name(type)) *\(name)"
    }

    /// What is passed for such a parameter, given the variable.
    func argument(_ type: ValueType, _ variable: String) -> String {
        if case .optional(let item) = type { return constant(item, variable) }
        return isScalar(type) || isArray(type) ? variable : "&\(variable)"
    }

    /// The address of a variable, which for an array is its name.
    func address(_ type: ValueType, _ variable: String) -> String {
        isArray(type) ? variable : "&\(variable)"
    }

    /// The address of constant items. That of arrays doesn't convert to it by itself before C23.
    func constant(_ item: ValueType, _ variable: String) -> String {
        isArray(item) ? "(const \(name(item)) *)\(variable)" : variable
    }

    /// What a union has of an arm that leads back to it: the address of `count` items. C wants to
    /// know the whole of an array's item, which is not yet known there: so it is no typedef's name.
    func indirect(_ type: ValueType) -> (item: ValueType, count: UInt32) {
        var item = model.resolved(type)
        var count: UInt32 = 1
        while case .array(let inner, let size) = item {
            item = model.resolved(inner)
            count *= size
        }
        return (item, count)
    }

    /// The value, given that address.
    func variable(_ type: ValueType, behind address: String, isConstant: Bool = false) -> String {
        guard case .array(let item, _) = model.resolved(type) else { return "*\(address)" }
        return isArray(item) ? "(\(isConstant ? "const " : "")\(name(item)) *)\(address)" : address
    }

    private func isNamed(_ type: ValueType) -> Bool {
        if case .named = type { true } else { false }
    }

    // MARK: Reading and writing

    func read(_ type: ValueType, _ variable: String) -> CCall {
        let there = address(type, variable)
        return switch type {
        case .string(let bound):
            CCall(function: "mrn_read_string", arguments: ["in", count(bound), there])
        case .opaqueVariable(let bound):
            CCall(function: "mrn_read_bytes", arguments: ["in", count(bound), there])
        case .opaque(let size):
            CCall(function: "mrn_read_opaque", arguments: ["in", count(size), there])
        case .array(let item, let size):
            CCall(
                function: helper("mrn_read", "read", "items", item),
                arguments: ["in", count(size), there])
        case .arrayVariable(let item, let bound):
            CCall(
                function: helper("mrn_read", "read", "array", item),
                arguments: ["in", count(bound), there])
        case .optional(let item):
            CCall(function: own("read_optional_\(name(item))"), arguments: ["in", there])
        case .named(let name):
            CCall(function: "\(CNames.type(name))_decode", arguments: ["in", there])
        default: CCall(function: "mrn_read_\(basicName(type))", arguments: ["in", there])
        }
    }

    func write(_ type: ValueType, _ variable: String) -> CCall {
        let there = address(type, variable)
        return switch type {
        case .string(let bound):
            CCall(function: "mrn_write_string", arguments: ["out", count(bound), there])
        case .opaqueVariable(let bound):
            CCall(function: "mrn_write_bytes", arguments: ["out", count(bound), there])
        case .opaque(let size):
            CCall(function: "mrn_write_opaque", arguments: ["out", count(size), there])
        case .array(let item, let size):
            CCall(
                function: helper("mrn_write", "write", "items", item),
                arguments: ["out", count(size), there])
        case .arrayVariable(let item, let bound):
            CCall(
                function: helper("mrn_write", "write", "array", item),
                arguments: ["out", count(bound), there])
        case .optional(let item):
            CCall(
                function: own("write_optional_\(name(item))"),
                arguments: ["out", constant(item, variable)])
        case .named(let name):
            CCall(function: "\(CNames.type(name))_encode", arguments: ["out", there])
        case .quadruple: CCall(function: "mrn_write_quadruple", arguments: ["out", there])
        default: CCall(function: "mrn_write_\(basicName(type))", arguments: ["out", variable])
        }
    }

    func count(_ count: UInt32) -> String {
        count == .max ? "UINT32_MAX" : CNames.number(Int128(count))
    }

    /// Arrays of numbers are the runtime's; for the others the file has functions of its own.
    private func helper(_ runtime: String, _ own: String, _ what: String, _ item: ValueType)
        -> String
    {
        let whole = "\(what)_\(name(item))"
        return item.isNumber ? "\(runtime)_\(whole)" : self.own("\(own)_\(whole)")
    }

    /// The last part of the runtime's functions for it.
    func basicName(_ type: ValueType) -> String {
        switch type {
        case .int: "int32"
        case .unsignedInt: "uint32"
        case .hyper: "int64"
        case .unsignedHyper: "uint64"
        case .quadruple: "quadruple"
        default: name(type)
        }
    }
}
