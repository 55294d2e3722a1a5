import Yams

/// A value of a YAML file, with its place. `depth` is 1 for a scalar, and one more for each list or
/// mapping around it.
struct YAMLNode {
    enum Content {
        case scalar(Node.Scalar)
        case sequence([YAMLNode])
        case mapping([(key: YAMLNode, value: YAMLNode)])
    }

    let content: Content
    /// From 1; the column counts Unicode scalars.
    let line: Int
    let column: Int
    let depth: Int

    init(_ content: Content, line: Int, column: Int) {
        self.content = content
        self.line = line
        self.column = column
        depth =
            switch content {
            case .scalar: 1
            case .sequence(let items): 1 + (items.map(\.depth).max() ?? 0)
            case .mapping(let pairs):
                1 + (pairs.map { max($0.key.depth, $0.value.depth) }.max() ?? 0)
            }
    }

    var scalar: Node.Scalar? {
        if case .scalar(let scalar) = content { scalar } else { nil }
    }
    var sequence: [YAMLNode]? {
        if case .sequence(let items) = content { items } else { nil }
    }
    var mapping: [(key: YAMLNode, value: YAMLNode)]? {
        if case .mapping(let pairs) = content { pairs } else { nil }
    }

    /// What a scalar is by YAML's rules: `12` is a number, `yes` is none of ours but a bool.
    private var node: Node? { scalar.map { .scalar($0) } }
    var isText: Bool { node?.tag.description.hasSuffix(":str") ?? false }
    var int: Int? { node?.int }
    var float: Double? { node?.float }
    var bool: Bool? { node?.bool }
    var null: Bool { node?.null != nil }
}
