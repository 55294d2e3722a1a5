/// A word, a number or a mark of an interface file, with the comments that stand by it.
struct Token: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case word
        case number(Int128)
        /// What stands between quotes.
        case text(String)
        case mark
        /// The end of the file.
        case end
    }

    var kind: Kind
    /// As written; empty at the end.
    var text: String
    var range: SourceRange
    /// The comment on the lines above.
    var leadingComment: String?
    /// The comment behind it on the same line.
    var trailingComment: String?

    /// How a diagnostic names it.
    var described: String { kind == .end ? "the end of the file" : "'\(text)'" }
}

/// Words of RFC 4506 that can't be names. Those of the `application` and `program` blocks can: they
/// mean something only where they stand.
let reservedWords: Set<String> = [
    "bool", "case", "const", "default", "double", "quadruple", "enum", "float", "hyper", "int",
    "opaque", "string", "struct", "switch", "typedef", "union", "unsigned", "void",
]
