/// A place in a text file: the file as the user named it, line and column from 1, and the line
/// itself for the caret.
public struct SourcePlace: Hashable, Sendable {
    public var file: String
    public var line: Int
    /// In characters, from 1.
    public var column: Int
    /// How many characters the caret underlines, at least 1.
    public var length: Int
    /// The text of the line, without its newline; nil where it is not known.
    public var text: String?

    public init(file: String, line: Int, column: Int, length: Int = 1, text: String? = nil) {
        self.file = file
        self.line = line
        self.column = column
        self.length = max(1, length)
        self.text = text
    }

    /// The widest line that is shown; a longer one is shown without its text, so that hostile input
    /// cannot flood a terminal.
    static let widthMax = 500

    /// The line with its number, and the caret below it.
    var excerpt: [String] {
        guard let text, text.count <= Self.widthMax else { return [] }
        let number = String(line)
        let margin = String(repeating: " ", count: number.count)
        // Tabs stay tabs below the line, so that the caret stands under its character in any
        // terminal.
        let indent = String(text.prefix(column - 1).map { $0 == "\t" ? "\t" : " " })
        let tail = String(repeating: "~", count: length - 1)
        return [" \(number) | \(text)", " \(margin) | \(indent)^\(tail)"]
    }
}
