/// Why an operation can't do its work, in a sentence for the master's user.
///
///     guard region.width > 0 else {
///         throw OperationFailure("region of width \(region.width)")
///     }
///
/// The master gets it as the error of that one operation; it is not tried again.
public struct OperationFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// Lower case, without a full stop; bytes beyond 320 are cut off.
    public var sentence: String

    public init(_ sentence: String) { self.sentence = sentence }

    public var description: String { sentence }
}
