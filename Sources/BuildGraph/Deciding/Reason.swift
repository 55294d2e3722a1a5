/// Why a step runs. It is recorded on the line that decides it and told by `--explain`.
public enum Reason: Hashable, Sendable {
    /// See `Step.isDelegated`.
    case decidesItself
    case neverBuilt
    case failedBefore
    case commandChanged
    case environmentChanged
    case toolChanged(from: String, to: String)
    case inputAdded(path: String)
    case inputRemoved(path: String)
    case inputChanged(path: String)
    /// A file that a depfile told of.
    case headerChanged(path: String)
    case headerMissing(path: String)
    /// An input, or what a depfile told of: nobody knows which content the step read.
    case changedMeanwhile(path: String)
    /// A file that the command looked for and had not found.
    case headerAppeared(path: String)
    case outputMissing(path: String)
    /// Something else than this step wrote the output.
    case outputChanged(path: String)
    /// In a dry run: a step that makes this input would run, and what it would write is not known.
    case inputPending(path: String)

    /// One line, with paths shortened by `shorten`.
    public func text(shorten: (String) -> String = { $0 }) -> String {
        switch self {
        case .decidesItself: "it decides itself what there is to do"
        case .neverBuilt: "never built"
        case .failedBefore: "it failed or was interrupted last time"
        case .commandChanged: "the command line changed"
        case .environmentChanged: "the environment of the command changed"
        case .toolChanged(let from, let to): "the tool changed from '\(from)' to '\(to)'"
        case .inputAdded(let path): "input '\(shorten(path))' is new"
        case .inputRemoved(let path): "'\(shorten(path))' is no input any more"
        case .inputChanged(let path): "input '\(shorten(path))' changed"
        case .headerChanged(let path): "'\(shorten(path))', which it reads, changed"
        case .headerMissing(let path): "'\(shorten(path))', which it read, is gone"
        case .changedMeanwhile(let path):
            "'\(shorten(path))' was changed while it ran last time, or could not be read"
        case .headerAppeared(let path):
            "'\(shorten(path))', which it looked for, has appeared"
        case .outputMissing(let path): "output '\(shorten(path))' is missing"
        case .outputChanged(let path): "output '\(shorten(path))' was changed by something else"
        case .inputPending(let path): "input '\(shorten(path))' would be made again"
        }
    }
}
