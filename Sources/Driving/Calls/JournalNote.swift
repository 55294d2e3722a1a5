import Scheduling

/// What the journal is given to write, or is asked.
package enum JournalNote: Sendable {
    /// An update took its position.
    case update(Position, name: String, bytes: [UInt8])
    /// What does that row say of this operation? Answered by
    /// `Submission.recalled`.
    case recall(CalledOperation, procedure: String, JournalIndex.Row)
    /// A `once` operation is about to be sent. Answered by `Submission.intended`, when it is
    /// on the disk.
    case intent(CalledOperation, procedure: String, HostID, host: String, AttemptID)
    case result(CalledOperation, procedure: String, host: String, [UInt8])
    /// A `once` operation's own failure.
    case failure(CalledOperation, procedure: String, host: String, String)
    /// A `once` operation ended after its intent, and no worker had it.
    case withdrawn(CalledOperation, procedure: String)

    package var bytes: Int {
        switch self {
        case .update(_, _, let bytes): bytes.count
        case .recall(let call, _, _), .intent(let call, _, _, _, _),
            .failure(let call, _, _, _), .withdrawn(let call, _):
            call.range.count
        case .result(let call, _, _, let bytes): call.range.count + bytes.count
        }
    }
}

/// What the file knows of an operation that came again.
package enum JournalMemory: Sendable {
    case result([UInt8], host: String)
    case failed(reason: String, host: String)
    /// It was about to be sent: whether it was executed nobody knows.
    case sent(host: String)
}
