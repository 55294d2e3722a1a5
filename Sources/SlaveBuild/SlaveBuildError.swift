import BuildGraph
import Diagnostics

/// What ends the build of an application.
public enum SlaveBuildError: DiagnosticError {
    /// The graph or its log can't be worked with.
    case graph(GraphError)
    /// Steps failed; what they printed is in them, and went to `onEvent` when it happened.
    case failed([StepFailure], skipped: Int, commandsShown: Bool = false)
    case interrupted
    /// A goal that is no name of the manifest, and no file that the build makes.
    case unknownGoal(String, known: [String])
    /// A library of existing files has none for a target that needs it.
    case libraryLacks(library: String, target: String)
    /// A source in Zig, and a target that another toolchain builds.
    case zigNeeded(source: String, target: String)
    /// The directory of the manifest is no Swift package, so there is no master to build.
    case noPackage(directory: String)
    /// What a step wrote can't be read back.
    case productUnreadable(path: String)

    public var diagnostic: Diagnostic {
        switch self {
        case .graph(let error): return error.diagnostic
        case .failed(let failures, let skipped, let commandsShown):
            let others =
                skipped == 0
                ? [] : ["\(skipped) other step\(skipped == 1 ? " was" : "s were") not tried"]
            let what = failures.count == 1 ? "1 step" : "\(failures.count) steps"
            let hasCommand = failures.contains {
                $0.command != nil && BuildPart(group: $0.group) != .master
            }
            return Diagnostic(
                summary: "the build failed in \(what)", notes: failures.notes + others,
                remedy: hasCommand && !commandsShown
                    ? "marionette build -v shows the commands" : nil)
        case .interrupted:
            return Diagnostic(summary: "the build was interrupted")
        case .unknownGoal(let goal, let known):
            return Diagnostic(
                summary: "nothing makes '\(goal)'",
                notes: [
                    "a goal is a target, a host, a program, 'master', or a file that the build makes"
                ],
                remedy: nearest(to: goal, among: known).map { "did you mean '\($0)'?" })
        case .libraryLacks(let library, let target):
            return Diagnostic(
                summary: "library '\(library)' has no files for '\(target)'",
                remedy: "name them in marionette.yaml: files: { \(target): [FILE] }")
        case .zigNeeded(let source, let target):
            return Diagnostic(
                summary: "'\(source)' can't be compiled for '\(target)': its toolchain is not zig",
                remedy:
                    "choose machines with 'targets' of the program, or write it in another language"
            )
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
        case .noPackage, .libraryLacks, .zigNeeded: .configuration
        case .unknownGoal: .usage
        case .failed, .productUnreadable: .failed
        }
    }
}

extension [StepFailure] {
    /// `s390x: compile worker/sum.c: exit code 1`; the targets together in which a step ended alike.
    fileprivate var notes: [String] {
        var groups: [(text: String, groups: [String])] = []
        for failure in self {
            let text = "\(failure.step): \(failure.status)"
            let group = failure.group.isEmpty ? [] : [failure.group]
            if let index = groups.firstIndex(where: { $0.text == text }) {
                groups[index].groups += group
            } else {
                groups.append((text, group))
            }
        }
        return groups.map { $0.groups.isEmpty ? $0.text : "\($0.groups.listed): \($0.text)" }
    }
}
