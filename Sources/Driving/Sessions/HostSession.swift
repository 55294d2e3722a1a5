import Scheduling
import WireProtocol

/// A connection to one host's slave, as the driver sees it: what was said, what waits to be said, and
/// what is awaited. It has no channel. Checked for overlapping accesses as little as the driver is.
package final class HostSession {
    /// What a call of ours waits for.
    package enum Awaited {
        case hello
        case update(Position)
        case operation(AttemptID, member: UInt8, sent: Instant)
        case ping
        case hold(ControlTicket)
        case goodbye
    }

    package let host: HostID
    /// Its slave has answered hello.
    package var isOpen = false
    @exclusivity(unchecked) package var reader = RecordReader()
    @exclusivity(unchecked) package var outbox = Outbox()
    package var log = LogLines()
    @exclusivity(unchecked) package var awaited = AwaitedReplies()
    /// The slave's own process, and how many workers it has; 0 before it answered hello.
    package var process: Int32 = 0
    package var workers = 0
    /// The process of the worker that was told of last.
    package var workerProcess: Int32 = 0
    /// What a worker said of its crash, until its end is reported.
    package var crash: slave_crash?
    /// `once` operations that wait until the journal has their intent.
    package var held: [AttemptID: Position] = [:]
    /// `once` operations that were cancelled after they were sent, by xid: the journal wants to know
    /// whether they were executed.
    package var withdrawn: [UInt32: CalledOperation] = [:]
    @exclusivity(unchecked) package var bytesReceived: UInt64 = 0
    /// Something came since the scheduler was told so, or left a stream that was full.
    @exclusivity(unchecked) package var isHeard = false
    /// It stands in the list of those that have something to send.
    @exclusivity(unchecked) package var isListed = false
    private var isFull = false
    package var isGoodbyeSent = false
    /// Set where the session can't go on; the driver takes it away at the end of its turn.
    @exclusivity(unchecked) package private(set) var failure: SessionFailure?

    package init(host: HostID) { self.host = host }

    package var traffic: Traffic { Traffic(sent: outbox.bytesSent, received: bytesReceived) }

    /// The first failure counts; false: it is not the first.
    package func fail(_ failure: SessionFailure) -> Bool {
        guard self.failure == nil else { return false }
        self.failure = failure
        return true
    }

    /// Hands over as many bytes as the host has room for.
    ///
    /// A stream that was full and takes more is a sign of life: the host's machine made room. The
    /// answer to a ping may stand behind a record that travels for minutes.
    package func drain<Failure: Error>(
        _ send: (UnsafeRawBufferPointer) throws(Failure) -> Int
    ) throws(Failure) {
        guard !outbox.isEmpty, failure == nil else { return }
        let before = outbox.bytesSent
        defer {
            isHeard = isHeard || isFull && outbox.bytesSent > before
            isFull = !outbox.isEmpty
        }
        try outbox.drain(send)
    }

    /// From now on nobody waits for these members of the attempt: what is answered to them is
    /// dropped. Returns those xids of the span that were awaited.
    package func forget(_ attempt: AttemptID, _ span: XIDSpan, _ member: Int? = nil) -> [UInt32] {
        let xids = span.filter { xid in
            guard case .operation(attempt, let other, _)? = awaited[xid] else { return false }
            return member == nil || member == Int(other)
        }
        for xid in xids { awaited[xid] = nil }
        return xids
    }

    /// The host's operations are taken back: what is answered to them is dropped.
    package func forgetOperations() {
        let xids = awaited.all { if case .operation = $0 { true } else { false } }
        for xid in xids { awaited[xid] = nil }
        held = [:]
    }
}

/// Why a session can't go on.
package struct SessionFailure {
    package var reason: String
    /// Trying again can't help.
    package var permanent = false
    /// The master wants a new slave there, at once.
    package var isRestart = false
    /// What to tell where this was the last host.
    package var error: RunError?
    /// No slave was reached: it is the way to the host that is to be looked at.
    package var isUnreached = false

    /// A transport's own sentence names the host already.
    package func naming(_ host: String) -> String {
        reason.hasPrefix("host '") ? reason : "host '\(host)': \(reason)"
    }
}

/// The xids under which an attempt's members were sent, in a row; they count on at 1 after the last.
package struct XIDSpan: Sequence {
    package let first: UInt32
    package let last: UInt32

    package func makeIterator() -> AnyIterator<UInt32> {
        var next: UInt32? = first
        return AnyIterator {
            guard let xid = next else { return nil }
            next = xid == last ? nil : xid == .max ? 1 : xid + 1
            return xid
        }
    }
}
