/// What happens in a build, in order.
public enum BuildEvent: Sendable {
    /// Another build works in the same directory; this one goes on when it has ended.
    case waiting(for: LockHolder)
    /// How many steps each group has, and how many have each name; comes once, before any step.
    case planned(steps: [String: Int], names: [String: Int] = [:])
    case upToDate(Step)
    case started(Step, Reason)
    case finished(Step, StepOutcome)
}

/// The counts of one group.
public struct GroupProgress: Hashable, Sendable {
    public var total = 0
    /// Up to date, or run; failed steps too.
    public var done = 0
    /// How many of them ran.
    public var ran = 0
    /// The steps that run now, the oldest first.
    public var running: [RunningStep] = []

    public init() {}
}

/// A step while it runs.
public struct RunningStep: Hashable, Sendable {
    public var name: String
    /// Progress names it.
    public var isSlow: Bool
}

/// The counts that the events so far add up to.
public struct BuildProgress: Sendable {
    public private(set) var groups: [String: GroupProgress] = [:]

    public init() {}

    public var isWorking: Bool { groups.values.contains { !$0.running.isEmpty } }

    public mutating func apply(_ event: BuildEvent) {
        switch event {
        case .waiting: break
        case .planned(let steps, _):
            for (group, total) in steps { groups[group, default: GroupProgress()].total = total }
        case .upToDate(let step):
            groups[step.group, default: GroupProgress()].done += 1
        case .started(let step, _):
            groups[step.group, default: GroupProgress()].running.append(
                RunningStep(name: step.name, isSlow: step.isSlow))
        case .finished(let step, _):
            var group = groups[step.group] ?? GroupProgress()
            group.done += 1
            group.ran += 1
            if let index = group.running.firstIndex(where: { $0.name == step.name }) {
                group.running.remove(at: index)
            }
            groups[step.group] = group
        }
    }
}

/// A step that did not end well.
public struct StepFailure: Hashable, Sendable {
    public var step: String
    public var group: String
    /// The command as it was started; nil for a function.
    public var command: [String]?
    /// Everything that it printed.
    public var output: String
    /// `exit code 1`, `killed by SIGSEGV`.
    public var status: String
}

/// What a build came to.
public struct BuildSummary: Sendable {
    /// Steps that ran (in a dry run: that would run) and why, in order of their start.
    public var ran: [(step: Step, reason: Reason)] = []
    public var upToDate = 0
    public var failures: [StepFailure] = []
    /// Steps that were not tried, because one that they need failed or the build was ended.
    public var skipped = 0
    public var wasInterrupted = false

    public init() {}

    /// Everything that was asked for is there.
    public var isComplete: Bool { failures.isEmpty && skipped == 0 && !wasInterrupted }
}
