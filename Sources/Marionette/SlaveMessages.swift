import Scheduling
import WireProtocol
import XDRCoding

/// The procedures of slave.x's SLAVE_PROGRAM.
enum SlaveProcedure: UInt32 {
    case ping = 0
    case hello = 1
    case update = 2
    case define = 3
    case chunk = 4
    case retire = 5
    case cancel = 6
    case goodbye = 7

    static let program: UInt32 = 0x2000_004d
    static let version: UInt32 = 1
}

/// The procedures of slave.x's MASTER_PROGRAM.
enum MasterProcedure: UInt32 {
    case workerStarted = 1
    case workerEnded = 2

    static let program: UInt32 = 0x2000_004e
}

extension RecordWriter {
    mutating func slaveCall(xid: UInt32, _ procedure: SlaveProcedure, _ arguments: [UInt8]) {
        call(
            xid: xid, program: SlaveProcedure.program, version: SlaveProcedure.version,
            procedure: procedure.rawValue, arguments: arguments)
    }
}

/// Arguments and results of our own procedures, as slave.x declares them.
enum SlaveMessages {
    static let protocolNumber: UInt32 = 1
    static let chunkMax = 262_144

    static func hello(hash: [UInt8], workers: Int) -> [UInt8] {
        encode { encoder throws(XDRError) in
            try encoder.integer(protocolNumber)
            try encoder.opaque("interface_hash", hash, count: 32)
            try encoder.integer(UInt32(clamping: workers))
        }
    }

    static func update(_ position: Position, _ message: UpdateStore.Message) -> [UInt8] {
        encode { encoder throws(XDRError) in
            try encoder.integer(position)
            switch message {
            case .context(let procedure, let arguments):
                try encoder.integer(0 as UInt32)
                try encoder.integer(procedure)
                try encoder.opaque("arguments", arguments)
            case .shared(let shared):
                try encoder.integer(1 as UInt32)
                try encoder.integer(UInt32(shared.slot))
                try encoder.integer(shared.version)
            }
        }
    }

    static func define(_ shared: SharedVersion, size: Int) -> [UInt8] {
        encode { encoder throws(XDRError) in
            try encoder.integer(UInt32(shared.slot))
            try encoder.integer(shared.version)
            try encoder.integer(UInt64(size))
        }
    }

    static func chunk(_ shared: SharedVersion, offset: Int, _ bytes: [UInt8]) -> [UInt8] {
        encode { encoder throws(XDRError) in
            try encoder.integer(UInt32(shared.slot))
            try encoder.integer(shared.version)
            try encoder.integer(UInt64(offset))
            try encoder.opaque("bytes", bytes)
        }
    }

    static func retire(below position: Position) -> [UInt8] {
        encode { encoder throws(XDRError) in try encoder.integer(position) }
    }

    static func cancel(_ xid: UInt32) -> [UInt8] {
        encode { encoder throws(XDRError) in try encoder.integer(xid) }
    }

    static func identity(_ bytes: UnsafeRawBufferPointer) throws(FramingError) -> SlaveIdentity {
        try decode(bytes) { decoder throws(XDRError) in try SlaveIdentity(from: &decoder) }
    }

    /// nil where the update was applied.
    static func updateFailure(_ bytes: UnsafeRawBufferPointer) throws(FramingError) -> String? {
        try decode(bytes) { decoder throws(XDRError) in
            try decoder.integer(UInt32.self) == 0 ? nil : try decoder.string(atMost: 1024)
        }
    }

    static func workerStart(_ bytes: UnsafeRawBufferPointer) throws(FramingError) -> WorkerStart {
        try decode(bytes) { decoder throws(XDRError) in
            WorkerStart(
                worker: try decoder.integer(UInt32.self),
                process: try decoder.integer(Int32.self),
                position: try decoder.integer(UInt64.self))
        }
    }

    static func workerEnd(_ bytes: UnsafeRawBufferPointer) throws(FramingError) -> WorkerEnd {
        try decode(bytes) { decoder throws(XDRError) in try WorkerEnd(from: &decoder) }
    }

    private static func encode(_ body: (inout XDREncoder) throws(XDRError) -> Void) -> [UInt8] {
        var encoder = XDREncoder()
        // Only bounds can fail, and what comes here was bounded where it was made.
        do { try body(&encoder) } catch { return [] }
        return encoder.bytes
    }

    private static func decode<Value>(
        _ bytes: UnsafeRawBufferPointer, _ body: (inout XDRDecoder) throws(XDRError) -> Value
    ) throws(FramingError) -> Value {
        var decoder = XDRDecoder(Array(bytes))
        do throws(XDRError) {
            let value = try body(&decoder)
            try decoder.finish()
            return value
        } catch {
            throw .malformed("\(error)")
        }
    }
}
