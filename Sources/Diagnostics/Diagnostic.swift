/// What a user is told when something is wrong: what, where, and what to type next.
///
/// `summary` is one line in lower case without a full stop; names stand in single quotes, the host
/// first. Each module renders its own errors to this value (see `DiagnosticError`); only the
/// command prints it.
public struct Diagnostic: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Severity: String, Hashable, Sendable { case error, warning }

    public var severity: Severity
    public var summary: String
    /// Where it is, when a file of the user is at fault.
    public var place: SourcePlace?
    /// More facts, one line each.
    public var notes: [String]
    /// What to do or type next.
    public var remedy: String?

    public init(
        severity: Severity = .error, summary: String, place: SourcePlace? = nil,
        notes: [String] = [],
        remedy: String? = nil
    ) {
        self.severity = severity
        self.summary = summary
        self.place = place
        self.notes = notes
        self.remedy = remedy
    }

    public var description: String { summary }

    /// The text for a terminal, in the form that compilers use and editors understand; ends without
    /// a newline.
    public var rendered: String {
        var lines: [String] = []
        if let place {
            lines.append(
                "\(place.file):\(place.line):\(place.column): \(severity.rawValue): \(summary)")
            lines += place.excerpt
        } else {
            lines.append("\(severity.rawValue): \(summary)")
        }
        lines += notes.map { "  note: \($0)" }
        if let remedy { lines.append("  help: \(remedy)") }
        // Hosts and files have a say in these texts. Lines of ours stay lines.
        return lines.joined(separator: "\n").split(
            separator: "\n", omittingEmptySubsequences: false
        )
        .map { String($0).neutral }.joined(separator: "\n")
    }
}
