import CWorkerBridge

/// One execution of an operation, as the runtime in C hands it over. Generated code makes it and
/// calls `answer`.
public struct OperationCall {
    /// How many updates precede the operation that is being executed in the master's program. What
    /// a worker derives from shared data and keeps is good for one position.
    // Safe because: a process of the slave executes one operation at a time, on one thread.
    public private(set) nonisolated(unsafe) static var position: UInt64 = 0

    private let call: OpaquePointer
    private let arguments: OpaquePointer
    private let result: OpaquePointer

    /// - Parameters:
    ///   - call: a `struct mrn_call`.
    ///   - arguments: a `struct mrn_reader`.
    ///   - result: a `struct mrn_writer`.
    public init(_ call: OpaquePointer, arguments: OpaquePointer, result: OpaquePointer) {
        self.call = call
        self.arguments = arguments
        self.result = result
    }

    /// Decodes the arguments, executes the operation and encodes its result. The three end
    /// differently where they fail: the master is told that its bytes are wrong, or the
    /// operation's sentence, or why the result can't be sent.
    ///
    /// - Returns: whether there is a result.
    public func answer<Arguments, Result>(
        decoding: (inout XDRDecoder) throws(XDRError) -> Arguments,
        executing: (Arguments) throws(OperationFailure) -> Result,
        encoding: (Result, inout XDREncoder) throws(XDRError) -> Void
    ) -> Bool {
        let decoded: Arguments
        do throws(XDRError) {
            var decoder = XDRDecoder(remainingBytes(of: arguments))
            decoded = try decoding(&decoder)
            try decoder.finish()
        } catch {
            return refuse(arguments, error)
        }
        Self.position = mrn_bridge_position(call)
        let value: Result
        do throws(OperationFailure) {
            value = try executing(decoded)
        } catch {
            return error.sentence.withCString { mrn_bridge_fail(call, $0) }
        }
        do throws(XDRError) {
            var encoder = XDREncoder()
            try encoding(value, &encoder)
            return send(encoder)
        } catch {
            return withTexts(of: error) { mrn_bridge_unsendable(result, $0, $1) }
        }
    }

    private func send(_ encoder: XDREncoder) -> Bool {
        encoder.bytes.withUnsafeBufferPointer {
            // An empty result has no address, and nothing to write.
            $0.isEmpty || mrn_bridge_answer(result, $0.baseAddress, $0.count)
        }
    }
}

/// What a `struct mrn_reader` has not read yet.
func remainingBytes(of reader: OpaquePointer) -> [UInt8] {
    var count = 0
    let first = mrn_bridge_take(reader, &count)
    return Array(UnsafeBufferPointer(start: first, count: count))
}

/// Tells a `struct mrn_reader` why its bytes are no such value; always false.
func refuse(_ reader: OpaquePointer, _ error: XDRError) -> Bool {
    withTexts(of: error) { mrn_bridge_refuse(reader, $0, $1) }
}

/// The path and the reason; C puts them together.
private func withTexts(
    of error: XDRError, _ body: (UnsafePointer<CChar>, UnsafePointer<CChar>) -> Bool
) -> Bool {
    let reason = XDRError(error.reason, offset: error.offset).description
    return error.path.withCString { path in reason.withCString { body(path, $0) } }
}
