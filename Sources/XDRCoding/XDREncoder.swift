/// Writes XDR (RFC 4506). Bounds of the interface are checked here as well, so that what one side
/// sends the other accepts.
public struct XDREncoder: Sendable {
    @usableFromInline var storage: [UInt8] = []
    /// No more bytes than these are made.
    public let limit: Int
    @usableFromInline var depth = 0

    public init(limit: Int = XDRLimits.encodedBytes) {
        self.limit = limit
    }

    /// What was encoded so far.
    @inlinable public var bytes: [UInt8] { storage }

    /// Empties it, but keeps the memory.
    public mutating func reset() {
        storage.removeAll(keepingCapacity: true)
        depth = 0
    }

    /// An error at this place.
    @inlinable
    public func error(_ reason: XDRError.Reason) -> XDRError {
        XDRError(reason, offset: storage.count)
    }

    // MARK: Values

    @inlinable
    public mutating func encode(
        _ field: StaticString = "", _ value: some XDRCodable
    ) throws(XDRError) {
        do { try value.encode(to: &self) } catch { throw error.within(field) }
    }

    /// RFC 4506 §4.9: exactly `count` bytes and their padding.
    public mutating func opaque(
        _ field: StaticString = "", _ value: [UInt8], count: Int
    ) throws(XDRError) {
        do {
            try require(value.count, count)
            try paddedBytes(value)
        } catch { throw error.within(field) }
    }

    /// RFC 4506 §4.10.
    public mutating func opaque(
        _ field: StaticString = "", _ value: [UInt8], atMost bound: UInt32 = .max
    ) throws(XDRError) {
        do {
            try count(value.count, atMost: bound)
            try paddedBytes(value)
        } catch { throw error.within(field) }
    }

    /// RFC 4506 §4.11; the bound counts bytes of UTF-8.
    public mutating func string(
        _ field: StaticString = "", _ value: String, atMost bound: UInt32 = .max
    ) throws(XDRError) {
        try opaque(field, Array(value.utf8), atMost: bound)
    }

    // MARK: Parts

    @inlinable
    public mutating func integer<Wire: FixedWidthInteger & BitwiseCopyable>(
        _ value: Wire
    ) throws(XDRError) {
        try reserve(MemoryLayout<Wire>.size)
        withUnsafeBytes(of: value.bigEndian) { append($0) }
    }

    /// An array's count.
    public mutating func count(_ count: Int, atMost bound: UInt32) throws(XDRError) {
        guard count <= bound else {
            throw error(.beyondBound(count: count, bound: Int(clamping: bound)))
        }
        try integer(UInt32(count))
    }

    /// Around the body of a recursive type.
    @inlinable
    public mutating func enter() throws(XDRError) {
        guard depth < XDRLimits.depth else { throw error(.tooDeep(limit: XDRLimits.depth)) }
        depth += 1
    }

    @inlinable
    public mutating func leave() { depth -= 1 }

    @usableFromInline
    func require(_ count: Int, _ declared: Int) throws(XDRError) {
        guard count == declared else {
            throw error(.wrongCount(count: count, declared: declared))
        }
    }

    @inlinable
    func reserve(_ size: Int) throws(XDRError) {
        guard size <= limit - storage.count else {
            throw error(.tooLong(needed: size, limit: limit))
        }
    }

    @inlinable
    mutating func append(_ raw: UnsafeRawBufferPointer) { storage.append(contentsOf: raw) }

    private mutating func paddedBytes(_ value: [UInt8]) throws(XDRError) {
        let padding = (4 - value.count % 4) % 4
        try reserve(value.count + padding)
        storage += value
        storage += repeatElement(0, count: padding)
    }
}
