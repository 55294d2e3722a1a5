/// The types that a file uses and that only its `%#define` and `%typedef` lines declare. rpcgen passes
/// these lines on to the C compiler, which so knows `ndmp_u_quad` as `unsigned long long`.
struct PassedTypes {
    /// A typedef for each.
    private(set) var definitions: [DefinitionSyntax] = []
    /// What the file uses, and what these stand for.
    private(set) var usedTypes: [String: SourceRange]

    init(_ syntax: InterfaceSyntax, _ hoisting: Hoisting) {
        usedTypes = hoisting.usedTypes
        var known = Set(hoisting.definitions.map(\.name.text)).union(WellKnown.typeNames)
        // The last line is what C goes by.
        let passed = Dictionary(syntax.passedTypes.map { ($0.name.text, $0) }) { $1 }
        var waiting = hoisting.usedTypes.keys.sorted()
        while let word = waiting.popLast() {
            guard !known.contains(word), let type = passed[word], type.type.kind != .named(word)
            else { continue }
            known.insert(word)
            definitions.append(
                DefinitionSyntax(
                    name: type.name,
                    kind: .typedef(
                        DeclarationSyntax(type: type.type, name: type.name, shape: .plain))))
            guard case .named(let target) = type.type.kind else { continue }
            if usedTypes[target] == nil { usedTypes[target] = type.type.range }
            waiting.append(target)
        }
    }
}
