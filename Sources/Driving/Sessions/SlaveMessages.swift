import Diagnostics
import Scheduling
import WireProtocol
import XDRCoding

/// The procedures of slave.x's SLAVE_PROGRAM that the master calls.
package enum SlaveProcedure {
    case ping, hello, update, define, chunk, retire, cancel, goodbye, patch, hold, release

    package var number: UInt32 {
        typealias Version = SLAVE_PROGRAM.SLAVE_VERSION
        return switch self {
        case .ping: Version.SLAVE_PING
        case .hello: Version.SLAVE_HELLO
        case .update: Version.SLAVE_UPDATE
        case .define: Version.SLAVE_DEFINE
        case .chunk: Version.SLAVE_CHUNK
        case .retire: Version.SLAVE_RETIRE
        case .cancel: Version.SLAVE_CANCEL
        case .goodbye: Version.SLAVE_GOODBYE
        case .patch: Version.SLAVE_PATCH
        case .hold: Version.SLAVE_HOLD
        case .release: Version.SLAVE_RELEASE
        }
    }
}

extension RecordWriter {
    /// `followedBy`: bytes of the record that the caller sends itself.
    package mutating func slaveCall(
        xid: UInt32, _ procedure: SlaveProcedure, _ arguments: [UInt8], followedBy bytes: Int = 0
    ) {
        let head = CallHead(
            program: SLAVE_PROGRAM.number, version: SLAVE_PROGRAM.SLAVE_VERSION.number,
            procedure: procedure.number)
        arguments.withUnsafeBytes { call(xid: xid, head, arguments: $0, followedBy: bytes) }
    }
}

/// Arguments and results of our own procedures, between the runtime's terms and slave.x.
package enum SlaveMessages {
    package static let protocolNumber = UInt32(SLAVE_PROTOCOL)

    package static func hello(hash: [UInt8], workers: Int) -> [UInt8] {
        encoded(
            slave_hello(
                protocol: protocolNumber, interface_hash: hash, workers: UInt32(clamping: workers)))
    }

    package static func update(_ position: Position, _ message: UpdateStore.Message) -> [UInt8] {
        let change: slave_change =
            switch message {
            case .context(let procedure, let arguments):
                .SLAVE_CONTEXT(slave_context_update(procedure: procedure, arguments: arguments))
            case .shared(let shared):
                .SLAVE_SHARED(
                    slave_shared_update(slot: UInt32(shared.slot), version: shared.version))
            }
        return encoded(slave_update(position: position, change: change))
    }

    /// `base` 0: nothing is copied.
    package static func define(
        _ shared: SharedVersion, size: Int, base: UInt64, checksum: UInt64
    ) -> [UInt8] {
        encoded(
            slave_define(
                slot: UInt32(shared.slot), version: shared.version, size: UInt64(size), base: base,
                checksum: checksum))
    }

    /// All of a `slave_chunk` but its bytes.
    package static func chunk(_ shared: SharedVersion, offset: Int, count: Int) -> [UInt8] {
        var head = encoded(
            slave_chunk(
                slot: UInt32(shared.slot), version: shared.version, offset: UInt64(offset),
                bytes: []))
        withUnsafeBytes(of: UInt32(count).bigEndian) {
            head.replaceSubrange((head.count - 4)..., with: $0)
        }
        return head
    }

    package static func patch(_ shared: SharedVersion, offset: Int, _ steps: [slave_step])
        -> [UInt8]
    {
        encoded(
            slave_patch(
                slot: UInt32(shared.slot), version: shared.version, offset: UInt64(offset),
                steps: steps))
    }

    package static func retire(_ span: Range<Position>) -> [UInt8] {
        encoded(slave_span(first: span.lowerBound, below: span.upperBound))
    }

    package static func cancel(_ xid: UInt32) -> [UInt8] { encoded(xid) }

    package static func hold(_ kind: slave_hold_kind, _ which: UInt32) -> [UInt8] {
        encoded(slave_hold(kind: kind, which: which))
    }

    /// - Parameter xid: of the call that asked for the hold.
    package static func release(_ xid: UInt32) -> [UInt8] { encoded(xid) }

    /// nil where the update was applied.
    package static func updateFailure(_ bytes: UnsafeRawBufferPointer) throws(FramingError)
        -> String?
    {
        switch try decoded(bytes, as: slave_update_result.self) {
        case .SLAVE_APPLIED: nil
        case .SLAVE_FAILED(let failure): failure.neutral
        }
    }

    package static func decoded<Value: XDRCodable>(
        _ bytes: UnsafeRawBufferPointer, as type: Value.Type
    ) throws(FramingError) -> Value {
        var decoder = XDRDecoder(Array(bytes))
        do throws(XDRError) {
            let value = try Value(from: &decoder)
            try decoder.finish()
            return value
        } catch {
            throw .malformed("\(error)")
        }
    }

    private static func encoded(_ value: some XDRCodable) -> [UInt8] {
        var encoder = XDREncoder()
        // Only bounds can fail, and what comes here was bounded where it was made.
        do { try value.encode(to: &encoder) } catch { return [] }
        return encoder.bytes
    }
}
