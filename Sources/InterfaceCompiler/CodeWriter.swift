/// Collects lines of generated code and owns their indentation.
struct CodeWriter {
    private(set) var lines: [String] = []
    private var depth = 0

    static let width = 100

    var text: String { lines.map { $0 + "\n" }.joined() }

    mutating func line(_ text: String = "") {
        lines.append(text.isEmpty ? "" : String(repeating: "    ", count: depth) + text)
    }

    /// An empty line, unless one is there already.
    mutating func blank() {
        if let last = lines.last, !last.isEmpty { line() }
    }

    mutating func indented(_ body: (inout CodeWriter) -> Void) {
        depth += 1
        body(&self)
        depth -= 1
    }

    mutating func block(
        _ header: String, opening: String = " {", closing: String = "}",
        _ body: (inout CodeWriter) -> Void
    ) {
        line(header + opening)
        indented(body)
        line(closing)
    }

    /// `head` `items` `tail` on one line, or broken between items where that is too wide; later
    /// lines stand below the first item.
    mutating func list(_ head: String, _ items: [String], _ tail: String, separator: String = ", ")
    {
        let margin = 4 * depth
        var row = head
        let hanging = String(repeating: " ", count: head.count)
        let glue = separator.hasSuffix(" ") ? String(separator.dropLast()) : separator
        for (index, item) in items.enumerated() {
            let isLast = index == items.count - 1
            let piece = item + (isLast ? tail : glue)
            let isFirstOfRow = row == head || row == hanging
            let joined = isFirstOfRow ? row + piece : row + " " + piece
            if margin + joined.count > Self.width, !isFirstOfRow {
                line(row)
                row = hanging + piece
            } else {
                row = joined
            }
        }
        line(items.isEmpty ? head + tail : row)
    }
}

/// A file that the compiler made.
public struct GeneratedFile: Hashable, Sendable {
    public let name: String
    public let text: String

    public init(name: String, text: String) {
        self.name = name
        self.text = text
    }
}
