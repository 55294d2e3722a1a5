/// The verifier of an operation's reply: `slave_receipt` of slave.x, read without the general
/// decoder, because it comes with every result.
public struct OperationReceipt: Hashable, Sendable {
    public var worker: UInt32
    public var microseconds: UInt64
    /// The operation's own words for what went wrong; empty where it succeeded.
    public var failure: String

    public init(worker: UInt32, microseconds: UInt64, failure: String = "") {
        self.worker = worker
        self.microseconds = microseconds
        self.failure = failure
    }

    public init(_ verifier: Authentication) throws(FramingError) {
        var reader = MessageReader(verifier.body)
        worker = try reader.word()
        microseconds = try reader.hyper()
        let size = try reader.word()
        guard size <= SLAVE_FAILURE_MAX else {
            throw .textTooLong(size: size, limit: SLAVE_FAILURE_MAX)
        }
        // Bytes that are no UTF-8 become U+FFFD: the text is for people only.
        failure = String(decoding: try reader.opaque(size: Int(size)), as: UTF8.self)
    }
}
