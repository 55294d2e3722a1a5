/// Bytes of a peer that are no message of ours. The connection can't go on after any of them.
public enum FramingError: Error, Hashable, Sendable {
    case recordTooLarge(size: Int, limit: Int)
    /// A fragment without bytes that is not the last one: a peer could send them for ever.
    case emptyFragment
    case truncated(needed: Int, available: Int, offset: Int)
    case notAMessage(type: UInt32)
    case rpcVersion(UInt32)
    /// RFC 5531 bounds the body of a credential or verifier to 400 bytes.
    case authenticationTooLong(size: UInt32)
    case unknownReplyStatus(UInt32)
    /// A text that is longer than slave.x allows.
    case textTooLong(size: UInt32, limit: Int)
    /// A reply to no call, or a second one.
    case unknownReply(xid: UInt32)
    case unknownCall(program: UInt32, procedure: UInt32)
    /// A call of ours that every slave must understand was not.
    case refused(String, IncomingReply.Status)
    /// A body that is not what slave.x says.
    case malformed(String)
}

extension FramingError: CustomStringConvertible {
    /// Half a sentence, for the reason that a host was lost.
    public var description: String {
        switch self {
        case .recordTooLarge(let size, let limit):
            "a record of \(size) bytes, \(limit) are allowed"
        case .emptyFragment:
            "an empty fragment"
        case .truncated(let needed, let available, let offset):
            "a message that ends at byte \(offset + available), \(needed - available) too early"
        case .notAMessage(let type):
            "a message of type \(type)"
        case .rpcVersion(let version):
            "RPC version \(version), ours is 2"
        case .authenticationTooLong(let size):
            "an authentication of \(size) bytes, 400 are allowed"
        case .unknownReplyStatus(let status):
            "a reply with status \(status)"
        case .textTooLong(let size, let limit):
            "a text of \(size) bytes, \(limit) are allowed"
        case .unknownReply(let xid):
            "a reply to no call (xid \(xid))"
        case .unknownCall(let program, let procedure):
            "a call of program \(program), procedure \(procedure)"
        case .refused(let what, let status):
            "a refusal of \(what) (\(status))"
        case .malformed(let reason):
            "a malformed message: \(reason)"
        }
    }
}
