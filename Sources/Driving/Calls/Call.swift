import RunRecords
import Scheduling
import Synchronization

/// How a call or an update ended for its caller.
package enum CallEnding: Sendable {
    /// The result as XDR, and the host that made it.
    case result(ResultBytes, host: String)
    case failure(any Error)
}

/// A result as XDR: often a part of all that one read brought, so that memory is taken once for all
/// of them. It is given back when the last result of that read was decoded. What waits to be decoded
/// is bounded, and so is what stays with it.
package struct ResultBytes: Sendable, ExpressibleByArrayLiteral {
    package let all: [UInt8]
    package let range: Range<Int>

    package init(_ all: [UInt8], in range: Range<Int>) {
        self.all = all
        self.range = range
    }

    package init(_ bytes: [UInt8]) { self.init(bytes, in: 0..<bytes.count) }

    package init(arrayLiteral bytes: UInt8...) { self.init(bytes) }

    package var bytes: [UInt8] { Array(all[range]) }
}

/// How one of a sink's operations ended.
package struct CallAnswer: Sendable {
    /// Tells them apart.
    package let tag: Int
    package let ending: CallEnding
}

/// Where endings go. Called by the I/O thread alone, once for each operation.
package protocol CallSink: AnyObject, Sendable {
    /// Appends to `wakes` what is to be resumed after the batch.
    func ended(_ answers: [CallAnswer], _ wakes: inout [Wake])
}

/// A task that can go on. Resumed after a whole batch of messages was read, so that reading never
/// waits.
package struct Wake {
    package let continuation: UnsafeContinuation<Void, Never>

    package init(continuation: UnsafeContinuation<Void, Never>) {
        self.continuation = continuation
    }
}

/// Operations that the program invoked together: one, or the next ones of a sequence.
package final class Call: Sendable {
    /// The first one's; the others' follow it.
    package let place: OperationPlace
    package let traits: OperationTraits
    /// All arguments, one after the other.
    package let arguments: [UInt8]
    package let sink: any CallSink
    /// The program's own task invoked it, so that its place is the program's.
    package let isOrdered: Bool
    /// Its operations leave capsules if they succeed.
    package let isCaptured: Bool
    /// Where the arguments of each end, and its tag; empty where there is one, under tag 0.
    private let ends: [Int]
    private let tags: [Int]
    private let updatesBefore = Atomic<Position>(0)
    /// The scheduler's names for its operations.
    ///
    /// Safe because: the I/O thread alone reads and writes it.
    package nonisolated(unsafe) var groups: [OperationID] = []

    /// One operation.
    package init(
        place: OperationPlace, traits: OperationTraits, arguments: [UInt8], sink: any CallSink,
        isOrdered: Bool = true, isCaptured: Bool = false
    ) {
        self.place = place
        self.traits = traits
        self.arguments = arguments
        self.sink = sink
        self.isOrdered = isOrdered
        self.isCaptured = isCaptured
        ends = []
        tags = []
    }

    /// Operations in a row of one sequence, in the order of their places.
    package init(
        place: OperationPlace, traits: OperationTraits, arguments: [UInt8], ends: [Int],
        tags: [Int], sink: any CallSink, isOrdered: Bool = true, isCaptured: Bool = false
    ) {
        self.place = place
        self.traits = traits
        self.arguments = arguments
        self.ends = ends
        self.tags = tags
        self.sink = sink
        self.isOrdered = isOrdered
        self.isCaptured = isCaptured
    }

    package var count: Int { max(1, ends.count) }

    /// Where it was submitted; set by the I/O thread when it takes the call.
    package var position: Position {
        get { updatesBefore.load(ordering: .relaxed) }
        set { updatesBefore.store(newValue, ordering: .relaxed) }
    }

    package func range(of index: Int) -> Range<Int> {
        guard !ends.isEmpty else { return 0..<arguments.count }
        return (index == 0 ? 0 : ends[index - 1])..<ends[index]
    }

    package func tag(of index: Int) -> Int { tags.isEmpty ? 0 : tags[index] }
}

/// One operation of a call.
package struct CalledOperation: Sendable {
    package let call: Call
    package let index: Int

    package var traits: OperationTraits { call.traits }
    package var position: Position { call.position }
    package var tag: Int { call.tag(of: index) }

    package var place: OperationPlace {
        var place = call.place
        place.element += UInt32(index)
        return place
    }

    package var range: Range<Int> { call.range(of: index) }
    package var arguments: [UInt8] {
        call.count == 1 ? call.arguments : Array(call.arguments[range])
    }
}

/// One ending that one task waits for.
package final class Completion: CallSink {
    private enum State {
        case open
        case awaited(UnsafeContinuation<Void, Never>)
        case ended(CallEnding)
    }

    private let state = Mutex(State.open)

    package init() {}

    package func ended(_ answers: [CallAnswer], _ wakes: inout [Wake]) {
        guard let answer = answers.first else { return }
        let waiter: UnsafeContinuation<Void, Never>? = state.withLock { state in
            defer { state = .ended(answer.ending) }
            guard case .awaited(let continuation) = state else { return nil }
            return continuation
        }
        if let waiter { wakes.append(Wake(continuation: waiter)) }
    }

    /// Waits for the ending. Every call ends, at the latest with its run, so that this needs no
    /// deadline.
    package func ending(isolation: isolated (any Actor)? = #isolation) async -> CallEnding {
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
