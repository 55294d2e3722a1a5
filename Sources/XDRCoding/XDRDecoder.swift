/// Reads XDR (RFC 4506) from bytes that may be hostile.
///
/// Before an array is made, its count is checked against the declared bound and against the bytes
/// that are there. An error tells the field's path, which is put together only while the error
/// travels outwards.
///
///     var decoder = XDRDecoder(bytes)
///     let tile = try decoder.decode("Tile", as: Tile.self)
///     try decoder.finish()
public struct XDRDecoder: Sendable {
    @usableFromInline let bytes: [UInt8]
    @usableFromInline let start: Int
    @usableFromInline let end: Int
    @usableFromInline var position: Int
    @usableFromInline var depth = 0

    public init(_ bytes: [UInt8]) {
        self.init(bytes, in: 0..<bytes.count)
    }

    /// A part of `bytes`, not copied; offsets count from its beginning. The range must lie in the
    /// array.
    public init(_ bytes: [UInt8], in range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count)
        self.bytes = bytes
        start = range.lowerBound
        end = range.upperBound
        position = range.lowerBound
    }

    /// Bytes read so far.
    @inlinable public var offset: Int { position - start }
    @inlinable public var remaining: Int { end - position }

    /// Throws unless all bytes are read.
    public func finish() throws(XDRError) {
        guard remaining == 0 else { throw error(.leftOver(remaining)) }
    }

    /// An error at this place.
    @inlinable
    public func error(_ reason: XDRError.Reason) -> XDRError { XDRError(reason, offset: offset) }

    // MARK: Values

    @inlinable
    public mutating func decode<Value: XDRCodable>(
        _ field: StaticString = "", as type: Value.Type = Value.self
    ) throws(XDRError) -> Value {
        do { return try Value(from: &self) } catch { throw error.within(field) }
    }

    /// An enumeration's member.
    @inlinable
    public mutating func member<Member: RawRepresentable<Int32>>() throws(XDRError) -> Member {
        let value = try integer(Int32.self)
        guard let member = Member(rawValue: value) else {
            throw error(.notMember(type: "\(Member.self)", value: Int64(value)))
        }
        return member
    }

    /// RFC 4506 §4.9: exactly `count` bytes and their padding.
    public mutating func opaque(
        _ field: StaticString = "", count: Int
    ) throws(XDRError) -> [UInt8] {
        do { return try paddedBytes(count) } catch { throw error.within(field) }
    }

    /// RFC 4506 §4.10.
    public mutating func opaque(
        _ field: StaticString = "", atMost bound: UInt32 = .max
    ) throws(XDRError) -> [UInt8] {
        do {
            return try paddedBytes(try count(atMost: bound, itemMin: 1))
        } catch { throw error.within(field) }
    }

    /// RFC 4506 §4.11; the bytes must be UTF-8.
    public mutating func string(
        _ field: StaticString = "", atMost bound: UInt32 = .max
    ) throws(XDRError) -> String {
        do throws(XDRError) {
            let count = try count(atMost: bound, itemMin: 1)
            let here = try padded(count)
            do {
                return String(
                    copying: try UTF8Span(validating: bytes.span.extracting(here..<here + count)))
            } catch { throw self.error(.notUTF8) }
        } catch { throw error.within(field) }
    }

    // MARK: Parts

    @inlinable
    public mutating func integer<Wire: FixedWidthInteger & BitwiseCopyable>(
        _ type: Wire.Type
    ) throws(XDRError) -> Wire {
        let size = MemoryLayout<Wire>.size
        let here = try advance(size)
        return bytes.withUnsafeBytes {
            Wire(bigEndian: $0.loadUnaligned(fromByteOffset: here, as: Wire.self))
        }
    }

    /// An array's count: at most `bound`, and that many items of at least `itemMin` bytes are
    /// there.
    @inlinable
    public mutating func count(atMost bound: UInt32, itemMin: Int) throws(XDRError) -> Int {
        let count = try integer(UInt32.self)
        guard count <= bound else {
            throw error(.beyondBound(count: Int(clamping: count), bound: Int(clamping: bound)))
        }
        // A worker may have 32 bits: what a peer claims can be more than Int holds there.
        let (needed, overflows) = Int(clamping: count).multipliedReportingOverflow(by: itemMin)
        guard !overflows, count <= Int.max, Int(count) <= remaining / itemMin else {
            throw error(.truncated(needed: overflows ? .max : needed, available: remaining))
        }
        return Int(count)
    }

    /// Around the body of a recursive type.
    @inlinable
    public mutating func enter() throws(XDRError) {
        guard depth < XDRLimits.depth else { throw error(.tooDeep(limit: XDRLimits.depth)) }
        depth += 1
    }

    @inlinable
    public mutating func leave() { depth -= 1 }

    /// Steps over `size` bytes and returns where they begin.
    @inlinable
    mutating func advance(_ size: Int) throws(XDRError) -> Int {
        guard size <= remaining else {
            throw error(.truncated(needed: size, available: remaining))
        }
        defer { position += size }
        return position
    }

    private mutating func paddedBytes(_ count: Int) throws(XDRError) -> [UInt8] {
        let here = try padded(count)
        return Array(bytes[here..<here + count])
    }

    /// Steps over `count` bytes and their padding, and returns where they begin.
    private mutating func padded(_ count: Int) throws(XDRError) -> Int {
        let here = try advance(count)
        let padding = try advance((4 - count % 4) % 4)
        for place in padding..<position where bytes[place] != 0 { throw error(.paddingNotZero) }
        return here
    }
}
