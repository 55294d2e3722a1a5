/// Reads XDR words of a message header without copying.
struct MessageReader {
    let bytes: UnsafeRawBufferPointer
    private(set) var offset = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    private func check(_ needed: Int) throws(FramingError) {
        guard bytes.count - offset >= needed else {
            throw .truncated(needed: needed, available: bytes.count - offset, offset: offset)
        }
    }

    mutating func word() throws(FramingError) -> UInt32 {
        try check(4)
        defer { offset += 4 }
        return UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    mutating func hyper() throws(FramingError) -> UInt64 {
        try check(8)
        defer { offset += 8 }
        return UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    /// The bytes of an opaque whose size was read, without its padding.
    mutating func opaque(size: Int) throws(FramingError) -> UnsafeRawBufferPointer {
        let padded = (size + 3) & ~3
        try check(padded)
        defer { offset += padded }
        return UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + size)])
    }

    /// A flavour and a body of at most 400 bytes.
    mutating func authentication() throws(FramingError) -> Authentication {
        let flavor = try word()
        let size = try word()
        guard size <= Authentication.bodyMax else { throw .authenticationTooLong(size: size) }
        return Authentication(flavor: flavor, body: try opaque(size: Int(size)))
    }

    /// What follows the header.
    var rest: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[offset...]) }
}
