/// What became of an operation's capsule.
public enum CapsuleRecord: Hashable, Sendable {
    case written(path: String)
    case failed(reason: String)
    /// The run leaves no record at all.
    case unwanted
}
