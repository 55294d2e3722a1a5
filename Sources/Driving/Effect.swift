import RunRecords
import Scheduling
import WireProtocol

/// What the driver wants done. It does nothing itself: whoever has its channels, its clock and its
/// disk carries these out, in their order, after each call.
package enum Effect {
    /// A slave is to be started there; `Driver.connected` or `Driver.unreached` says what came of
    /// it.
    case connect(HostID)
    /// The host's channel is to be closed: the driver hears nothing of it any more. It has carried
    /// so many bytes.
    case close(HostID, Traffic)
    /// No connection that is being made is wanted any more.
    case stopConnecting
    case journal(JournalNote)
    /// `Driver.capsuleWritten` is called when it is written, or can't be: an operation that killed its
    /// workers ends then. The closure puts it together; nil: something of it is gone.
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
package struct ControlTicket: Hashable, Sendable {
    package let number: Int

    package init(number: Int) { self.number = number }
}

/// Bytes to and from a host.
package struct Traffic: Hashable, Sendable {
    package var sent: UInt64 = 0
    package var received: UInt64 = 0
}

/// What happened, for the record of the run and its display.
package enum RunNews {
    /// A host is of the run from now on.
    case declared(RunDescription.HostDescription)
    indirect case greeted(slave_identity, HostID)
    case lost(HostID, reason: String, retryAfter: Duration?)
    case left(HostID)
    indirect case workerStarted(slave_worker_start, HostID)
    /// With the operation that it executed, as far as somebody waits for that.
    indirect case workerEnded(slave_worker_end, HostID, CalledOperation?, Receipt)
    /// What it said of that, if the operation crashed.
    indirect case crashed(slave_crash, HostID, CalledOperation)
    case submitted(procedure: UInt32, count: Int)
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
package struct Receipt {
    package var host: HostID
    package var worker: UInt32 = 0
    package var attempt: UInt32 = 0
    /// When that attempt was sent, and the worker's own time for it.
    package var sent: Instant?
    package var microseconds: UInt64 = 0
    /// The slave refused the operation: its deadline passed before a worker had it.
    package var isLate = false
    /// An operation's or update's own words, or how a worker ended.
    package var failure = ""
}

/// How a slave's process ended.
package enum SlaveEnding: Hashable, Sendable {
    case exited(status: Int32)
    /// The signal's name without its prefix: `KILL`.
    case signalled(name: String)
    /// Nobody says.
    case untold
}

/// What looking for a host came to.
package enum SeekOutcome: Sendable {
    case joined
    /// Its machine does not answer.
    case unreachable
    case refused(String)
}

/// Who wrote a line, as far as its slave knows.
package struct OutputSource {
    /// nil: a replica, which executes context operations.
    package var worker: UInt32?
    /// The operation's name.
    package var procedure: String?
    /// Where it has not ended.
    package var operation: OperationPlace?
}

/// How an operation ended that did not fail.
package enum OperationOutcome { case done, cancelled, recalled }

/// An operation ended that did not fail. On the path of every operation, so that these are handed over in
/// a list of their own.
package struct OperationEnding {
    package let operation: CalledOperation
    package let outcome: OperationOutcome
    /// The answer that ended it; nil: none did.
    package let receipt: Receipt?
}
