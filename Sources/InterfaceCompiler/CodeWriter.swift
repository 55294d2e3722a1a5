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

    /// The same as swift-format wants it: where the line would be too wide, items stand four
    /// columns in, on lines of their own; of a declaration the tail does so too.
    mutating func swiftList(
        _ head: String, _ items: [String], _ tail: String, tailStandsAlone: Bool = false,
        breaksBefore: Bool = true
    ) {
        let whole = head + items.joined(separator: ", ") + tail
        guard 4 * depth + whole.count > Self.width, !items.isEmpty else { return line(whole) }
        var rows = breaksBefore ? [head] : []
        var row = breaksBefore ? "" : head
        for (index, item) in items.enumerated() {
            let isLast = index == items.count - 1
            let piece = item + (isLast ? (tailStandsAlone ? "" : tail) : ",")
            let margin = 4 * (depth + (rows.isEmpty ? 0 : 1))
            let isFirst = row.isEmpty || row == head
            if !isFirst, margin + row.count + 1 + piece.count > Self.width {
                rows.append(row)
                row = piece
            } else {
                row += (isFirst ? "" : " ") + piece
            }
        }
        rows.append(row)
        line(rows[0])
        indented { out in for row in rows.dropFirst() { out.line(row) } }
        if tailStandsAlone { line(tail) }
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
