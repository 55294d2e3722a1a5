/// An error that knows how it is told. Each module has one enum of this kind.
///
/// Its `description` is the sentence: what `print(error)` shows.
public protocol DiagnosticError: Error, CustomStringConvertible {
    var diagnostic: Diagnostic { get }
    /// Everything that is wrong, where one pass finds several faults; `diagnostic` alone otherwise.
    var diagnostics: [Diagnostic] { get }
    /// What the command returns when this error ends it.
    var exitCode: ExitCode { get }
}

extension DiagnosticError {
    public var diagnostics: [Diagnostic] { [diagnostic] }
    public var description: String { diagnostic.summary }
}

/// The exit codes of every command (BSD's sysexits where one fits).
public enum ExitCode: Int32, Sendable {
    case done = 0
    /// The build or the program failed.
    case failed = 1
    case usage = 64
    case unreachable = 69
    /// A fault of Marionette itself.
    case software = 70
    /// Hosts differ after what should have been done on all or on none.
    case partial = 75
    case configuration = 78
    case interrupted = 130
}
