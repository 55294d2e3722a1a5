import Diagnostics

/// What is wrong with one interface, collected over all passes.
struct Report {
    /// Grows by each file that is included.
    var source: SourceText
    private(set) var diagnostics: [Diagnostic] = []
    /// What is worth knowing and stops nothing.
    private(set) var warnings: [Diagnostic] = []

    init(_ source: SourceText) { self.source = source }

    var isFull: Bool { diagnostics.count >= InterfaceLimits.diagnostics }

    mutating func error(
        _ summary: String, at range: SourceRange, notes: [String] = [], remedy: String? = nil
    ) {
        guard !isFull else { return }
        diagnostics.append(
            Diagnostic(summary: summary, place: source.place(range), notes: notes, remedy: remedy))
    }

    mutating func warning(_ summary: String, at range: SourceRange, remedy: String? = nil) {
        guard warnings.count < InterfaceLimits.diagnostics else { return }
        warnings.append(
            Diagnostic(
                severity: .warning, summary: summary, place: source.place(range), remedy: remedy))
    }

    /// `file:line:column` of an earlier declaration, for a note.
    func mention(_ range: SourceRange) -> String {
        let place = source.place(range)
        return "\(place.file):\(place.line):\(place.column)"
    }
}

/// Everything that is wrong with an interface, in the order of the file.
public struct InterfaceErrors: DiagnosticError, Hashable, Sendable {
    /// At least one.
    public let diagnostics: [Diagnostic]

    public var diagnostic: Diagnostic { diagnostics[0] }
    public var exitCode: ExitCode { .failed }
}
