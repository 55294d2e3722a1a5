import Diagnostics

/// Something that a step of ours found and can't go on with: mostly an output of a tool that is not
/// what it should be, for which building anew helps.
struct BuildFault: DiagnosticError, Hashable {
    /// Never empty.
    var diagnostics: [Diagnostic]

    init(_ diagnostics: [Diagnostic]) { self.diagnostics = diagnostics }

    init(summary: String, remedy: String = "marionette clean && marionette build") {
        diagnostics = [Diagnostic(summary: summary, remedy: remedy)]
    }

    var diagnostic: Diagnostic { diagnostics[0] }
    var exitCode: ExitCode { .failed }
}
