/// Appends whole messages to one buffer, so that many leave with one write.
public struct RecordWriter: Sendable {
    /// Everything appended since the buffer was last taken.
    public private(set) var bytes: [UInt8] = []

    public init() {}

    /// Takes the buffer; its memory is kept for what follows where the caller gives it back by
    /// `reuse`.
    public mutating func take() -> [UInt8] {
        defer { bytes = [] }
        return bytes
    }

    /// Appends a call with its arguments, as XDR.
    ///
    /// - Parameter followedBy: how many bytes of the record the caller sends behind it, from where
    ///   they lie.
    public mutating func call(
        xid: UInt32, _ head: CallHead, arguments: UnsafeRawBufferPointer, followedBy rest: Int = 0
    ) {
        let operation = head.operation
        let credential: Int = operation == nil ? 0 : Int(OperationCredential.size)
        let header = 4 * 11 + credential
        let mark = 0x8000_0000 | UInt32(header - 4 + arguments.count + rest)
        // The header in one piece: an append looks each time whether there is room.
        withUnsafeTemporaryAllocation(byteCount: header, alignment: 4) { space in
            var place = 0
            func word(_ value: UInt32) {
                space.storeBytes(of: value.bigEndian, toByteOffset: place, as: UInt32.self)
                place += 4
            }
            word(mark)
            word(xid)
            word(Message.callType)
            word(Message.version)
            word(head.program)
            word(head.version)
            word(head.procedure)
            if let operation {
                word(OperationCredential.flavor)
                word(OperationCredential.size)
                word(UInt32(truncatingIfNeeded: operation.position >> 32))
                word(UInt32(truncatingIfNeeded: operation.position))
                word(operation.attempt)
                word(UInt32(truncatingIfNeeded: operation.deadline >> 32))
                word(UInt32(truncatingIfNeeded: operation.deadline))
            } else {
                word(Authentication.none)
                word(0)
            }
            word(Authentication.none)
            word(0)
            bytes.append(contentsOf: UnsafeRawBufferPointer(space))
        }
        bytes.append(contentsOf: arguments)
    }

    /// Appends a reply that was accepted and succeeded; a slave's side, for tests of the master.
    public mutating func reply(
        xid: UInt32, receipt: OperationReceipt? = nil, acceptStatus: UInt32 = 0,
        result: some Collection<UInt8>
    ) {
        let start = bytes.count
        word(0)
        word(xid)
        word(Message.replyType)
        word(0)
        if let receipt {
            let failure = Array(receipt.failure.utf8.prefix(SLAVE_FAILURE_MAX))
            let padded = (failure.count + 3) & ~3
            word(OperationCredential.flavor)
            word(UInt32(16 + padded))
            word(receipt.worker)
            word(UInt32(truncatingIfNeeded: receipt.microseconds >> 32))
            word(UInt32(truncatingIfNeeded: receipt.microseconds))
            word(UInt32(failure.count))
            bytes.append(contentsOf: failure)
            bytes.append(contentsOf: repeatElement(0, count: padded - failure.count))
        } else {
            word(Authentication.none)
            word(0)
        }
        word(acceptStatus)
        bytes.append(contentsOf: result)
        endRecord(from: start)
    }

    private mutating func word(_ value: UInt32) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }

    /// Writes the mark in front of the record that began at `start`: one fragment, the last.
    private mutating func endRecord(from start: Int) {
        let mark = 0x8000_0000 | UInt32(bytes.count - start - 4)
        for place in 0..<4 {
            bytes[start + place] = UInt8(truncatingIfNeeded: mark >> UInt32(24 - 8 * place))
        }
    }
}

/// What calls of one procedure have in common.
public struct CallHead: Sendable {
    let program: UInt32
    let version: UInt32
    let procedure: UInt32
    let operation: OperationCredential?

    public init(
        program: UInt32, version: UInt32, procedure: UInt32, operation: OperationCredential? = nil
    ) {
        self.program = program
        self.version = version
        self.procedure = procedure
        self.operation = operation
    }
}

/// The credential of an operation's call: `slave_operation` of slave.x.
public struct OperationCredential: Hashable, Sendable {
    public static let flavor = UInt32(SLAVE_AUTH_OPERATION)
    static let size: UInt32 = 20

    public var position: UInt64
    public var attempt: UInt32
    /// Microseconds that are left for it; 0: any number.
    public var deadline: UInt64

    public init(position: UInt64, attempt: UInt32, deadline: UInt64 = 0) {
        self.position = position
        self.attempt = attempt
        self.deadline = deadline
    }
}
