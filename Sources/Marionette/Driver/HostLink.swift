import Scheduling
import Transport
import WireProtocol

/// One connection to one host's slave, as the I/O thread sees it. Checked for overlapping accesses as
/// little as the run loop is.
final class HostLink {
    /// What a call of ours waits for.
    enum Awaited {
        case hello
        case update(Position)
        case operation(AttemptID, member: UInt8, sent: Instant)
        case ping
        case goodbye
    }

    enum Stage {
        /// The slave has not answered hello.
        case greeting(until: Instant)
        case open
        /// Its output ended; the reason may follow.
        case ended(until: Instant)
    }

    let host: HostID
    let connection: any HostConnection
    let channel: any HostChannel
    var stage: Stage
    @exclusivity(unchecked) var reader = RecordReader()
    @exclusivity(unchecked) var outbox = Outbox()
    var log = LogLines()
    @exclusivity(unchecked) var awaited = AwaitedReplies()
    /// The process of the worker that was told of last.
    var workerProcess: Int32 = 0
    /// `once` operations that wait until the journal has their intent.
    var held: [AttemptID: Position] = [:]
    /// `once` operations that were cancelled after they were sent, by xid: the journal wants to know
    /// whether they were executed.
    var withdrawn: [UInt32: CalledOperation] = [:]
    @exclusivity(unchecked) var bytesReceived: UInt64 = 0
    /// Something came in this round, or left a stream that was full.
    @exclusivity(unchecked) var isHeard = false
    private var isFull = false
    var isGoodbyeSent = false
    /// Set where the link can't go on; seen at the end of the round.
    @exclusivity(unchecked) var failure: LinkFailure?

    init(
        host: HostID, connection: any HostConnection, channel: any HostChannel, until: Instant
    ) {
        self.host = host
        self.connection = connection
        self.channel = channel
        stage = .greeting(until: until)
    }

    func fail(_ reason: String, permanent: Bool = false, error: RunError? = nil) {
        guard failure == nil else { return }
        failure = LinkFailure(reason: reason, permanent: permanent, error: error)
    }

    /// Ends the slave of a serial run, because another one is wanted or because an operation killed it:
    /// the host is not at fault, and what else it was given was not executed.
    func restart() {
        fail("its slave was replaced")
        failure?.isRestart = true
    }

    /// Sends as much as the host has room for.
    ///
    /// A stream that was full and takes more is a sign of life: the host's machine made room. The
    /// answer to a ping may stand behind a record that travels for minutes.
    func flush() {
        guard !outbox.isEmpty, failure == nil else { return }
        let before = outbox.bytesSent
        defer {
            isHeard = isHeard || isFull && outbox.bytesSent > before
            isFull = !outbox.isEmpty
        }
        do throws(TransportError) {
            try outbox.drain { bytes throws(TransportError) in try channel.send(bytes) }
        } catch {
            fail(error.diagnostic.summary)
        }
    }

    /// The xids under which the attempt's members were sent that are awaited. From now on they are not:
    /// whatever is answered to them is dropped.
    func forget(_ attempt: AttemptID) -> [UInt32] {
        let xids = awaited.all {
            if case .operation(attempt, _, _) = $0 { true } else { false }
        }
        for xid in xids { awaited[xid] = nil }
        return xids
    }

    /// The host's operations are taken back: what is answered to them is dropped.
    func forgetOperations() {
        let xids = awaited.all { if case .operation = $0 { true } else { false } }
        for xid in xids { awaited[xid] = nil }
        held = [:]
    }

    /// Tells the slave that nobody waits for this member of a group any more. Where its record has
    /// not left it is answered like the others, and the answer is dropped.
    func cancel(_ member: Int, of id: OperationID) {
        guard !outbox.holds(id) else { return }
        let xids = awaited.all {
            guard case .operation(let attempt, let other, _) = $0 else { return false }
            return attempt.operation == id && Int(other) == member
        }
        for xid in xids {
            awaited[xid] = nil
            outbox.call(.cancel, SlaveMessages.cancel(xid))
        }
    }
}

/// Why a link can't go on.
struct LinkFailure {
    var reason: String
    /// Trying again can't help.
    var permanent = false
    /// The master wants a new slave there, at once.
    var isRestart = false
    /// What to tell where this was the last host.
    var error: RunError?
    /// No slave was reached: it is the way to the host that is to be looked at.
    var isUnreached = false

    /// A transport's own sentence names the host already.
    func naming(_ host: String) -> String {
        reason.hasPrefix("host '") ? reason : "host '\(host)': \(reason)"
    }
}
