/// Room in an encoder for flat values (`XDRFlat`): from front to back, all of it.
public struct XDRRoom: ~Copyable {
    @usableFromInline var next: UnsafeMutableRawPointer
    @usableFromInline let begin: UnsafeMutableRawPointer
    @usableFromInline let end: UnsafeMutableRawPointer
    /// Where it lies in all that is encoded.
    @usableFromInline let offset: Int
    /// That of the encoder, from its beginning.
    @usableFromInline let limit: Int

    @inlinable
    init(_ begin: UnsafeMutableRawPointer, size: Int, offset: Int, limit: Int) {
        next = begin
        self.begin = begin
        end = begin + size
        self.offset = offset
        self.limit = limit
    }

    /// What `count` bytes take with their padding.
    @inlinable
    public static func padded(_ count: Int) -> Int { (count &+ 3) & ~3 }

    /// More than there is would be the generator's mistake, and must not become a stray write.
    @inlinable
    @inline(__always)
    mutating func take(_ size: Int) -> UnsafeMutableRawPointer {
        precondition(size <= end - next)
        defer { next += size }
        return next
    }

    @inlinable
    var position: Int { offset &+ (next - begin) }

    @usableFromInline
    func error(_ reason: XDRError.Reason, _ field: StaticString) -> XDRError {
        XDRError(reason, offset: position).within(field)
    }

    /// The encoder asks before it gives room; here it matters when it looks for the field that had
    /// none.
    @inlinable
    @inline(__always)
    func reserve(_ field: StaticString, _ size: Int) throws(XDRError) {
        guard size <= limit &- position else {
            throw error(.tooLong(needed: size, limit: limit), field)
        }
    }

    @inlinable
    func checkLimit(behind value: some XDRFlat) throws(XDRError) {
        guard position <= limit else {
            let size = value.flatSize
            throw XDRError(.tooLong(needed: size, limit: limit), offset: position - size)
        }
    }

    @inlinable
    public mutating func put<Number: XDRNumber>(_ value: Number) {
        let place = take(MemoryLayout<Number.Wire>.size)
        place.storeBytes(of: value.wire.bigEndian, as: Number.Wire.self)
    }

    @inlinable
    public mutating func put(_ value: Bool) { put(value ? 1 : 0 as UInt32) }

    /// RFC 4506 §4.19.
    @inlinable
    public mutating func put<Number: XDRNumber>(_ value: Number?) {
        put(value != nil)
        if let value { put(value) }
    }

    @inlinable
    public mutating func put(_ value: Bool?) {
        put(value != nil)
        if let value { put(value) }
    }

    @inlinable
    public mutating func put(_ field: StaticString, _ value: some XDRFlat) throws(XDRError) {
        do { try value.put(into: &self) } catch { throw error.within(field) }
    }

    /// RFC 4506 §4.11; the bound counts bytes of UTF-8.
    @inlinable
    @inline(__always)
    public mutating func string(
        _ field: StaticString, _ value: String, atMost bound: UInt32 = .max
    ) throws(XDRError) {
        let count = value.utf8.count
        try self.count(field, count, atMost: bound)
        guard let place = padded(count) else { return }
        let copied: Void? = value.utf8.withContiguousStorageIfAvailable {
            copy(UnsafeRawBufferPointer($0), to: place)
        }
        if copied == nil {
            UnsafeMutableRawBufferPointer(start: place, count: count).copyBytes(from: value.utf8)
        }
    }

    /// RFC 4506 §4.10.
    @inlinable
    public mutating func opaque(
        _ field: StaticString, _ value: [UInt8], atMost bound: UInt32 = .max
    ) throws(XDRError) {
        try count(field, value.count, atMost: bound)
        copy(value)
    }

    /// RFC 4506 §4.9: exactly `count` bytes and their padding.
    @inlinable
    public mutating func opaque(
        _ field: StaticString, _ value: [UInt8], count: Int
    ) throws(XDRError) {
        guard value.count == count else {
            throw error(.wrongCount(count: value.count, declared: count), field)
        }
        try reserve(field, Self.padded(count))
        copy(value)
    }

    @inlinable
    @inline(__always)
    mutating func count(
        _ field: StaticString, _ count: Int, atMost bound: UInt32
    ) throws(XDRError) {
        guard count <= bound else {
            throw error(.beyondBound(count: count, bound: Int(clamping: bound)), field)
        }
        try reserve(field, 4 &+ Self.padded(count))
        put(UInt32(truncatingIfNeeded: count))
    }

    @inlinable
    mutating func copy(_ value: [UInt8]) {
        guard let place = padded(value.count) else { return }
        value.withUnsafeBytes { copy($0, to: place) }
    }

    /// Names and the like are short: a call of memcpy costs more than their bytes.
    @inlinable
    func copy(_ bytes: UnsafeRawBufferPointer, to place: UnsafeMutableRawPointer) {
        guard let source = bytes.baseAddress else { return }
        let count = bytes.count
        func word<Word: BitwiseCopyable>(at offset: Int, _: Word.Type) {
            place.storeBytes(
                of: source.loadUnaligned(fromByteOffset: offset, as: Word.self),
                toByteOffset: offset, as: Word.self)
        }
        guard count < 32 else { return place.copyMemory(from: source, byteCount: count) }
        var done = 0
        while done &+ 8 <= count {
            word(at: done, UInt64.self)
            done &+= 8
        }
        if count & 4 != 0 {
            word(at: done, UInt32.self)
            done &+= 4
        }
        if count & 2 != 0 {
            word(at: done, UInt16.self)
            done &+= 2
        }
        if count & 1 != 0 { word(at: done, UInt8.self) }
    }

    /// A place for `count` bytes, their padding written; nil for none.
    @inlinable
    @inline(__always)
    mutating func padded(_ count: Int) -> UnsafeMutableRawPointer? {
        let size = Self.padded(count)
        guard size > 0 else { return nil }
        let place = take(size)
        // The last word: what of it is no padding is written again.
        (place + (size - 4)).storeBytes(of: 0, as: UInt32.self)
        return place
    }
}
