import Diagnostics

/// What follows from how types contain one another: cycles, nesting, sizes.
///
/// Everything is computed by peeling: types that refer to no other come first, then those that
/// refer to these. It takes linear time and no stack, however deep a hostile file nests.
struct Layout {
    private(set) var types: [InterfaceType]
    private let index: [String: Int]
    /// What a value of each type takes.
    private var memory: [Int] = []

    init(_ types: [InterfaceType], index: [String: Int]) {
        self.types = types
        self.index = index
    }

    mutating func measure(_ definitions: [DefinitionSyntax], into report: inout Report) {
        let ranges = Dictionary(definitions.map { ($0.name.text, $0.name.range) }) { first, _ in
            first
        }
        let all = types.map { targets($0.references.map(\.name)) }
        let aliases = types.indices.map {
            types[$0].isTypedef ? all[$0].filter { types[$0].isTypedef } : []
        }
        let endless = Ending(types, index: index)
        for (edges, rest) in [(endless.edges, endless.rest), (aliases, peel(aliases).rest)] {
            guard rest.isEmpty else {
                tellCycle(rest, edges, ranges, &report)
                return
            }
        }
        types = endless.typesWithArms
        let (levels, recursive) = peel(all)
        let inside = types.map { targets($0.references.filter(\.byValue).map(\.name)) }
        let insideLevels = peel(inside).levels
        for levels in [levels, insideLevels] where levels.count > InterfaceLimits.nesting {
            let name = types[levels[InterfaceLimits.nesting][0]].name
            report.error(
                "'\(name)' nests deeper than \(InterfaceLimits.nesting) types",
                at: ranges[name] ?? SourceRange(offset: 0, length: 1))
            return
        }
        for type in recursive { types[type].isRecursive = true }
        measureSizes(insideLevels, ranges, &report)
    }

    private func targets(_ names: [String]) -> [Int] { names.compactMap { index[$0] } }

    /// The types by level, and those that lie on a cycle or lead to one.
    private func peel(_ edges: [[Int]]) -> (levels: [[Int]], rest: [Int]) {
        var waiting = edges.map(\.count)
        var users: [[Int]] = Array(repeating: [], count: edges.count)
        for (user, targets) in edges.enumerated() {
            for target in targets { users[target].append(user) }
        }
        var levels: [[Int]] = []
        var level = edges.indices.filter { waiting[$0] == 0 }
        while !level.isEmpty {
            levels.append(level)
            var next: [Int] = []
            for user in level.flatMap({ users[$0] }) {
                waiting[user] -= 1
                if waiting[user] == 0 { next.append(user) }
            }
            level = next
        }
        return (levels, edges.indices.filter { waiting[$0] > 0 })
    }

    private func tellCycle(
        _ rest: [Int], _ edges: [[Int]], _ ranges: [String: SourceRange], _ report: inout Report
    ) {
        let cyclic = Set(rest)
        var path: [Int] = []
        var seen: Set<Int> = []
        var step = rest[0]
        while seen.insert(step).inserted {
            path.append(step)
            guard let following = edges[step].first(where: { cyclic.contains($0) }) else { return }
            step = following
        }
        let cycle = path.drop { $0 != step }.map { types[$0].name }
        let shown = cycle.count > 8 ? cycle.prefix(8) + ["…"] : cycle[...]
        let union = path.drop { $0 != step }.first { types[$0].union != nil }
        report.error(
            "'\(cycle[0])' contains itself: \((shown + [cycle[0]]).joined(separator: " → "))",
            at: ranges[cycle[0]] ?? SourceRange(offset: 0, length: 1),
            notes: union.map { ["no case of the union '\(types[$0].name)' ends it"] } ?? [],
            remedy:
                "refer to it by an optional (\(cycle[0]) *next) or an array (\(cycle[0]) items<>)"
        )
    }

    // MARK: Sizes

