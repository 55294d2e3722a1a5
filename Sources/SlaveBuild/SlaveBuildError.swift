import BuildGraph
import Diagnostics

/// What ends the build of an application.
public enum SlaveBuildError: DiagnosticError {
    /// The graph or its log can't be worked with.
    case graph(GraphError)
    /// Steps failed; what they printed is in them, and went to `onEvent` when it happened.
    case failed([StepFailure], skipped: Int)
    case interrupted
    /// The directory of the manifest is no Swift package, so there is no master to build.
    case noPackage(directory: String)
    /// What a step wrote can't be read back.
    case productUnreadable(path: String)

    public var diagnostic: Diagnostic {
        switch self {
        case .graph(let error): return error.diagnostic
        case .failed(let failures, let skipped):
            let steps = failures.map { failure in
                let place = failure.group.isEmpty ? "" : "\(failure.group): "
                return "\(place)\(failure.step): \(failure.status)"
            }
            let others = skipped > 0 ? ["\(skipped) other steps were not tried"] : []
            let what = failures.count == 1 ? "1 step" : "\(failures.count) steps"
            return Diagnostic(summary: "the build failed in \(what)", notes: steps + others)
        case .interrupted:
            return Diagnostic(summary: "the build was interrupted")
        case .noPackage(let directory):
            return Diagnostic(
                summary: "no Package.swift in '\(directory)'",
                remedy: "the master is an executable product of a Swift package beside the manifest"
            )
        case .productUnreadable(let path):
            return Diagnostic(
                summary: "can't read '\(path)'", remedy: "marionette clean && marionette build")
        }
    }

    public var exitCode: ExitCode {
        switch self {
        case .graph(let error): error.exitCode
        case .interrupted: .interrupted
        case .noPackage: .configuration
        case .failed, .productUnreadable: .failed
        }
    }
}
