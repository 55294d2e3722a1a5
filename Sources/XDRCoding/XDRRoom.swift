/// Room in an encoder for a value whose size is known before it is written: from front to back, all
/// of it. Generated code for structs of a few small fields asks for it once, instead of once for
/// each field.
public struct XDRRoom: ~Copyable {
    @usableFromInline var next: UnsafeMutableRawPointer
    @usableFromInline let end: UnsafeMutableRawPointer
    @usableFromInline let offset: Int

    @inlinable
    init(_ begin: UnsafeMutableRawPointer, size: Int, offset: Int) {
        next = begin
        end = begin + size
        self.offset = offset
    }

    /// What `count` bytes take with their padding.
    @inlinable
    public static func padded(_ count: Int) -> Int { (count &+ 3) & ~3 }

    /// More than there is would be the generator's mistake, and must not become a stray write.
    @inlinable
    mutating func take(_ size: Int) -> UnsafeMutableRawPointer {
        precondition(size <= end - next)
        defer { next += size }
        return next
    }

    @inlinable
    func error(_ reason: XDRError.Reason, _ field: StaticString) -> XDRError {
        XDRError(reason, offset: offset).within(field)
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

    /// RFC 4506 §4.11; the bound counts bytes of UTF-8.
    @inlinable
    public mutating func string(
        _ field: StaticString, _ value: String, atMost bound: UInt32 = .max
    ) throws(XDRError) {
        let count = value.utf8.count
        try self.count(field, count, atMost: bound)
        guard let place = padded(count) else { return }
        let copied: Void? = value.utf8.withContiguousStorageIfAvailable { utf8 in
            UnsafeMutableRawBufferPointer(start: place, count: count)
                .copyMemory(from: UnsafeRawBufferPointer(utf8))
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
        copy(value)
    }

    @inlinable
    mutating func count(
        _ field: StaticString, _ count: Int, atMost bound: UInt32
    ) throws(XDRError) {
        guard count <= bound else {
            throw error(.beyondBound(count: count, bound: Int(clamping: bound)), field)
        }
        put(UInt32(truncatingIfNeeded: count))
    }

    @inlinable
    mutating func copy(_ value: [UInt8]) {
        guard let place = padded(value.count) else { return }
        UnsafeMutableRawBufferPointer(start: place, count: value.count).copyBytes(from: value)
    }

    /// A place for `count` bytes, their padding written; nil for none.
    @inlinable
    mutating func padded(_ count: Int) -> UnsafeMutableRawPointer? {
        let size = Self.padded(count)
        guard size > 0 else { return nil }
        let place = take(size)
        // The last word: what of it is no padding is written again.
        (place + (size - 4)).storeBytes(of: 0, as: UInt32.self)
        return place
    }
}

extension XDREncoder {
    /// `size` bytes, which `write` puts there, no more and no fewer.
    @inlinable
    public mutating func room(
        _ size: Int, _ write: (inout XDRRoom) throws(XDRError) -> Void
    ) throws(XDRError) {
        try reserve(size)
        let offset = storage.count
        try storage.append(addingCapacity: size) { (span) throws(XDRError) in
            try span.withUnsafeMutableBufferPointer {
                (memory, initialized) throws(XDRError) in
                guard let begin = memory.baseAddress else { return }
                var room = XDRRoom(UnsafeMutableRawPointer(begin), size: size, offset: offset)
                try write(&room)
                precondition(room.next == room.end)
                initialized = size
            }
        }
    }
}
