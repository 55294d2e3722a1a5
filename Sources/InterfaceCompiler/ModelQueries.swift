/// Questions that both generators ask.
extension InterfaceModel {
    /// What `type` means when every typedef on the way is followed.
    func resolved(_ type: ValueType) -> ValueType {
        var type = type
        while case .named(let name) = type,
            case .typedef(let aliased)? = self.type(named: name)?.kind
        {
            type = aliased
        }
        return type
    }

    /// The members of the enumeration `type`; nil where it is none.
    func members(of type: ValueType) -> [EnumerationMember]? {
        guard case .named(let name) = resolved(type),
            case .enumeration(let members)? = self.type(named: name)?.kind
        else { return nil }
        return members
    }

    /// The member that a union's case names; nil where it names none.
    func member(of label: UnionType.Label, _ union: UnionType) -> EnumerationMember? {
        members(of: union.discriminant.type)?.first { $0.name == label.name }
    }

    /// Names of types, members and constants, which C has in one space.
    var declaredNames: Set<String> {
        var names = Set(types.map(\.name) + constants.map(\.name) + texts.map(\.name))
        for type in types {
            if case .enumeration(let members) = type.kind {
                names.formUnion(members.map(\.nameInC))
            }
        }
        return names
    }

    func bytesMin(_ type: ValueType) -> Int {
        type.bytesMin { self.type(named: $0)?.bytesMin ?? 4 }
    }

    /// The name of the file without its directory and suffix.
    public var stem: String {
        let last = file.split(separator: "/").last.map(String.init) ?? file
        return last.hasSuffix(".x") ? String(last.dropLast(2)) : last
    }
}

extension ValueType {
    /// The fewest bytes on the wire; `named` tells them of a named type.
    func bytesMin(_ named: (String) -> Int) -> Int {
        switch self {
        case .hyper, .unsignedHyper, .double: 8
        case .quadruple: 16
        case .opaque(let count): (Int(count) + 3) / 4 * 4
        case .array(let item, let count): item.bytesMin(named) * Int(count)
        case .named(let name): named(name)
        default: 4
        }
    }

    /// A number whose arrays convert in one pass.
    var isNumber: Bool {
        switch self {
        case .int, .unsignedInt, .hyper, .unsignedHyper, .float, .double: true
        default: false
        }
    }
}

extension [EnumerationMember] {
    /// The first member of each value: a later one is another name of it.
    var distinct: [EnumerationMember] {
        var seen: Set<Int32> = []
        return filter { seen.insert($0.value).inserted }
    }

    func first(of value: Int64) -> EnumerationMember? { first { Int64($0.value) == value } }
}
