import XDRCoding

/// The results of one operation for many arguments, in the order in which they finish.
///
/// Arguments are taken from their sequence only as results are read: at most `Master.flightBound`
/// operations are open or unread at any time, and fewer where their arguments and results have more
/// than `Master.flightBytes`. An operation that fails ends the iteration with its
/// error and cancels the others; so does leaving the loop, or cancelling the task. Iterate once.
///
/// Inlinable, so that the program's module has this code for its own types: as generic code at run
/// time it took as long as all the rest of an operation.
public struct OperationResults<Argument, Result>: AsyncSequence, Sendable {
    public typealias Element = Result
    @usableFromInline
    typealias Encode = @Sendable (Argument, inout XDREncoder) throws(XDRError) -> Void
    @usableFromInline
    typealias Decode = @Sendable (inout XDRDecoder) throws(XDRError) -> Result

    @usableFromInline let master: Master
    @usableFromInline let procedure: UInt32
    @usableFromInline let makeNext: @Sendable () -> () -> Argument?
    @usableFromInline let expected: Int
    @usableFromInline let encode: Encode
    @usableFromInline let decode: Decode

    @inlinable
    init(
        master: Master, procedure: UInt32, arguments: some Sequence<Argument> & Sendable,
        encode: @escaping @Sendable (Argument, inout XDREncoder) throws(XDRError) -> Void,
        decode: @escaping @Sendable (inout XDRDecoder) throws(XDRError) -> Result
    ) {
        self.master = master
        self.procedure = procedure
        makeNext = {
            var iterator = arguments.makeIterator()
            return { iterator.next() }
        }
        expected = arguments.underestimatedCount
        self.encode = encode
        self.decode = decode
    }

    /// The same results, each beside its argument.
    public var withArguments: ResultsWithArguments<Argument, Result> {
        ResultsWithArguments(results: self)
    }

    @inlinable
    public func makeAsyncIterator() -> Iterator {
        let next = makeNext()
        let encode = encode
        let flight = OperationFlight(master, procedure: procedure, expected: expected) {
            (_, encoder) throws(XDRError) in
            guard let argument = next() else { return false }
            try encode(argument, &encoder)
            return true
        }
        return Iterator(flight: flight, decode: decode)
    }

    public struct Iterator: AsyncIteratorProtocol {
        @usableFromInline let flight: OperationFlight
        @usableFromInline let decode: Decode

        @inlinable
        init(flight: OperationFlight, decode: @escaping Decode) {
            self.flight = flight
            self.decode = decode
        }

        @inlinable
        public mutating func next() async throws -> Result? {
            try await next(isolation: nil)
        }

        @inlinable
        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(any Error) -> Result? {
            repeat {
                if let answer = try flight.take() { return try flight.result(of: answer, decode) }
            } while try await flight.gather(isolation: actor)
            return nil
        }
    }
}

/// Pairs of argument and result, in the order in which they finish.
public struct ResultsWithArguments<Argument, Result>: AsyncSequence, Sendable {
    public typealias Element = (argument: Argument, result: Result)

    let results: OperationResults<Argument, Result>

    public func makeAsyncIterator() -> Iterator {
        let arguments = OpenArguments<Argument>()
        let next = results.makeNext()
        let encode = results.encode
        let flight = OperationFlight(
            results.master, procedure: results.procedure, expected: results.expected
        ) { (tag, encoder) throws(XDRError) in
            guard let argument = next() else { return false }
            try encode(argument, &encoder)
            arguments[tag] = argument
            return true
        }
        return Iterator(flight: flight, arguments: arguments, decode: results.decode)
    }

    public struct Iterator: AsyncIteratorProtocol {
        let flight: OperationFlight
        let arguments: OpenArguments<Argument>
        let decode: OperationResults<Argument, Result>.Decode

        public mutating func next() async throws -> Element? { try await next(isolation: nil) }

        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(any Error) -> Element? {
            repeat {
                if let answer = try flight.take(), let argument = arguments[answer.tag] {
                    return (argument, try flight.result(of: answer, decode))
                }
            } while try await flight.gather(isolation: actor)
            return nil
        }
    }
}

/// The arguments of operations that are open, by their tags.
final class OpenArguments<Argument> {
    private var arguments: [Argument?] = []

    subscript(tag: Int) -> Argument? {
        get { arguments[tag] }
        set {
            while arguments.count <= tag { arguments.append(nil) }
            arguments[tag] = newValue
        }
    }
}
