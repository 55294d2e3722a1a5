import CYaml
import Diagnostics
import Yams

/// Makes nodes of the events of libyaml, without recursion and with a bound on depth, so that no text
/// ends this process. Yams' own composer ends at the first key that stands twice, and compares keys
/// of any size and depth.
final class YAMLComposer {
    /// What can't be read any further.
    struct Fault: Error {
        var problem: String
        var line: Int
        var column: Int
        var context: (text: String, line: Int, column: Int)?
    }

    /// A key that stands a second time in its mapping.
    struct Duplicate {
        var key: YAMLNode
        var first: YAMLNode
    }

    private struct Frame {
        var isMapping: Bool
        var line: Int
        var column: Int
        var anchor: String?
        var children: [YAMLNode] = []
    }

    private let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
    private let text: UnsafeMutableBufferPointer<UInt8>
    private var anchors: [String: YAMLNode] = [:]
    private var stack: [Frame] = []
    private(set) var duplicates: [Duplicate] = []

    init(_ text: String) {
        self.text = .allocate(capacity: text.utf8.count)
        _ = self.text.initialize(from: text.utf8)
        yaml_parser_initialize(parser)
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, self.text.baseAddress, self.text.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        text.deallocate()
    }

    /// The only document; nil where there is none.
    func compose() throws(Fault) -> YAMLNode? {
        var root: YAMLNode?
        while true {
            var event = yaml_event_t()
            guard yaml_parser_parse(parser, &event) == 1 else { throw fault }
            defer { yaml_event_delete(&event) }
            let (line, column) = Self.place(event.start_mark)
            switch event.type {
            case YAML_STREAM_END_EVENT: return root
            case YAML_DOCUMENT_START_EVENT where root != nil:
                throw Fault(
                    problem: "found another document", line: line, column: column,
                    context: ("expected a single document in the stream", 1, 1))
            case YAML_ALIAS_EVENT:
                guard let node = anchors[Self.string(event.data.alias.anchor) ?? ""] else {
                    throw Fault(problem: "found undefined alias", line: line, column: column)
                }
                try add(node, &root, line, column)
            case YAML_SCALAR_EVENT:
                let node = Self.scalar(event)
                remember(node, Self.string(event.data.scalar.anchor))
                try add(node, &root, line, column)
            case YAML_SEQUENCE_START_EVENT:
                stack.append(
                    Frame(
                        isMapping: false, line: line, column: column,
                        anchor: Self.string(event.data.sequence_start.anchor)))
            case YAML_MAPPING_START_EVENT:
                stack.append(
                    Frame(
                        isMapping: true, line: line, column: column,
                        anchor: Self.string(event.data.mapping_start.anchor)))
            case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT:
                guard let frame = stack.popLast() else { continue }
                let node = close(frame)
                remember(node, frame.anchor)
                try add(node, &root, frame.line, frame.column)
            default: continue
            }
            guard stack.count < InventoryLimits.depthMax else { throw tooDeep(line, column) }
        }
    }

    private func tooDeep(_ line: Int, _ column: Int) -> Fault {
        Fault(
            problem: "more than \(InventoryLimits.depthMax) values stand in each other", line: line,
            column: column)
    }

    private func add(
        _ node: YAMLNode, _ root: inout YAMLNode?, _ line: Int, _ column: Int
    ) throws(Fault) {
        guard !stack.isEmpty else {
            root = node
            return
        }
        // An alias brings its depth along, and may be part of what the next one stands for.
        guard stack.count + node.depth <= InventoryLimits.depthMax else {
            throw tooDeep(line, column)
        }
        stack[stack.count - 1].children.append(node)
    }

    private func remember(_ node: YAMLNode, _ anchor: String?) {
        if let anchor { anchors[anchor] = node }
    }

    private func close(_ frame: Frame) -> YAMLNode {
        guard frame.isMapping else {
            return YAMLNode(.sequence(frame.children), line: frame.line, column: frame.column)
        }
        var pairs: [(key: YAMLNode, value: YAMLNode)] = []
        var seen: [String: YAMLNode] = [:]
        precondition(frame.children.count % 2 == 0, "libyaml gives each key a value")
        for index in stride(from: 0, to: frame.children.count, by: 2) {
            let (key, value) = (frame.children[index], frame.children[index + 1])
            if let text = key.scalar?.string, let first = seen.updateValue(key, forKey: text) {
                seen[text] = first
                duplicates.append(Duplicate(key: key, first: first))
            } else {
                pairs.append((key, value))
            }
        }
        return YAMLNode(.mapping(pairs), line: frame.line, column: frame.column)
    }

    // MARK: What libyaml says

    private static func scalar(_ event: yaml_event_t) -> YAMLNode {
        let scalar = event.data.scalar
        let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
        let tag =
            scalar.quoted_implicit == 1
            ? Tag.Name.str : string(scalar.tag).map(Tag.Name.init(rawValue:))
        let style = Node.Scalar.Style(rawValue: UInt32(scalar.style.rawValue)) ?? .any
        let (line, column) = place(event.start_mark)
        return YAMLNode(
            .scalar(
                Node.Scalar(String(decoding: bytes, as: UTF8.self), Tag(tag ?? .implicit), style)),
            line: line, column: column)
    }

    private static func string(_ text: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        text.map { String(cString: $0) }
    }

    private static func place(_ mark: yaml_mark_t) -> (line: Int, column: Int) {
        (Int(mark.line) + 1, Int(mark.column) + 1)
    }

    private var fault: Fault {
        let state = parser.pointee
        let problem = state.problem.map { String(cString: $0) } ?? "it takes too much memory"
        if state.error == YAML_READER_ERROR {
            // A reader tells the byte, and no line.
            let before = text.prefix(Int(state.problem_offset))
            let line = before.count { $0 == 0x0a } + 1
            let start = before.lastIndex(of: 0x0a).map { $0 + 1 } ?? 0
            let column = String(decoding: before[start...], as: UTF8.self).unicodeScalars.count + 1
            return Fault(problem: problem, line: line, column: column)
        }
        let (line, column) = Self.place(state.problem_mark)
        // libyaml looks ahead, and has a bound of its own.
        if problem.hasPrefix("Maximum nesting level") { return tooDeep(line, column) }
        let context = state.context.map { text in
            let (line, column) = Self.place(state.context_mark)
            return (String(cString: text), line, column)
        }
        return Fault(problem: problem, line: line, column: column, context: context)
    }
}
