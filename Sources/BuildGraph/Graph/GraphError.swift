import Diagnostics

/// What ends a build before a step runs, or keeps its log from being used. A failed step is no
/// error: see `BuildSummary.failures`.
public enum GraphError: DiagnosticError, Hashable {
    /// A step needs a file that another one makes.
    public struct Link: Hashable, Sendable {
        public var step: String
        public var path: String
        public var producer: String
    }

    case cycle(links: [Link])
    /// Two steps write the same file.
    case twoProducers(path: String, first: String, second: String)
    case missingInput(path: String, step: String)
    /// A goal that no step makes and no step needs.
    case unknownGoal(path: String)
    /// A goal that steps read and none makes.
    case goalIsSource(path: String)
    /// A step's pool has no size.
    case unknownPool(name: String, step: String)
    case logUnusable(path: String, reason: String)
    /// There is no place for the log, in words: `can't make '/a/b': permission denied`.
    case directoryUnusable(String)
    /// A file that builds hold in turn can't be locked.
    case lockUnusable(path: String, reason: String)
    /// Another build works on the same log.
    case busy(log: String, holder: LockHolder)

    public var diagnostic: Diagnostic {
        switch self {
        case .cycle(let links):
            Diagnostic(
                summary: "the build runs in a circle",
                notes: links.map { link in
                    "'\(link.step)' needs '\(link.path)', which '\(link.producer)' makes"
                })
        case .twoProducers(let path, let first, let second):
            Diagnostic(
                summary: "two steps make '\(path)'", notes: ["'\(first)'", "'\(second)'"])
        case .missingInput(let path, let step):
            Diagnostic(summary: "'\(path)' does not exist", notes: ["'\(step)' needs it"])
        case .unknownGoal(let path):
            Diagnostic(summary: "nothing makes '\(path)'")
        case .goalIsSource(let path):
            Diagnostic(
                summary: "nothing makes '\(path)'", notes: ["it is a source, which steps read"])
        case .unknownPool(let name, let step):
            Diagnostic(
                summary: "pool '\(name)' has no size", notes: ["'\(step)' is in it"])
        case .logUnusable(let path, let reason):
            Diagnostic(
                summary: "can't use the build log '\(path)': \(reason)",
                remedy: "marionette clean removes it; the next build makes everything again")
        case .directoryUnusable(let summary):
            Diagnostic(
                summary: summary, notes: ["a build keeps there what it makes"],
                remedy: "let this user write there")
        case .lockUnusable(let path, let reason):
            Diagnostic(
                summary: "can't lock '\(path)': \(reason)",
                remedy:
                    "let this user write there, and remove what is in its place if that is no file")
        case .busy(let log, let holder):
            Diagnostic(
                summary: "another build is at work in this directory",
                notes: [
                    holder.process == nil ? "it holds '\(log)'" : "it is \(holder.told)"
                ],
                remedy: holder.process.map { "wait for it, or end it: kill \($0)" }
                    ?? "wait for it, or end it")
        }
    }

    public var exitCode: ExitCode {
        switch self {
        case .cycle, .twoProducers, .unknownPool: .software
        default: .failed
        }
    }
}
