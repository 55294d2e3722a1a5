import Foundation
import Synchronization
import Transport

extension Push {
    /// How many hosts are served at once.
    public static let widthMax = 16

    /// Pushes one bundle on a thread of its own, so that no task of others waits for the network.
    public func callAsFunction(
        _ order: PushOrder, progress: (@Sendable (Int) -> Void)? = nil
    ) async throws(DistributionError) -> PushOutcome {
        let results = await concurrently([order], width: 1) { order in
            Result { () throws(DistributionError) in try run(order, progress: progress) }
        }
        guard let result = results[0] else { throw .cancelled(host: order.host) }
        return try result.get()
    }

    /// Pushes to many hosts, `width` at once; what fails on one host holds no other up.
    ///
    /// - Parameter progress: is called, on any thread, with the index of an order and the bytes that
    ///   have left.
    /// - Returns: a result for each order, in their order. After the task was cancelled, orders that
    ///   had not begun are `cancelled`.
    public func all(
        _ orders: [PushOrder], width: Int = widthMax,
        progress: (@Sendable (Int, Int) -> Void)? = nil
    ) async -> [Result<PushOutcome, DistributionError>] {
        let results = await concurrently(Array(orders.enumerated()), width: width) { item in
            Result { () throws(DistributionError) in
                try run(item.element) { bytes in progress?(item.offset, bytes) }
            }
        }
        return zip(orders, results).map { order, result in
            result ?? .failure(.cancelled(host: order.host))
        }
    }
}

/// Does blocking work on each item, on threads made for it: the pool of Swift's tasks has one thread
/// for each core, and whoever blocks those stops the program.
///
/// - Returns: the results in the order of the items; nil for items not begun when the task was
///   cancelled.
public func concurrently<Item: Sendable, Value: Sendable>(
    _ items: [Item], width: Int, _ work: @escaping @Sendable (Item) -> Value
) async -> [Value?] {
    let state = WorkList<Item, Value>(items)
    let threads = min(max(1, width), items.count)
    guard threads > 0 else { return [] }
    return await withTaskCancellationHandler {
        await withCheckedContinuation { continuation in
            for _ in 0..<threads {
                let thread = Thread {
                    while let (index, item) = state.next() {
                        state.finish(index, work(item))
                    }
                    if let results = state.leave(of: threads) {
                        continuation.resume(returning: results)
                    }
                }
                thread.stackSize = 1 << 20
                thread.start()
            }
        }
    } onCancel: {
        state.cancel()
    }
}

/// Items to do, and what came of them.
private final class WorkList<Item: Sendable, Value: Sendable>: Sendable {
    private struct State {
        var items: [Item]
        var next = 0
        var results: [Value?]
        var left = 0
    }

    private let state: Mutex<State>

    init(_ items: [Item]) {
        state = Mutex(
            State(items: items, results: [Value?](repeating: nil, count: items.count)))
    }

    func next() -> (Int, Item)? {
        state.withLock { state in
            guard state.next < state.items.count else { return nil }
            defer { state.next += 1 }
            return (state.next, state.items[state.next])
        }
    }

    func finish(_ index: Int, _ value: Value) {
        state.withLock { $0.results[index] = value }
    }

    /// - Returns: the results, for the last of `threads` that leaves.
    func leave(of threads: Int) -> [Value?]? {
        state.withLock { state in
            state.left += 1
            return state.left == threads ? state.results : nil
        }
    }

    func cancel() {
        state.withLock { $0.next = $0.items.count }
    }
}
