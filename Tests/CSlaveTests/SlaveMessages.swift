/// The numbers of Interfaces/slave.x and of Probe/probe.x.
enum Program {
    static let slave: UInt32 = 0x2000_004d
    static let master: UInt32 = 0x2000_004e
    static let probe: UInt32 = 0x2000_5107
    static let operationFlavor: UInt32 = 0x4d52_4e01
}

enum SlaveCall: UInt32 {
    case ping = 0, hello, update, define, chunk, retire, cancel, goodbye, patch, hold, release
}

enum Operation: UInt32 {
    case setBias = 1, breakContext, nothing, echo, add, sum, sumBoth, crash, fail, leave, waitFor
    case waitOnceFor, print, large, process, position, mirror, keep, kept, shell, shellContext
    case printAndEnd, printErrors, printContext
}

/// A reply to a call.
struct Reply: Equatable {
    enum Status: UInt32 {
        case success = 0, programUnavailable, programMismatch, procedureUnavailable
        case garbage, systemError
    }

    var xid: UInt32
    var status: Status?
    var worker: UInt32?
    var microseconds: UInt64 = 0
    var failure = ""
    var result: [UInt8] = []

    /// The result as one unsigned integer.
    var number: UInt32? {
        var cursor = XDRCursor(result)
        return result.count == 4 ? try? cursor.word() : nil
    }
}

/// What user code wrote.
struct SlaveOutput: Equatable {
    var worker: UInt32?
    var procedure: UInt32?
    var xid: UInt32?
    var text: String
}

/// What the slave tells by itself.
enum SlaveEvent: Equatable {
    case printed(SlaveOutput)
    case started(worker: UInt32, process: Int32, position: UInt64)
    case crashed(process: Int32, signal: String, stack: Int, buildId: Int)
    case ended(worker: UInt32, process: Int32, signal: String, code: Int32, xid: UInt32?)
}

enum SlaveMessage {
    case reply(Reply)
    case event(SlaveEvent)

    struct Unexpected: Error { let bytes: [UInt8] }

    init(_ bytes: [UInt8]) throws {
        var cursor = XDRCursor(bytes)
        let xid = try cursor.word()
        switch try cursor.word() {
        case 0: self = .event(try Self.event(&cursor))
        case 1: self = .reply(try Self.reply(xid, &cursor))
        default: throw Unexpected(bytes: bytes)
        }
    }

    private static func reply(_ xid: UInt32, _ cursor: inout XDRCursor) throws -> Reply {
        var reply = Reply(xid: xid)
        guard try cursor.word() == 0 else { return reply }
        let flavor = try cursor.word()
        let verifier = try cursor.opaque()
        if flavor == Program.operationFlavor {
            var receipt = XDRCursor(verifier)
            reply.worker = try receipt.word()
            reply.microseconds = try receipt.long()
            reply.failure = try receipt.text()
        }
        reply.status = Reply.Status(rawValue: try cursor.word())
        reply.result = cursor.rest
        return reply
    }

    private static func output(_ cursor: inout XDRCursor) throws -> SlaveOutput {
        func optional() throws -> UInt32? { try cursor.word() == 1 ? try cursor.word() : nil }
        return SlaveOutput(
            worker: try optional(), procedure: try optional(), xid: try optional(),
            text: try cursor.text())
    }

    private static func event(_ cursor: inout XDRCursor) throws -> SlaveEvent {
        guard try cursor.word() == 2, try cursor.word() == Program.master, try cursor.word() == 1
        else { throw Unexpected(bytes: cursor.bytes) }
        let procedure = try cursor.word()
        for _ in 0..<4 { _ = try cursor.word() }
        if procedure == 3 { return .printed(try output(&cursor)) }
        let worker = try cursor.word()
        let process = Int32(bitPattern: try cursor.word())
        if procedure == 1 {
            return .started(worker: worker, process: process, position: try cursor.long())
        }
        if procedure == 4 {
            let signal = try cursor.text()
            if try cursor.word() == 1 { _ = try cursor.long() }
            for _ in 0..<2 { _ = try cursor.long() }
            for _ in 0..<(try cursor.word()) { _ = try cursor.long() }
            _ = try cursor.long()
            return .crashed(
                process: process, signal: signal, stack: try cursor.opaque().count,
                buildId: try cursor.opaque().count)
        }
        _ = try cursor.word()
        let code = Int32(bitPattern: try cursor.word())
        let signal = try cursor.text()
        let xid = try cursor.word() == 1 ? try cursor.word() : nil
        return .ended(worker: worker, process: process, signal: signal, code: code, xid: xid)
    }
}
