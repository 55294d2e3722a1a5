import Foundation
import Synchronization

/// Does blocking work on each item, on threads made for it: the pool of Swift's tasks has one
/// thread for each core, and whoever blocks those stops the program.
///
/// When the task is cancelled, it returns at once; threads that still work end by themselves, and
/// what they bring is dropped.
///
/// - Returns: the results in the order of the items; nil for those that a cancellation cut off.
public func concurrently<Item: Sendable, Value: Sendable>(
    _ items: [Item], width: Int, _ work: @escaping @Sendable (Item) -> Value
) async -> [Value?] {
    guard !items.isEmpty else { return [] }
    let list = WorkList<Item, Value>(items)
    return await withTaskCancellationHandler {
        await withCheckedContinuation { continuation in
            list.whenDone { continuation.resume(returning: $0) }
            for _ in 0..<min(max(1, width), items.count) {
                let thread = Thread {
                    while let (index, item) = list.next() { list.finish(index, work(item)) }
                }
                thread.stackSize = 1 << 20
                thread.start()
            }
        }
    } onCancel: {
        list.cancel()
    }
}

/// Items to do, and what came of them.
private final class WorkList<Item: Sendable, Value: Sendable>: Sendable {
    typealias Completion = @Sendable ([Value?]) -> Void

    private struct State {
        var items: [Item]
        var next = 0
        var results: [Value?]
        var unfinished: Int
        /// Taken when it is called, so that it is called once.
        var completion: Completion?
    }

    private let state: Mutex<State>

    init(_ items: [Item]) {
        state = Mutex(
            State(
                items: items, results: [Value?](repeating: nil, count: items.count),
                unfinished: items.count))
    }

    /// Calls `completion` when every item is done, or now where the work was cancelled before.
    func whenDone(_ completion: @escaping Completion) {
        complete { $0.completion = completion }
    }

    func next() -> (Int, Item)? {
        state.withLock { state in
            guard state.next < state.items.count else { return nil }
            defer { state.next += 1 }
            return (state.next, state.items[state.next])
        }
    }

    func finish(_ index: Int, _ value: Value) {
        complete { state in
            state.results[index] = value
            state.unfinished -= 1
        }
    }

    func cancel() {
        complete { state in
            state.next = state.items.count
            state.unfinished = 0
        }
    }

    private func complete(_ change: (inout State) -> Void) {
        let done: (Completion, [Value?])? = state.withLock { state in
            change(&state)
            guard state.unfinished <= 0, let completion = state.completion else { return nil }
            state.completion = nil
            return (completion, state.results)
        }
        if let (completion, results) = done { completion(results) }
    }
}
