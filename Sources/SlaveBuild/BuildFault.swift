import Diagnostics

/// Something that a step of ours found and can't go on with: mostly an output of a tool that is not
/// what it should be, for which building anew helps.
struct BuildFault: DiagnosticError, Hashable {
    var summary: String
    var remedy = "marionette clean && marionette build"

    var diagnostic: Diagnostic { Diagnostic(summary: summary, remedy: remedy) }

    var exitCode: ExitCode { .failed }
}
