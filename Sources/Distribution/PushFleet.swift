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
        let sharing = StoreSharing()
        let results = await concurrently(
            Array(orders.enumerated()), width: width, over: connector
        ) { [clock] item, connector in
            Result { () throws(DistributionError) in
                try Push(connector: connector, clock: clock).run(item.element, sharing: sharing) {
                    progress?(item.offset, $0)
                }
            }
        }
        return zip(orders, results).map { order, result in
            result ?? .failure(.cancelled(host: order.host))
        }
    }
}
