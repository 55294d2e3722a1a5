import CWorkerBridge

/// One piece of the application's shared data in a slave: decoded once for each version, by the
/// process that workers are forked from, and read by all operations that name it.
public final class SharedValue<Value> {
    /// Of the version that was decoded last. The slave decodes before it executes an operation
    /// that reads, so nobody sees the initial value.
    public private(set) var value: Value

    public init(initial: Value) { value = initial }

    /// Decodes a new version in place of the earlier one.
    ///
    /// - Parameter reader: a `struct mrn_reader`.
    /// - Returns: false where the bytes are no such value; the reader then tells why.
    public func decode(
        _ reader: OpaquePointer, _ body: (inout XDRDecoder) throws(XDRError) -> Value
    ) -> Bool {
        var decoder = XDRDecoder(remainingBytes(of: reader))
        do throws(XDRError) {
            let decoded = try body(&decoder)
            try decoder.finish()
            value = decoded
            return true
        } catch {
            return refuse(reader, error)
        }
    }
}
