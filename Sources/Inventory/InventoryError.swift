import Diagnostics

/// What can be wrong with a manifest, a target file, or the data that Marionette itself needs.
public enum InventoryError: DiagnosticError, Hashable {
    /// A file can't be read at all.
    case unreadable(file: String, reason: String)
    /// The directory holds no marionette.yaml.
    case manifestMissing(directory: String)
    /// Faults of a manifest or a target file, in order of their lines; never empty.
    case faults([Diagnostic])
    /// Targets, templates and the slave's sources are nowhere; `searched` tells where they were
    /// looked for.
    case dataMissing(searched: [String])
    /// A target that is asked for by name does not exist.
    case unknownTarget(name: String, known: [String])
    /// A project's target has the name of one that comes with Marionette.
    case targetTaken(name: String, file: String)
    /// This machine can't build a target; `reasons` tell why, where there is more to it than a
    /// missing toolchain.
    case notBuildable(target: String, reasons: [String] = [], remedy: String?)

    /// All that is wrong, for a display that shows every fault.
    public var diagnostics: [Diagnostic] {
        switch self {
        case .faults(let faults): faults
        case .unreadable(let file, let reason):
            [Diagnostic(summary: "can't read '\(file)': \(reason)")]
        case .manifestMissing(let directory):
            [
                Diagnostic(
                    summary: "no \(Manifest.fileName) in '\(directory)'",
                    remedy: "marionette init DIR makes a project; -C DIR works on the one in DIR")
            ]
        case .dataMissing(let searched):
            [
                Diagnostic(
                    summary: "the targets and the slave's sources are missing",
                    notes: searched.map { "not in '\($0)'" },
                    remedy: "set MARIONETTE_DATA to the directory that holds Targets")
            ]
        case .unknownTarget(let name, let known):
            [
                Diagnostic(
                    summary: "unknown target '\(name)'",
                    notes: UnknownTarget.notes(among: known),
                    remedy: UnknownTarget.remedy(name, among: known))
            ]
        case .targetTaken(let name, let file):
            [
                Diagnostic(
                    summary: "target '\(name)' comes with Marionette, and '\(file)' is another one",
                    remedy: "rename the file: its name is the target's")
            ]
        case .notBuildable(let target, let reasons, let remedy):
            [
                Diagnostic(
                    summary: "this machine can't build '\(target)'", notes: reasons, remedy: remedy)
            ]
        }
    }

    /// The first fault; the others are `diagnostics`.
    public var diagnostic: Diagnostic {
        diagnostics.first ?? Diagnostic(summary: "the manifest is wrong")
    }

    public var exitCode: ExitCode {
        switch self {
        case .notBuildable: .failed
        // A manifest's own targets are checked where it is read: this one stood on the command line.
        case .unknownTarget: .usage
        default: .configuration
        }
    }
}
