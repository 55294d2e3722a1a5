/// A word of a command in which names in braces stand for what the manifest says of a host: `{host}`.
struct CommandTemplate {
    enum Field: String, CaseIterable {
        case host, address, user, port

        var inBraces: String { "{\(rawValue)}" }
    }

    /// What is wrong, and with which of the word's characters.
    struct Fault: Error {
        /// What stands in the braces; nil: they have no end.
        var name: String?
        var offset: Int
        var length: Int
    }

    private enum Part { case text(String), field(Field) }

    private var parts: [Part] = []

    var fields: Set<Field> {
        Set(parts.compactMap { if case .field(let field) = $0 { field } else { nil } })
    }

    /// `{{` is one `{`; a `}` that ends no name is one.
    init(_ word: String) throws(Fault) {
        var rest = word[...]
        while let brace = rest.firstIndex(of: "{") {
            parts.append(.text(String(rest[..<brace])))
            rest = rest[brace...].dropFirst()
            if rest.first == "{" {
                parts.append(.text("{"))
                rest = rest.dropFirst()
                continue
            }
            let offset = word.distance(from: word.startIndex, to: brace)
            guard let end = rest.firstIndex(of: "}") else {
                throw Fault(name: nil, offset: offset, length: 1)
            }
            let name = String(rest[..<end])
            guard let field = Field(rawValue: name) else {
                throw Fault(name: name, offset: offset, length: name.count + 2)
            }
            parts.append(.field(field))
            rest = rest[end...].dropFirst()
        }
        parts.append(.text(String(rest)))
    }

    func expanded(_ value: (Field) -> String) -> String {
        parts.map { part in
            switch part {
            case .text(let text): text
            case .field(let field): value(field)
            }
        }
        .joined()
    }
}
