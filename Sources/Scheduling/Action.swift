/// What the driver does next, in the order given. Messages to one host keep their order on its
/// stream.
public enum Action: Hashable, Sendable {
    /// Connect in the background; answer with `hostConnected` or `hostLost`.
    case connect(HostID)
    /// Close the channel without a word.
    case disconnect(HostID, DisconnectCause)
    /// No operation will come for these positions. The update sent next may leave out numbers that
    /// are among them.
    case sendRetire(HostID, Range<Position>)
    case sendUpdate(HostID, Position)
    case sendDefinition(HostID, SharedVersion)
    case sendOperation(HostID, AttemptID, at: Position)
    case sendCancel(HostID, AttemptID)
    case sendPing(HostID)
    case sendGoodbye(HostID)
    /// A first host applied the update.
    case finishUpdate(Position)
    /// The operation's one ending.
    case finish(OperationID, Outcome)
    /// No operation can read this version any more.
    case forget(SharedVersion)
    /// No host will be sent this update any more: a later one replaces it.
    case forgetUpdate(Position)
    /// After an interruption: nothing is open any more.
    case drained
    /// The run's one ending before its program's; the open operations have been finished before.
    case failRun(RunFailure)
    case record(Incident)
}

/// Why a channel is closed without a word.
public enum DisconnectCause: Hashable, Sendable {
    /// Nothing was heard from the host for too long: it counts as lost.
    case silence
    /// It can't apply what another one could, or may: it counts as lost.
    case updateFailed(Position)
    /// The user removed it before it was connected.
    case removed
}

/// How an operation ended for its caller.
public enum Outcome: Hashable, Sendable {
    /// The reply at hand holds the result.
    case succeeded
    /// The reply at hand holds the operation's own failure.
    case failed
    case cancelled
    case deadlinePassed
    /// The run was interrupted before it was executed.
    case interrupted
    /// It killed its worker this often, the last time on this host.
    case poisoned(kills: Int, HostID)
    /// It may have been executed and must not be executed again.
    case fateUnknown(HostID, RetryCause)
    /// The run failed around it.
    case abandoned
}

public enum RunFailure: Hashable, Sendable {
    case updateFailed(HostID, Position)
    /// No host was connected for as long as the policy says.
    case noHost(within: Duration)
    /// Each host was given up.
    case allHostsGivenUp
}

public enum RetryCause: Hashable, Sendable {
    case workerEnded
    case hostLost
    case hostRemoved
    /// The host was restarted before it came to the operation: that was not executed.
    case hostRestarted
}

/// What is worth telling, though nothing has to be done about it.
public enum Incident: Hashable, Sendable {
    case hostLost(HostID, retryAfter: Duration)
    case hostGivenUp(HostID, failures: Int)
    /// A host that was drained or removed is gone.
    case hostLeft(HostID)
    /// The last connected host is gone; the run fails if none comes within this time.
    case hostless(failsAfter: Duration)
    case operationRetried(AttemptID, on: HostID, RetryCause)
    /// A second attempt beside a slow first one, on another host.
    case operationDoubled(AttemptID, on: HostID)
}
