// Every Swift decoder under libFuzzer: two bytes choose the type, the rest is its value. What
// decodes has to encode to the same bytes.
import XDRCoding

private let types = Box(proofTypes())

private final class Box: Sendable {
    // Safe because: metatypes do not change, and libFuzzer has one thread.
    nonisolated(unsafe) let types: [any XDRCodable.Type]
    init(_ types: [any XDRCodable.Type]) { self.types = types }
}

private func check<Value: XDRCodable>(_ type: Value.Type, _ bytes: [UInt8]) {
    var decoder = XDRDecoder(bytes)
    guard let value = try? decoder.decode(as: type), (try? decoder.finish()) != nil else { return }
    var encoder = XDREncoder()
    do { try value.encode(to: &encoder) } catch {
        preconditionFailure("\(type) decoded, but not encoded: \(error)")
    }
    precondition(encoder.bytes == bytes, "\(type), encoded, has other bytes")
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let start, count >= 2 else { return -1 }
    let bytes = UnsafeBufferPointer(start: start, count: count)
    let number = (Int(bytes[0]) << 8 | Int(bytes[1])) % types.types.count
    check(types.types[number], Array(bytes.dropFirst(2)))
    return 0
}
