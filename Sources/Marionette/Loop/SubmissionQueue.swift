import Driving
import RunRecords
import Scheduling
import Synchronization
import Transport

/// What other threads hand to the I/O thread, in order.
enum Submission: Sendable {
    case calls([Call])
    case cancel([Call])
    case context(procedure: UInt32, arguments: [UInt8], any CallSink)
    case shared(slot: Int, SharedContent)
    /// A connection was made, or not, in the background.
    case connection(HostID, ConnectionOutcome)
    case interrupted(signal: Int32)
    /// What a user asks through the control socket.
    case control(ControlRequest, ControlWaiter)
    /// Whoever has a worker held says that a debugger is there, or is gone.
    case holdAttached(ControlWaiter)
    case holdClosed(ControlWaiter)
    /// An absent host was looked for.
    case sought(host: String, SeekOutcome)
    /// What the journal knows of an operation that it was asked for.
    case recalled(CalledOperation, JournalMemory)
    /// The journal has on the disk that a `once` operation is about to be sent.
    case intended(HostID, AttemptID)
    case journalHasRoom
    /// The journal can't be written, or tells of another program.
    case journalFailed(RunError)
    /// What is known of a worker's crash.
    case explained(Crash, CrashText)
    /// The program ended, with the error that it threw; the sink is told when every slave has.
    case finish(any CallSink, threw: String?)
    /// A capsule was written, or not: the operation that it is of can end.
    case capsule(CalledOperation, CapsuleRecord)
}

enum ConnectionOutcome: Sendable {
    case open(any HostConnection, any HostChannel)
    case failed(TransportError)
}

/// A mutex-protected list that the I/O thread empties in one go, and the pipe that wakes it.
final class SubmissionQueue: Sendable {
    private struct State {
        var waiting: [Submission] = []
        /// The I/O thread waits, or is about to.
        var isAsleep = false
        var isClosed = false
    }

    private let state = Mutex(State())
    private let pipe: WakePipe

    init() throws(RunError) { pipe = try WakePipe() }

    /// What the I/O thread waits for beside the channels.
    var descriptor: Int32 { pipe.readEnd }

    /// false after the end of the run: nobody will take it.
    func submit(_ submission: Submission) -> Bool {
        let (isTaken, wakes) = state.withLock { state in
            guard !state.isClosed else { return (false, false) }
            state.waiting.append(submission)
            defer { state.isAsleep = false }
            return (true, state.isAsleep)
        }
        if wakes { pipe.wake() }
        return isTaken
    }

    func takeAll() -> [Submission] {
        state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
    }

    /// The I/O thread is about to wait; false where something came in the meantime.
    func sleep() -> Bool {
        state.withLock { state in
            state.isAsleep = state.waiting.isEmpty
            return state.isAsleep
        }
    }

    /// - Parameter isWoken: whether `descriptor` was readable.
    func awake(isWoken: Bool) {
        state.withLock { $0.isAsleep = false }
        if isWoken { pipe.drain() }
    }

    /// Refuses what comes from now on and returns what was not taken.
    func close() -> [Submission] {
        state.withLock { state in
            state.isClosed = true
            defer { state.waiting = [] }
            return state.waiting
        }
    }
}
