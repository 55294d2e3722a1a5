import Driving
import Synchronization

/// Where the results of one sequence of operations gather between the I/O thread and its reader.
final class ResultBuffer: CallSink {
    private struct State {
        var items: [CallAnswer] = []
        var reader: UnsafeContinuation<Void, Never>?
        var isCancelled = false
    }

    private let state = Mutex(State())

    func ended(_ answers: [CallAnswer], _ wakes: inout [Wake]) {
        let reader = state.withLock { state in
            state.items.append(contentsOf: answers)
            defer { state.reader = nil }
            return state.reader
        }
        if let reader { wakes.append(Wake(continuation: reader)) }
    }

    /// Exchanges everything that gathered for an empty array, whose memory is used again.
    func takeAll(into items: inout [CallAnswer]) {
        // Safe because: the lock's body does not keep it.
        nonisolated(unsafe) var taken = items
        items = []
        state.withLock { swap(&$0.items, &taken) }
        items = taken
    }

    /// Returns when something gathered or the reader's task was cancelled.
    func wait(isolation: isolated (any Actor)? = #isolation) async {
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                let isReady = state.withLock { state in
                    guard state.items.isEmpty, !state.isCancelled else { return true }
                    state.reader = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            let reader = state.withLock { state in
                state.isCancelled = true
                defer { state.reader = nil }
                return state.reader
            }
            reader?.resume()
        }
    }
}
