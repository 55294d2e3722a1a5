/// Collects lines of generated code and owns their indentation.
struct CodeWriter {
    private(set) var lines: [String] = []
    private var depth = 0

    static let width = 100
    /// Columns before each line's text.
    var margin: Int { 4 * depth }

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
        guard margin + whole.count > Self.width, !items.isEmpty else { return line(whole) }
        let last = tailStandsAlone ? "" : tail
        if breaksBefore {
            line(head)
            indented { $0.fill("", items, last) }
        } else {
            fill(head, items, last)
        }
        if tailStandsAlone { line(tail) }
    }

    /// `start` and the items on as many lines as they need; behind a start, later lines stand four
    /// columns further in.
    private mutating func fill(_ start: String, _ items: [String], _ tail: String) {
        var row = start
        for (index, item) in items.enumerated() {
            let piece = item + (index == items.count - 1 ? tail : ",")
            let isFirst = row == start
            if !isFirst, margin + row.count + 1 + piece.count > Self.width {
                line(row)
                row = (start.isEmpty ? "" : "    ") + piece
            } else {
                row += (isFirst ? "" : " ") + piece
            }
        }
        line(row)
    }

    /// A collection's literal: where one line would be too wide, its items fill lines of their own.
    /// `breakingBefore` is the end of `head` that then begins a line as well.
    mutating func swiftCollection(
        _ head: String, _ items: [String], _ tail: String, breakingBefore: String? = nil
    ) {
        let whole = head + items.joined(separator: ", ") + tail
        guard margin + whole.count > Self.width else { return line(whole) }
        if let last = breakingBefore, head.hasSuffix(last) {
            line(String(head.dropLast(last.count + 1)))
            line(last)
        } else {
            line(head)
        }
        indented { $0.fill("", items, ",") }
        line(tail)
    }

    /// What a `case` does, beside it where it is one line that fits.
    mutating func arm(_ label: String, _ body: (inout CodeWriter) -> Void) {
        var inner = CodeWriter()
        body(&inner)
        if inner.lines.count == 1, margin + label.count + 1 + inner.lines[0].count <= Self.width {
            line("\(label) \(inner.lines[0])")
        } else {
            line(label)
            indented(body)
        }
    }

    /// Arguments that stand on lines of their own where one line would be too wide.
    mutating func swiftArguments(_ head: String, _ arguments: [String], _ tail: String) {
        let whole = head + arguments.joined(separator: ", ") + tail
        guard margin + whole.count > Self.width else { return line(whole) }
        line(head)
        indented { out in
            for (index, argument) in arguments.enumerated() {
                out.line(argument + (index == arguments.count - 1 ? tail : ","))
            }
        }
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
