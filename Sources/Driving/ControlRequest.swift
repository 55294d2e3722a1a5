import RunRecords

/// What a user asks of a run that goes on: one line of JSON over its control socket, answered by
/// one line.
public enum ControlRequest: Codable, Hashable, Sendable {
    /// A host joins; answered when its slave said hello.
    case add(RunDescription.HostDescription)
    /// A host gets nothing new and leaves when it is idle; answered when it has left.
    case drain(host: String)
    /// A host leaves at once; its operations go elsewhere.
    case remove(host: String)
    /// The hosts of the run.
    case list
    /// A worker stands still; answered when it does, and again if the hold ends before the connection.
    case hold(HoldRequest)
}

public enum ControlAnswer: Codable, Hashable, Sendable {
    /// A sentence.
    case done(String)
    case refused(String)
    case hosts([ControlHost])
    case held(HeldProcess)
}

/// A host of a run, as `list` tells it.
public struct ControlHost: Codable, Hashable, Sendable {
    public enum State: String, Codable, Sendable {
        case connecting, connected, draining, lost, left
    }

    public var name: String
    public var target: String
    public var state: State

    public init(name: String, target: String, state: State) {
        self.name = name
        self.target = target
        self.state = state
    }
}
