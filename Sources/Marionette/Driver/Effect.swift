import RunRecords
import Scheduling
import WireProtocol

/// What the driver wants done. It does nothing itself: whoever has its channels, its clock and its
/// disk carries these out, in their order, after each call.
enum Effect {
    /// A slave is to be started there; `Driver.connected` or `Driver.unreached` says what came of
    /// it.
    case connect(HostID)
    /// The host's channel is to be closed: the driver hears nothing of it any more. It has carried
    /// so many bytes.
    case close(HostID, Traffic)
    /// No connection that is being made is wanted any more.
    case stopConnecting
    case journal(JournalNote)
    /// The operation ends when its capsule is written, or can't be: `Driver.capsuleWritten`. The
    /// closure puts it together; nil: something of it is gone.
    case writeCapsule(CalledOperation, @Sendable () -> Capsule?)
    case reply(ControlTicket, ControlAnswer)
    /// The process must have descriptors enough for one host more; then `Driver.admit` takes it.
    case makeRoom(RunDescription.HostDescription, ControlTicket)
    /// An absent host is in the run, or is not to be looked for any more.
    case found(String)
    /// An absent host is to be looked for again after a while.
    case missed(String)
    /// What the user asks is not taken any more.
    case endControl
    case record(RunNews)
    /// A signal has ended the run: the process is to end by it.
    case endBySignal(Int32)
}

/// Who asked something through the control socket.
struct ControlTicket: Hashable, Sendable {
    let number: Int
}

/// Bytes to and from a host.
struct Traffic: Hashable, Sendable {
    var sent: UInt64 = 0
    var received: UInt64 = 0
}

/// What happened, for the record of the run and its display.
enum RunNews {
    /// A host is of the run from now on.
    case declared(RunDescription.HostDescription)
    indirect case greeted(slave_identity, HostID)
    case lost(HostID, reason: String, retryAfter: Duration?)
    case left(HostID)
    indirect case workerStarted(slave_worker_start, HostID)
    /// With the operation that it executed, as far as somebody waits for that.
    indirect case workerEnded(slave_worker_end, HostID, CalledOperation?, Receipt)
    case submitted(procedure: UInt32, count: Int)
    /// - Receipt: the answer that ended it; nil: none did.
    case ended(CalledOperation, OperationLine.Outcome, Receipt?)
    indirect case failed(CalledOperation, any Error, Receipt?)
    case recalled(CalledOperation)
    /// Time that a worker took for what had ended already.
    case worked(HostID, microseconds: UInt64)
    case retried(AttemptID, CalledOperation?, HostID, RetryCause)
    case doubled(AttemptID, CalledOperation?, HostID)
    indirect case updated(Position, UpdateStore.Update)
    case transferred(SharedVersion, bytes: Int, HostID)
    /// A line of a slave's log, or one that user code wrote.
    indirect case line(String, HostID, OutputSource?)
    case draining(open: Int)
    case note(String)
    case warning(String)
}

/// What a slave's message says of an operation, an update or a worker.
struct Receipt {
    var host: HostID
    var worker: UInt32 = 0
    var attempt: UInt32 = 0
    /// When that attempt was sent, and the worker's own time for it.
    var sent: Instant?
    var microseconds: UInt64 = 0
    /// The slave refused the operation: its deadline passed before a worker had it.
    var isLate = false
    /// An operation's or update's own words, or how a worker ended.
    var failure = ""
}

/// How a slave's process ended.
enum SlaveEnding: Hashable, Sendable {
    case exited(status: Int32)
    /// The signal's name without its prefix: `KILL`.
    case signalled(name: String)
    /// Nobody says.
    case untold
}