    private mutating func measureSizes(
        _ levels: [[Int]], _ ranges: [String: SourceRange], _ report: inout Report
    ) {
        memory = Array(repeating: 0, count: types.count)
        for type in levels.joined() {
            types[type].bytesMin = wireMin(types[type].kind)
            memory[type] = memoryMax(types[type].kind)
            guard requireRoom(memory[type], in: types[type].name, ranges, &report) else { return }
        }
        // What a union has the address of is as large as the rest of a value may be.
        for type in types {
            for arm in type.union?.arms ?? [] where arm.isIndirect {
                let bytes = arm.field.map { memory(of: $0.type) } ?? 0
                guard requireRoom(bytes, in: type.name, ranges, &report) else { return }
            }
        }
    }

    private func requireRoom(
        _ bytes: Int, in name: String, _ ranges: [String: SourceRange], _ report: inout Report
    ) -> Bool {
        guard bytes > InterfaceLimits.valueBytes else { return true }
        report.error(
            "a value of '\(name)' takes \(bytes) bytes, more than the limit "
                + "of \(InterfaceLimits.valueBytes)",
            at: ranges[name] ?? SourceRange(offset: 0, length: 1),
            remedy:
                "use arrays of variable length: <\(InterfaceLimits.valueBytes)> instead of [ ]"
        )
        return false
    }

    private func wireMin(_ kind: InterfaceType.Kind) -> Int {
        switch kind {
        case .enumeration: 4
        case .structure(let fields): fields.reduce(0) { $0 + wireMin($1.type) }
        case .typedef(let type): wireMin(type)
        case .union(let union):
            // What leads back to the union has at least another union's discriminant.
            4
                + (union.arms.map { arm in
                    arm.isIndirect ? 4 : arm.field.map { wireMin($0.type) } ?? 0
                }.min() ?? 0)
        }
    }

    func wireMin(_ type: ValueType) -> Int {
        type.bytesMin { name in index[name].map { types[$0].bytesMin } ?? 4 }
    }

    /// An upper bound for the generated C on 64 bits.
    private func memoryMax(_ kind: InterfaceType.Kind) -> Int {
        switch kind {
        case .enumeration: 4
        case .structure(let fields): fields.reduce(0) { $0 + memory(of: $1.type) }
        case .typedef(let type): memory(of: type)
        case .union(let union):
            8
                + (union.arms.map { arm in
                    arm.isIndirect ? 8 : arm.field.map { memory(of: $0.type) } ?? 0
                }.max() ?? 0)
        }
    }

    func memory(of type: ValueType) -> Int {
        switch type {
        case .quadruple, .string, .opaqueVariable, .arrayVariable: 16
        case .opaque(let count): (Int(count) + 7) / 8 * 8
        case .array(let item, let count): memory(of: item) * Int(count)
        case .named(let name): index[name].map { memory[$0] } ?? 8
        default: 8
        }
    }
}

extension InterfaceType {
    var isTypedef: Bool { if case .typedef = kind { true } else { false } }

    /// The types that it names; `byValue` where a value of it holds one of them without
    /// indirection.
    var references: [(name: String, byValue: Bool)] {
        switch kind {
        case .enumeration: []
        case .typedef(let type): type.reference.map { [$0] } ?? []
        case .structure(let fields): fields.compactMap(\.type.reference)
        case .union(let union):
            [union.discriminant].compactMap(\.type.reference)
                + union.arms.compactMap { arm in
                    arm.field?.type.reference.map { ($0.name, $0.byValue && !arm.isIndirect) }
                }
        }
    }

    var union: UnionType? { if case .union(let union) = kind { union } else { nil } }
}

extension ValueType {
    var reference: (name: String, byValue: Bool)? {
        switch self {
        case .named(let name): (name, true)
        case .array(let item, _): item.reference
        case .arrayVariable(let item, _), .optional(let item):
            item.reference.map { ($0.name, false) }
        default: nil
        }
    }
}
