import Synchronization
import Transport

extension Push {
    /// How many hosts are served at once.
    public static let widthMax = 16

    /// Pushes one bundle on a thread of its own, so that no task of others waits for the network.
    public func callAsFunction(
        _ order: PushOrder, progress: (@Sendable (Int) -> Void)? = nil
    ) async throws(DistributionError) -> PushOutcome {
        let results = await all([order], width: 1) { _, bytes in progress?(bytes) }
        return try results[0].get()
    }

    /// Pushes to many hosts, `width` at once; what fails on one host holds no other up.
    ///
    /// When the task is cancelled, the connections are closed, the hosts clean up, and orders that
    /// have not ended are `cancelled`.
    ///
    /// - Parameter progress: is called, on any thread, with the index of an order and the bytes
    ///   that have left.
    /// - Returns: a result for each order, in their order.
    public func all(
        _ orders: [PushOrder], width: Int = widthMax,
        progress: (@Sendable (Int, Int) -> Void)? = nil
    ) async -> [Result<PushOutcome, DistributionError>] {
        let connections = OpenConnections()
        let sharing = StoreSharing()
        let results = await withTaskCancellationHandler {
            await concurrently(Array(orders.enumerated()), width: width) { item in
                Result { () throws(DistributionError) in
                    try run(item.element, among: connections, sharing: sharing) { bytes in
                        progress?(item.offset, bytes)
                    }
                }
            }
        } onCancel: {
            connections.closeAll()
        }
        return zip(orders, results).map { order, result in
            result ?? .failure(.cancelled(host: order.host))
        }
    }

    private func run(
        _ order: PushOrder, among connections: OpenConnections, sharing: StoreSharing,
        progress: @escaping @Sendable (Int) -> Void
    ) throws(DistributionError) -> PushOutcome {
        let connection = try connect(order)
        defer { connection.close() }
        guard connections.add(connection) else { throw .cancelled(host: order.host) }
        defer { connections.remove(connection) }
        return try run(order, over: connection, sharing: sharing, progress: progress)
    }
}

/// The connections of pushes under way, to be closed when the work is given up.
private final class OpenConnections: Sendable {
    private struct State {
        var list: [any HostConnection] = []
        var isClosed = false
    }

    private let state = Mutex(State())

    /// Whether the connection may be used: not once all were closed.
    func add(_ connection: any HostConnection) -> Bool {
        state.withLock { state in
            if !state.isClosed { state.list.append(connection) }
            return !state.isClosed
        }
    }

    func remove(_ connection: any HostConnection) {
        state.withLock { $0.list.removeAll { $0 === connection } }
    }

    func closeAll() {
        let open = state.withLock { state in
            state.isClosed = true
            return state.list
        }
        for connection in open { connection.close() }
    }
}
