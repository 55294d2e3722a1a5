import Diagnostics
import Transport

/// What keeps a debugger from a process: a reason of ours, or the way to its host.
public enum AttachError: Error, Hashable, Sendable {
    case debugging(DebuggingError)
    case transport(TransportError)
}

extension AttachError: DiagnosticError {
    private var cause: any DiagnosticError {
        switch self {
        case .debugging(let error): error
        case .transport(let error): error
        }
    }

    public var diagnostic: Diagnostic { cause.diagnostic }
    public var exitCode: ExitCode { cause.exitCode }
}
