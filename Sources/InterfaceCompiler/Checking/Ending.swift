/// Which values come to an end.
///
/// `union Type switch (int k) { case 0: int leaf; case 1: Pair pair; }` with
/// `struct Pair { Type left, right; }` contains itself, but each value ends in leaves. A struct ends
/// where all its fields do, a union where one of its cases does; behind `<>` and `*` there may be
/// nothing. A type that no value ends has no values at all.
struct Ending {
    private(set) var types: [InterfaceType]
    private let index: [String: Int]
    /// The types that a value of each holds without a count or an optional on the way.
    let edges: [[Int]]
    /// In how many steps a value can end; nil for types of which none does.
    private var ranks: [Int?]

    init(_ types: [InterfaceType], index: [String: Int]) {
        self.types = types
        self.index = index
        edges = types.map { type in
            type.references.filter(\.byValue).compactMap { index[$0.name] }
        }
        ranks = Array(repeating: nil, count: types.count)
        rank()
    }

    /// Types without values. Empty in an interface that can be.
    var rest: [Int] { types.indices.filter { ranks[$0] == nil } }

    /// By the fewest steps first, in linear time and without recursion.
    private mutating func rank() {
        var users: [[Int]] = Array(repeating: [], count: types.count)
        for (user, targets) in edges.enumerated() {
            for target in targets { users[target].append(user) }
        }
        var waiting = types.indices.map { number in
            types[number].union.map { ends(at: 0, $0) ? 0 : 1 } ?? edges[number].count
        }
        var level = types.indices.filter { waiting[$0] == 0 }
        var rank = 0
        while !level.isEmpty {
            for type in level { ranks[type] = rank }
            rank += 1
            var next: [Int] = []
            for user in level.flatMap({ users[$0] }) where ranks[user] == nil && waiting[user] > 0 {
                if let union = types[user].union {
                    waiting[user] = ends(at: rank, union) ? 0 : 1
                } else {
                    waiting[user] -= 1
                }
                if waiting[user] == 0 { next.append(user) }
            }
            level = next
        }
    }

    /// An arm of it ends in fewer steps than `rank`, or holds nothing that would have to.
    private func ends(at rank: Int, _ union: UnionType) -> Bool {
        choosable(union).contains { ends(union.arms[$0], before: rank) }
    }

    private func ends(_ arm: UnionType.Arm, before rank: Int) -> Bool {
        guard let target = target(of: arm) else { return true }
        return ranks[target].map { $0 < rank } ?? false
    }

    private func target(of arm: UnionType.Arm) -> Int? {
        guard let reference = arm.field?.type.reference, reference.byValue else { return nil }
        return index[reference.name]
    }

    /// The arms that some discriminant chooses: not a default for which nothing is left.
    private func choosable(_ union: UnionType) -> [Int] {
        let isFull = union.isExhausted(by: members(of: union.discriminant.type))
        return union.arms.indices.filter { !(isFull && union.arms[$0].labels.isEmpty) }
    }

    /// The values of an enumeration or of `bool`.
    private func members(of type: ValueType) -> Set<Int64>? {
        var type = type
        for _ in 0...types.count {
            switch type {
            case .bool: return [0, 1]
            case .named(let name):
                switch index[name].map({ types[$0].kind }) {
                case .enumeration(let members): return Set(members.map { Int64($0.value) })
                case .typedef(let aliased): type = aliased
                default: return nil
                }
            default: return nil
            }
        }
        return nil
    }

    /// With what is to be known of each union's arms.
    var typesWithArms: [InterfaceType] {
        var circles: [Int: Int] = [:]
        for (number, members) in Recursion.components(edges).enumerated() {
            for member in members { circles[member] = number }
        }
        return types.indices.map { number in
            var type = types[number]
            guard var union = type.union, let rank = ranks[number] else { return type }
            for arm in union.arms.indices {
                guard let target = target(of: union.arms[arm]) else { continue }
                union.arms[arm].isIndirect = circles[target] == circles[number]
            }
            let choices = choosable(union)
            union.zeroArm =
                choices.first { !union.arms[$0].isIndirect }
                ?? choices.first { ends(union.arms[$0], before: rank) } ?? 0
            type.kind = .union(union)
            return type
        }
    }
}

extension UnionType {
    /// `values`, all that the discriminant may have, have their cases; nil where it is a number.
    func isExhausted(by values: Set<Int64>?) -> Bool {
        guard let values else { return false }
        return values.isSubset(of: arms.flatMap { $0.labels.map(\.value) })
    }
}
