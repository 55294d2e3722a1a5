/// What an interface declares in C.
extension InterfaceModel {
    /// In the one space that C has for types, constants and functions.
    var declaredInC: Set<String> {
        let types = types.map { CNames.type($0.name) }
        var names = Set(types + declaredNames.map(CNames.constant))
        for type in types { names.formUnion(["\(type)_decode", "\(type)_encode"]) }
        for program in programs {
            names.insert(CNames.constant(program.name))
            for version in program.versions {
                let inside = [version.name] + version.procedures.map(\.name)
                names.formUnion(inside.map(CNames.constant))
            }
        }
        if let application {
            let prefix = application.name.snakeCased
            names.formUnion(
                application.operations.map { "\(prefix)_\($0.procedure.name.snakeCased)" })
        }
        return names
    }

    /// Of fields, arms, discriminants, parameters and shared data, which C has in other spaces.
    var fieldNames: Set<String> {
        var names: [String] = []
        for type in types {
            switch type.kind {
            case .structure(let fields): names += fields.map { CNames.value($0.name) }
            case .union(let union):
                names.append(CNames.discriminant(union.discriminant.name))
                names += union.arms.compactMap { $0.field.map { CNames.value($0.name) } }
            case .enumeration, .typedef: break
            }
        }
        let parameters = application?.operations.flatMap(\.procedure.parameters) ?? []
        return Set(names + (parameters + (application?.shared ?? [])).map { CNames.value($0.name) })
    }
}
