import Synchronization
import Transport

/// Does blocking work on each item, with connections that a cancellation of the task ends: then it waits
/// until they are closed, so that no command stays behind, here or on a host.
///
/// - Returns: the results in the order of the items; nil after a cancellation: they are those of closed
///   connections.
func concurrently<Item: Sendable, Value: Sendable>(
    _ items: [Item], width: Int, over connector: any HostConnector,
    _ work: @escaping @Sendable (Item, any HostConnector) -> Value
) async -> [Value?] {
    let scope = ConnectionScope(connector)
    return await withTaskCancellationHandler {
        // Not cancelled itself: the threads see the closed connections, and end.
        let results = await Task.detached {
            await concurrently(items, width: width) { work($0, scope) }
        }.value
        return scope.isClosed ? results.map { _ in nil } : results
    } onCancel: {
        scope.close()
    }
}

/// Makes connections that can be closed together.
final class ConnectionScope: HostConnector {
    private let connector: any HostConnector
    private let cancellation = Cancellation()
    /// nil: they were closed, and so is what is added.
    private let connections = Mutex<[any HostConnection]?>([])

    init(_ connector: any HostConnector) { self.connector = connector }

    var isClosed: Bool { cancellation.isCancelled }

    /// Whoever has a cancellation of his own shall not need this.
    func connect(
        to endpoint: Endpoint, host: String, cancellation _: Cancellation
    ) throws(TransportError) -> any HostConnection {
        let connection = try connector.connect(
            to: endpoint, host: host, cancellation: cancellation)
        let isLate = connections.withLock { list in
            list?.append(connection)
            return list == nil
        }
        if isLate { connection.close() }
        return connection
    }

    func close() {
        cancellation.cancel()
        let all = connections.withLock { list in
            defer { list = nil }
            return list ?? []
        }
        for connection in all { connection.close() }
    }
}
