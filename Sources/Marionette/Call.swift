import Scheduling
import Synchronization

/// How a call or an update ended for its caller.
enum CallEnding: Sendable {
    /// The result as XDR, and the host that made it.
    case result(ResultBytes, host: String)
    case failure(any Error)
}

/// A result as XDR: often a part of all that one read brought, so that memory is taken once for all
/// of them. What waits to be decoded is bounded, and so is what stays with it.
struct ResultBytes: Sendable, ExpressibleByArrayLiteral {
    let all: [UInt8]
    let range: Range<Int>

    init(_ all: [UInt8], in range: Range<Int>) {
        self.all = all
        self.range = range
    }

    init(_ bytes: [UInt8]) { self.init(bytes, in: 0..<bytes.count) }

    init(arrayLiteral bytes: UInt8...) { self.init(bytes) }

    var bytes: [UInt8] { Array(all[range]) }
}

/// Where endings go. Called by the I/O thread alone, once for each call.
protocol CallSink: AnyObject, Sendable {
    /// Appends to `wakes` what is to be resumed after the batch.
    func ended(tag: Int, _ ending: CallEnding, _ wakes: inout [Wake])
}

/// A task that can go on. Resumed after a whole batch of messages was read, so that reading never
/// waits.
struct Wake {
    let continuation: UnsafeContinuation<Void, Never>
}

/// One operation that the program invoked.
final class Call: Sendable {
    let place: OperationPlace
    let traits: OperationTraits
    let arguments: [UInt8]
    let sink: any CallSink
    /// Tells the sink's calls apart.
    let tag: Int
    /// The scheduler's name for it, as bits; 0 before the I/O thread has taken it.
    private let identity = Atomic<UInt64>(0)
    private let updatesBefore = Atomic<Position>(0)

    init(
        place: OperationPlace, traits: OperationTraits, arguments: [UInt8], sink: any CallSink,
        tag: Int = 0
    ) {
        self.place = place
        self.traits = traits
        self.arguments = arguments
        self.sink = sink
        self.tag = tag
    }

    /// Where it was submitted; set by the I/O thread when it takes the call.
    var position: Position {
        get { updatesBefore.load(ordering: .relaxed) }
        set { updatesBefore.store(newValue, ordering: .relaxed) }
    }

    /// Set and read by the I/O thread; atomic only because a call is shared.
    var id: OperationID? {
        get {
            let bits = identity.load(ordering: .relaxed)
            guard bits != 0 else { return nil }
            return OperationID(
                index: UInt32(truncatingIfNeeded: bits), generation: UInt32(bits >> 32))
        }
        set {
            let bits = newValue.map { UInt64($0.generation) << 32 | UInt64($0.index) } ?? 0
            identity.store(bits, ordering: .relaxed)
        }
    }
}

/// One ending that one task waits for.
final class Completion: CallSink {
    private enum State {
        case open
        case awaited(UnsafeContinuation<Void, Never>)
        case ended(CallEnding)
    }

    private let state = Mutex(State.open)

    func ended(tag: Int, _ ending: CallEnding, _ wakes: inout [Wake]) {
        let waiter: UnsafeContinuation<Void, Never>? = state.withLock { state in
            defer { state = .ended(ending) }
            guard case .awaited(let continuation) = state else { return nil }
            return continuation
        }
        if let waiter { wakes.append(Wake(continuation: waiter)) }
    }

    /// Waits for the ending. Every call ends, at the latest with its run, so that this needs no
    /// deadline.
    func ending(isolation: isolated (any Actor)? = #isolation) async -> CallEnding {
        await withUnsafeContinuation { continuation in
            let isEnded = state.withLock { state in
                if case .ended = state { return true }
                state = .awaited(continuation)
                return false
            }
            if isEnded { continuation.resume() }
        }
        return state.withLock { state in
            guard case .ended(let ending) = state else { return .failure(RunError.runEnded) }
            return ending
        }
    }
}
