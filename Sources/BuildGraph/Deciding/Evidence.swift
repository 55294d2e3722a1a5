/// One finding for which a step did not have to run.
public enum Evidence: Hashable, Sendable {
    /// Command line, environment and tool are the same.
    case sameCommand(tool: String)
    /// - `wasRead`: by its content; else by size, times and inode.
    case sameInput(path: String, wasRead: Bool)
    /// A file that a depfile told of.
    case sameHeader(path: String, wasRead: Bool)
    /// A file that the command looked for and had not found.
    case stillAbsent(path: String)
    case sameOutput(path: String, wasRead: Bool)

    /// One line, with paths shortened by `shorten`.
    public func text(shorten: (String) -> String = { $0 }) -> String {
        func content(_ wasRead: Bool) -> String {
            wasRead
                ? "has the same content, though it may have been written"
                : "was not written since"
        }
        return switch self {
        case .sameCommand(let tool):
            "the command line and its environment are the same"
                + (tool.isEmpty ? "" : ", and so is the tool, '\(tool)'")
        case .sameInput(let path, let wasRead): "input '\(shorten(path))' \(content(wasRead))"
        case .sameHeader(let path, let wasRead):
            "'\(shorten(path))', which it reads, \(content(wasRead))"
        case .stillAbsent(let path):
            "'\(shorten(path))', which it looked for, still does not exist"
        case .sameOutput(let path, let wasRead): "output '\(shorten(path))' \(content(wasRead))"
        }
    }
}

/// Why an output is made again, or is not.
public struct Explanation: Sendable {
    /// The step that makes the output.
    public var step: Step
    public var verdict: Verdict
    /// Where the step would run because of what another one writes: that one, and so on to the one
    /// where it begins.
    public var causes: [(step: Step, reason: Reason)] = []
}

/// What a build would do with a step.
public enum Verdict: Hashable, Sendable {
    case runs(Reason)
    /// Its outputs are what it would write. The evidence is complete where it was asked for.
    case upToDate([Evidence])

    public var reason: Reason? {
        if case .runs(let reason) = self { reason } else { nil }
    }
}
