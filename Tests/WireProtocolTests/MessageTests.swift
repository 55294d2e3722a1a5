import Testing
import XDRCoding

@testable import WireProtocol

private func message<Result>(
    _ record: [UInt8], _ body: (Message) throws -> Result
) throws -> Result {
    try record.withUnsafeBytes { try body(try Message($0)) }
}

/// An operation's call; Documentation/Protocol.md has examples of all messages, and a test of them.
private let operationCall = bytes(
    """
    80000044
    00000007 00000000 00000002
    20001234 00000001 00000002
    4d524e01 00000014 00000000 00000003 00000002 00000000 0001d4c0
    00000000 00000000
    00000005 00000000
    """)

@Test func `an operation's call has these bytes`() {
    var writer = RecordWriter()
    let head = CallHead(
        program: 0x2000_1234, version: 1, procedure: 2,
        operation: OperationCredential(position: 3, attempt: 2, deadline: 120_000))
    bytes("00000005 00000000").withUnsafeBytes { writer.call(xid: 7, head, arguments: $0) }
    #expect(writer.bytes == operationCall)
}

@Test func `a call of our own has no credential`() {
    var writer = RecordWriter()
    writer.call(
        xid: 1, CallHead(program: 0x2000_004d, version: 1, procedure: 0),
        arguments: UnsafeRawBufferPointer(start: nil, count: 0))
    #expect(
        writer.bytes
            == bytes(
                """
                80000028 00000001 00000000 00000002 2000004d 00000001 00000000
                00000000 00000000 00000000 00000000
                """))
}

@Test func `a call is read back as it was written`() throws {
    try message(Array(operationCall.dropFirst(4))) { message in
        guard case .call(let call) = message else {
            Issue.record("no call")
            return
        }
        #expect(call.xid == 7)
        #expect([call.program, call.version, call.procedure] == [0x2000_1234, 1, 2])
        #expect(call.credential.flavor == OperationCredential.flavor)
        #expect(
            Array(call.credential.body) == bytes("00000000 00000003 00000002 00000000 0001d4c0"))
        #expect(Array(call.arguments) == bytes("00000005 00000000"))
    }
}

@Test func `an operation's reply tells its worker, its time and its result`() throws {
    let record = bytes(
        """
        00000007 00000001 00000000
        4d524e01 00000010 00000001 00000000 000001f4 00000000
        00000000 00000000 0000001e
        """)
    try message(record) { message in
        guard case .reply(let reply) = message else {
            Issue.record("no reply")
            return
        }
        #expect(reply.xid == 7)
        #expect(reply.status == .success)
        let receipt = try OperationReceipt(reply.verifier)
        #expect(receipt == OperationReceipt(worker: 1, microseconds: 500))
        #expect(Array(reply.result) == bytes("00000000 0000001e"))
    }
}

@Test func `a failure travels in the receipt`() throws {
    var writer = RecordWriter()
    writer.reply(
        xid: 9, receipt: OperationReceipt(worker: 2, microseconds: 1, failure: "region of width 0"),
        acceptStatus: 5, result: [])
    try message(Array(writer.bytes.dropFirst(4))) { message in
        guard case .reply(let reply) = message else {
            Issue.record("no reply")
            return
        }
        #expect(reply.status == .systemError)
        let receipt = try OperationReceipt(reply.verifier)
        #expect(receipt.failure == "region of width 0")
    }
}

@Test(arguments: [
    ("", FramingError.truncated(needed: 4, available: 0, offset: 0)),
    ("00000001", .truncated(needed: 4, available: 0, offset: 4)),
    ("00000001 00000002", .notAMessage(type: 2)),
    ("00000001 00000000 00000003", .rpcVersion(3)),
    ("00000001 00000001 00000002", .unknownReplyStatus(2)),
    ("00000001 00000001 00000000 00000000 00000191", .authenticationTooLong(size: 401)),
    (
        "00000001 00000001 00000000 00000000 00000008 00000000",
        .truncated(needed: 8, available: 4, offset: 20)
    ),
    ("00000001 00000001 00000000 00000000 00000000 00000006", .unknownReplyStatus(6)),
])
func `hostile bytes are a typed error`(hexadecimal: String, error: FramingError) {
    #expect(throws: error) { try message(bytes(hexadecimal)) { _ in } }
}

@Test func `a receipt's text is bounded by slave.x, not by what it claims`() {
    let verifier = bytes("00000001 00000000 00000000 00000141")
    #expect(throws: FramingError.textTooLong(size: 321, limit: 320)) {
        try verifier.withUnsafeBytes { body in
            try OperationReceipt(Authentication(flavor: OperationCredential.flavor, body: body))
        }
    }
}

@Test func `no prefix of a message is taken for one, and none traps`() throws {
    let whole = Array(operationCall.dropFirst(4))
    for size in 0..<60 {
        #expect(throws: FramingError.self, "\(size) bytes") {
            try message(Array(whole.prefix(size))) { _ in }
        }
    }
}

@Test func `the receipt that is read by hand is slave.x's`() throws {
    var encoder = XDREncoder()
    try slave_receipt(worker: 3, microseconds: 1 << 40, failure: "odd").encode(to: &encoder)
    let receipt = try encoder.bytes.withUnsafeBytes { body in
        try OperationReceipt(Authentication(flavor: OperationCredential.flavor, body: body))
    }
    #expect(receipt == OperationReceipt(worker: 3, microseconds: 1 << 40, failure: "odd"))
}
