import Diagnostics

/// What can go wrong with the record of a run.
public enum RunRecordsError: Error, Hashable, Sendable {
    case runDescriptionUnreadable(path: String, reason: String)
    case runDescriptionUnwritable(path: String, reason: String)
    case eventLogUnreadable(path: String, reason: String)
    case traceUnwritable(path: String, reason: String)
    case capsuleUnreadable(path: String, reason: String)
}

extension RunRecordsError: DiagnosticError {
    public var exitCode: ExitCode { .configuration }

    public var diagnostic: Diagnostic {
        switch self {
        case .runDescriptionUnreadable(let path, let reason):
            Diagnostic(
                summary: "the run description '\(path)' can't be read: \(reason)",
                remedy: "marionette run")
        case .runDescriptionUnwritable(let path, let reason):
            Diagnostic(summary: "the run description '\(path)' can't be written: \(reason)")
        case .eventLogUnreadable(let path, let reason):
            Diagnostic(summary: "the event log '\(path)' can't be read: \(reason)")
        case .traceUnwritable(let path, let reason):
            Diagnostic(summary: "the trace '\(path)' can't be written: \(reason)")
        case .capsuleUnreadable(let path, let reason):
            Diagnostic(summary: "the capsule '\(path)' can't be read: \(reason)")
        }
    }
}
