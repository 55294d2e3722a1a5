import XDRCoding

/// The results of one operation for many arguments, in the order in which they finish.
///
/// Arguments are taken from their sequence only as results are read: at most `Master.flightBound`
/// operations are open or unread at any time. An operation that fails ends the iteration with its
/// error and cancels the others; so does leaving the loop, or cancelling the task. Iterate once.
public struct OperationResults<Argument, Result>: AsyncSequence, Sendable {
    public typealias Element = Result

    let master: Master
    let procedure: UInt32
    let makeArguments: @Sendable () -> AnyIterator<Argument>
    let expected: Int
    let encode: @Sendable (Argument, inout XDREncoder) throws(XDRError) -> Void
    let decode: @Sendable (inout XDRDecoder) throws(XDRError) -> Result

    init(
        master: Master, procedure: UInt32, arguments: some Sequence<Argument> & Sendable,
        encode: @escaping @Sendable (Argument, inout XDREncoder) throws(XDRError) -> Void,
        decode: @escaping @Sendable (inout XDRDecoder) throws(XDRError) -> Result
    ) {
        self.master = master
        self.procedure = procedure
        makeArguments = { AnyIterator(arguments.makeIterator()) }
        expected = arguments.underestimatedCount
        self.encode = encode
        self.decode = decode
    }

    /// The same results, each beside its argument.
    public var withArguments: ResultsWithArguments<Argument, Result> {
        ResultsWithArguments(results: self)
    }

    public func makeAsyncIterator() -> Iterator {
        Iterator(flight: OperationFlight(self))
    }

    public struct Iterator: AsyncIteratorProtocol {
        let flight: OperationFlight<Argument, Result>

        public mutating func next() async throws -> Result? {
            try await flight.next()?.result
        }

        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(any Error) -> Result? {
            try await flight.next(isolation: actor)?.result
        }
    }
}

/// Pairs of argument and result, in the order in which they finish.
public struct ResultsWithArguments<Argument, Result>: AsyncSequence, Sendable {
    public typealias Element = (argument: Argument, result: Result)

    let results: OperationResults<Argument, Result>

    public func makeAsyncIterator() -> Iterator {
        Iterator(flight: OperationFlight(results))
    }

    public struct Iterator: AsyncIteratorProtocol {
        let flight: OperationFlight<Argument, Result>

        public mutating func next() async throws -> Element? { try await flight.next() }

        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(any Error) -> Element? {
            try await flight.next(isolation: actor)
        }
    }
}
