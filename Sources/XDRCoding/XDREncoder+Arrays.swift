extension XDREncoder {
    /// RFC 4506 §4.13, numbers in one pass.
    @inlinable
    public mutating func numbers<Number: XDRNumber>(
        _ field: StaticString = "", _ value: [Number], atMost bound: UInt32 = .max
    ) throws(XDRError) {
        do {
            try count(value.count, atMost: bound)
            try convert(value)
        } catch { throw error.within(field) }
    }

    /// RFC 4506 §4.12, numbers in one pass.
    @inlinable
    public mutating func numbers<Number: XDRNumber>(
        _ field: StaticString = "", _ value: [Number], count: Int
    ) throws(XDRError) {
        do {
            try require(value.count, count)
            try convert(value)
        } catch { throw error.within(field) }
    }

    /// RFC 4506 §4.13.
    @inlinable
    public mutating func array<Item>(
        _ field: StaticString = "", _ value: [Item], atMost bound: UInt32 = .max,
        _ item: (Item, inout XDREncoder) throws(XDRError) -> Void
    ) throws(XDRError) {
        do {
            try count(value.count, atMost: bound)
            try items(value, item)
        } catch { throw error.within(field) }
    }

    @inlinable
    public mutating func array<Item: XDRCodable>(
        _ field: StaticString = "", _ value: [Item], atMost bound: UInt32 = .max
    ) throws(XDRError) {
        try array(field, value, atMost: bound) {
            (item: Item, encoder: inout XDREncoder) throws(XDRError) in
            try item.encode(to: &encoder)
        }
    }

    /// RFC 4506 §4.12.
    @inlinable
    public mutating func array<Item>(
        _ field: StaticString = "", _ value: [Item], count: Int,
        _ item: (Item, inout XDREncoder) throws(XDRError) -> Void
    ) throws(XDRError) {
        do {
            try require(value.count, count)
            try items(value, item)
        } catch { throw error.within(field) }
    }

    @inlinable
    public mutating func array<Item: XDRCodable>(
        _ field: StaticString = "", _ value: [Item], count: Int
    ) throws(XDRError) {
        try array(field, value, count: count) {
            (item: Item, encoder: inout XDREncoder) throws(XDRError) in
            try item.encode(to: &encoder)
        }
    }

    /// RFC 4506 §4.19.
    @inlinable
    public mutating func optional<Value>(
        _ field: StaticString = "", _ value: Value?,
        _ encode: (Value, inout XDREncoder) throws(XDRError) -> Void
    ) throws(XDRError) {
        do {
            try (value != nil).encode(to: &self)
            if let value { try encode(value, &self) }
        } catch { throw error.within(field) }
    }

    @inlinable
    public mutating func optional<Value: XDRCodable>(
        _ field: StaticString = "", _ value: Value?
    ) throws(XDRError) {
        try optional(field, value) {
            (value: Value, encoder: inout XDREncoder) throws(XDRError) in
            try value.encode(to: &encoder)
        }
    }

    @inlinable
    mutating func items<Item>(
        _ value: [Item], _ encode: (Item, inout XDREncoder) throws(XDRError) -> Void
    ) throws(XDRError) {
        for index in value.indices {
            do { try encode(value[index], &self) } catch { throw error.within(item: index) }
        }
    }

    @inlinable
    mutating func convert<Number: XDRNumber>(_ numbers: [Number]) throws(XDRError) {
        let width = MemoryLayout<Number.Wire>.size
        let size = numbers.count * width
        try reserve(size)
        if storage.count + size > storage.capacity {
            // Never exactly: many small arrays would else copy all bytes again and again.
            storage.reserveCapacity(max(storage.count + size, 2 * storage.capacity))
        }
        numbers.withUnsafeBytes { source in
            storage.append(addingCapacity: size) { room in
                room.withUnsafeMutableBufferPointer { target, initialized in
                    if let from = source.baseAddress, let to = target.baseAddress {
                        convertByteOrder(to: to, from: from, count: numbers.count, size: width)
                    }
                    initialized = size
                }
            }
        }
    }
}
