import Diagnostics

/// What is wrong with one interface, collected over all passes.
struct Report {
    let source: SourceText
    private(set) var diagnostics: [Diagnostic] = []

    init(_ source: SourceText) { self.source = source }

    var isFull: Bool { diagnostics.count >= InterfaceLimits.diagnostics }

    mutating func error(
        _ summary: String, at range: SourceRange, notes: [String] = [], remedy: String? = nil
    ) {
        guard !isFull else { return }
        diagnostics.append(
            Diagnostic(summary: summary, place: source.place(range), notes: notes, remedy: remedy))
    }

    /// `file:line:column` of an earlier declaration, for a note.
    func mention(_ range: SourceRange) -> String {
        let place = source.place(range)
        return "\(place.file):\(place.line):\(place.column)"
    }
}

/// Everything that is wrong with an interface, in the order of the file.
public struct InterfaceErrors: Error, Hashable, Sendable {
    public let diagnostics: [Diagnostic]
}
