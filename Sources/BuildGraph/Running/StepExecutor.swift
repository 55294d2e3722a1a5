/// How a step ended.
public enum StepOutcome: Hashable, Sendable {
    /// `output` is what the command printed; `written` are a function's files beyond the step's
    /// outputs.
    case succeeded(output: String, written: [String])
    case failed(output: String, status: String)
    /// The build was cancelled.
    case interrupted
    /// A dry run: nothing was done.
    case pretended
}

/// What acts where the plan decides.
public protocol StepExecutor: Sendable {
    /// False: the executor changes no file, and the log stays as it is.
    var writes: Bool { get }
    /// Ends early, with `.interrupted`, when its task is cancelled.
    func execute(_ step: Step) async -> StepOutcome
}

/// Changes nothing and lets every step end well.
public struct DryRunExecutor: StepExecutor {
    public init() {}
    public var writes: Bool { false }
    public func execute(_ step: Step) async -> StepOutcome { .pretended }
}
