/// A hash of bytes for tables, checksums and command lines: two multiplications for 32 bytes. It
/// tells apart what differs by accident; it is no defence against somebody who looks for collisions.
enum QuickHash {
    static func of(_ bytes: UnsafeRawBufferPointer, seed: UInt64 = 0) -> UInt64 {
        var hash = mixed(seed ^ keys.0, UInt64(bytes.count) ^ keys.1)
        var position = 0
        while bytes.count - position >= 16 {
            hash = mixed(
                word(bytes, position) ^ hash, word(bytes, position + 8) ^ keys.1)
            position += 16
        }
        var rest = (UInt64(0), UInt64(0))
        withUnsafeMutableBytes(of: &rest) { rest in
            rest.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[position...]))
        }
        return mixed(
            mixed(UInt64(littleEndian: rest.0) ^ hash, UInt64(littleEndian: rest.1) ^ keys.1),
            keys.2)
    }

    private static func word(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    private static func mixed(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low
    }

    /// Odd numbers without a pattern.
    private static let keys: (UInt64, UInt64, UInt64) = (
        0xa076_1d64_78bd_642f, 0xe703_7ed1_a0b4_28db, 0x8ebc_6af0_9c88_c6e3
    )
}

extension String {
    /// Calls `body` with the text's UTF-8.
    func withBytes<Value>(_ body: (UnsafeRawBufferPointer) -> Value) -> Value {
        let value = utf8.withContiguousStorageIfAvailable { body(UnsafeRawBufferPointer($0)) }
        return value ?? Array(utf8).withUnsafeBytes(body)
    }
}
