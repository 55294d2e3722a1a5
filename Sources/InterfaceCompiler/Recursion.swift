/// Which types contain themselves, and how.
///
/// A **list** is a struct whose last field is an optional of itself, and no other field is one of
/// itself: its nodes are decoded, encoded and freed one after the other, as many as there are. All
/// other ways of a type to itself make a **tree**, whose depth is limited, since generated code
/// and its users recurse there.
struct Recursion: Hashable, Sendable {
    private var lists: Set<String> = []
    /// Types with the same number contain one another; the way from a list's node to the next does
    /// not count. Types that don't contain themselves have none.
    private var cycles: [String: Int] = [:]

    func isList(_ type: InterfaceType) -> Bool { lists.contains(type.name) }
    func isTree(_ type: InterfaceType) -> Bool { cycles[type.name] != nil }

    /// A value of `item` holds values of `type`.
    func leadsBack(from item: String, to type: InterfaceType) -> Bool {
        cycles[item] != nil && cycles[item] == cycles[type.name]
    }

    init(_ model: InterfaceModel) {
        var edges = model.types.map { type in
            type.references.compactMap { model.index[$0.name] }
        }
        for (number, type) in model.types.enumerated() where model.isListShaped(type) {
            lists.insert(type.name)
            edges[number].removeLast()
        }
        for (number, members) in Self.components(edges).enumerated() {
            guard members.count > 1 || edges[members[0]].contains(members[0]) else { continue }
            for member in members { cycles[model.types[member].name] = number }
        }
    }

    /// Strongly connected components (Kosaraju), without recursion: the graph is a stranger's.
    static func components(_ edges: [[Int]]) -> [[Int]] {
        var reversed: [[Int]] = Array(repeating: [], count: edges.count)
        for (user, targets) in edges.enumerated() {
            for target in targets { reversed[target].append(user) }
        }
        var seen = Array(repeating: false, count: edges.count)
        let order = edges.indices.flatMap { finished(from: $0, edges, &seen) }
        seen = Array(repeating: false, count: edges.count)
        return order.reversed().map { finished(from: $0, reversed, &seen) }.filter { !$0.isEmpty }
    }

    /// What is reached from `start` and was not `seen` yet, each behind what is reached from it.
    private static func finished(
        from start: Int, _ edges: [[Int]], _ seen: inout [Bool]
    ) -> [Int] {
        guard !seen[start] else { return [] }
        seen[start] = true
        var path = [(node: start, next: 0)]
        var finished: [Int] = []
        while let (node, next) = path.last {
            guard next < edges[node].count else {
                finished.append(node)
                path.removeLast()
                continue
            }
            path[path.count - 1].next += 1
            let target = edges[node][next]
            guard !seen[target] else { continue }
            seen[target] = true
            path.append((target, 0))
        }
        return finished
    }
}

extension InterfaceModel {
    fileprivate func isListShaped(_ type: InterfaceType) -> Bool {
        guard case .structure(let fields) = type.kind, let last = fields.last,
            case .optional(let item) = resolved(last.type),
            resolved(item) == .named(type.name)
        else { return false }
        return !fields.dropLast().contains { itself(in: $0.type) == type.name }
    }

    /// The named type behind arrays, optionals and typedefs.
    private func itself(in type: ValueType) -> String? {
        switch resolved(type) {
        case .named(let name): name
        case .array(let item, _), .arrayVariable(let item, _), .optional(let item):
            itself(in: item)
        default: nil
        }
    }
}
