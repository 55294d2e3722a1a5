/// A value whose size on the wire is known before it is written. Generated structs of numbers,
/// texts and the like conform.
///
/// An encoder takes room for many of them at once; field by field, a list of small structs would
/// spend most of its time on that.
public protocol XDRFlat: XDRCodable {
    /// The bytes that `put` writes: a multiple of four.
    var flatSize: Int { get }
    /// Writes all fields, `flatSize` bytes; throws where a bound of the interface is exceeded.
    func put(into room: inout XDRRoom) throws(XDRError)
}

extension XDRFlat {
    @inlinable
    public func encode(to encoder: inout XDREncoder) throws(XDRError) {
        try encoder.room(flatSize, for: self) { (value, room) throws(XDRError) in
            try value.put(into: &room)
        }
    }
}

extension XDREncoder {
    /// RFC 4506 §4.13.
    @inlinable
    public mutating func array<Item: XDRFlat>(
        _ field: StaticString = "", _ value: [Item], atMost bound: UInt32 = .max
    ) throws(XDRError) {
        do {
            try count(value.count, atMost: bound)
            try flat(value)
        } catch { throw error.within(field) }
    }

    /// RFC 4506 §4.12.
    @inlinable
    public mutating func array<Item: XDRFlat>(
        _ field: StaticString = "", _ value: [Item], count: Int
    ) throws(XDRError) {
        do {
            try require(value.count, count)
            try flat(value)
        } catch { throw error.within(field) }
    }

    /// Some items at a time, so that those whose sizes were added are near when they are written.
    @inlinable
    mutating func flat<Item: XDRFlat>(_ value: [Item]) throws(XDRError) {
        let items = value.span
        for begin in stride(from: 0, to: items.count, by: 64) {
            let batch = items.extracting(begin..<min(begin + 64, items.count))
            var size = 0
            for index in batch.indices { size += batch[index].flatSize }
            try room(size, for: batch) { (batch, room) throws(XDRError) in
                for index in batch.indices {
                    do throws(XDRError) {
                        try batch[index].put(into: &room)
                        try room.checkLimit(behind: batch[index])
                    } catch { throw error.within(item: begin + index) }
                }
            }
        }
    }

    /// `size` bytes, which `write` puts there, no more and no fewer. The value is a parameter, since
    /// a closure would copy what it captures.
    @inlinable
    mutating func room<Value: ~Copyable & ~Escapable>(
        _ size: Int, for value: borrowing Value,
        _ write: (borrowing Value, inout XDRRoom) throws(XDRError) -> Void
    ) throws(XDRError) {
        let offset = storage.count
        guard size <= limit - offset else {
            throw excess(size) { (room) throws(XDRError) in try write(value, &room) }
        }
        try storage.append(addingCapacity: size) { (span) throws(XDRError) in
            try span.withUnsafeMutableBufferPointer {
                (memory, initialized) throws(XDRError) in
                guard let begin = memory.baseAddress else { return }
                let place = UnsafeMutableRawPointer(begin)
                var room = XDRRoom(place, size: size, offset: offset, limit: limit)
                try write(value, &room)
                precondition(room.next == room.end)
                initialized = size
            }
        }
    }

    /// Why there is no room: the field that would end beyond the limit. Fields of a few bytes don't
    /// tell; then it is the value as a whole.
    @usableFromInline
    func excess(_ size: Int, _ write: (inout XDRRoom) throws(XDRError) -> Void) -> XDRError {
        let scratch = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 8)
        defer { scratch.deallocate() }
        var room = XDRRoom(scratch, size: size, offset: storage.count, limit: limit)
        do { try write(&room) } catch { return error }
        return error(.tooLong(needed: size, limit: limit))
    }
}
