/// One ONC RPC message (RFC 5531, section 9) as it lies in a record; valid as long as the record's
/// memory.
public enum Message {
    case call(IncomingCall)
    case reply(IncomingReply)

    static let version: UInt32 = 2
    static let callType: UInt32 = 0
    static let replyType: UInt32 = 1

    public init(_ record: UnsafeRawBufferPointer) throws(FramingError) {
        var reader = MessageReader(record)
        let xid = try reader.word()
        let type = try reader.word()
        switch type {
        case Self.callType: self = .call(try IncomingCall(xid: xid, &reader))
        case Self.replyType: self = .reply(try IncomingReply(xid: xid, &reader))
        default: throw .notAMessage(type: type)
        }
    }
}

/// A credential or verifier.
public struct Authentication {
    public static let bodyMax = 400
    /// AUTH_NONE.
    public static let none: UInt32 = 0

    public let flavor: UInt32
    public let body: UnsafeRawBufferPointer
}

public struct IncomingCall {
    public let xid: UInt32
    public let program: UInt32
    public let version: UInt32
    public let procedure: UInt32
    public let credential: Authentication
    public let arguments: UnsafeRawBufferPointer

    init(xid: UInt32, _ reader: inout MessageReader) throws(FramingError) {
        let rpc = try reader.word()
        guard rpc == Message.version else { throw .rpcVersion(rpc) }
        self.xid = xid
        program = try reader.word()
        version = try reader.word()
        procedure = try reader.word()
        credential = try reader.authentication()
        _ = try reader.authentication()
        arguments = reader.rest
    }
}

public struct IncomingReply {
    /// RFC 5531's reply_stat and accept_stat in one.
    public enum Status: Hashable, Sendable {
        case success
        case programUnavailable
        case programMismatch(low: UInt32, high: UInt32)
        case procedureUnavailable
        case garbageArguments
        case systemError
        case rpcMismatch(low: UInt32, high: UInt32)
        case authenticationRefused(UInt32)
    }

    public let xid: UInt32
    public let status: Status
    /// Of a denied reply: AUTH_NONE.
    public let verifier: Authentication
    /// Empty unless `status` is `success`.
    public let result: UnsafeRawBufferPointer

    init(xid: UInt32, _ reader: inout MessageReader) throws(FramingError) {
        self.xid = xid
        let reply = try reader.word()
        switch reply {
        case 0:
            verifier = try reader.authentication()
            status = try Self.accepted(&reader)
        case 1:
            verifier = Authentication(
                flavor: Authentication.none, body: .init(start: nil, count: 0))
            status = try Self.denied(&reader)
        default: throw .unknownReplyStatus(reply)
        }
        result = reader.rest
    }

    private static func accepted(_ reader: inout MessageReader) throws(FramingError) -> Status {
        let status = try reader.word()
        switch status {
        case 0: return .success
        case 1: return .programUnavailable
        case 2: return .programMismatch(low: try reader.word(), high: try reader.word())
        case 3: return .procedureUnavailable
        case 4: return .garbageArguments
        case 5: return .systemError
        default: throw .unknownReplyStatus(status)
        }
    }

    private static func denied(_ reader: inout MessageReader) throws(FramingError) -> Status {
        let status = try reader.word()
        switch status {
        case 0: return .rpcMismatch(low: try reader.word(), high: try reader.word())
        case 1: return .authenticationRefused(try reader.word())
        default: throw .unknownReplyStatus(status)
        }
    }
}
