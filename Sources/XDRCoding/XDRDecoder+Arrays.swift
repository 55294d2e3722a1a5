extension XDRDecoder {
    /// RFC 4506 §4.13, numbers in one pass.
    @inlinable
    public mutating func numbers<Number: XDRNumber>(
        _ field: StaticString = "", atMost bound: UInt32 = .max, of type: Number.Type = Number.self
    ) throws(XDRError) -> [Number] {
        do {
            return try convert(try count(atMost: bound, itemMin: MemoryLayout<Number.Wire>.size))
        } catch { throw error.within(field) }
    }

    /// RFC 4506 §4.12, numbers in one pass.
    @inlinable
    public mutating func numbers<Number: XDRNumber>(
        _ field: StaticString = "", count: Int, of type: Number.Type = Number.self
    ) throws(XDRError) -> [Number] {
        do { return try convert(count) } catch { throw error.within(field) }
    }

    /// RFC 4506 §4.13. `itemMin`: the fewest bytes that an item can have; never 0.
    @inlinable
    public mutating func array<Item>(
        _ field: StaticString = "", atMost bound: UInt32 = .max, itemMin: Int = 4,
        _ item: (inout XDRDecoder) throws(XDRError) -> Item
    ) throws(XDRError) -> [Item] {
        do {
            return try items(try count(atMost: bound, itemMin: itemMin), item)
        } catch { throw error.within(field) }
    }

    @inlinable
    public mutating func array<Item: XDRCodable>(
        _ field: StaticString = "", atMost bound: UInt32 = .max, itemMin: Int = 4,
        of type: Item.Type = Item.self
    ) throws(XDRError) -> [Item] {
        try array(field, atMost: bound, itemMin: itemMin) {
            (decoder: inout XDRDecoder) throws(XDRError) in try Item(from: &decoder)
        }
    }

    /// RFC 4506 §4.12.
    @inlinable
    public mutating func array<Item>(
        _ field: StaticString = "", count: Int,
        _ item: (inout XDRDecoder) throws(XDRError) -> Item
    ) throws(XDRError) -> [Item] {
        do { return try items(count, item) } catch { throw error.within(field) }
    }

    @inlinable
    public mutating func array<Item: XDRCodable>(
        _ field: StaticString = "", count: Int, of type: Item.Type = Item.self
    ) throws(XDRError) -> [Item] {
        try array(field, count: count) {
            (decoder: inout XDRDecoder) throws(XDRError) in try Item(from: &decoder)
        }
    }

    /// RFC 4506 §4.19.
    @inlinable
    public mutating func optional<Value>(
        _ field: StaticString = "", _ value: (inout XDRDecoder) throws(XDRError) -> Value
    ) throws(XDRError) -> Value? {
        do {
            return try Bool(from: &self) ? try value(&self) : nil
        } catch { throw error.within(field) }
    }

    @inlinable
    public mutating func optional<Value: XDRCodable>(
        _ field: StaticString = "", of type: Value.Type = Value.self
    ) throws(XDRError) -> Value? {
        try optional(field) {
            (decoder: inout XDRDecoder) throws(XDRError) in try Value(from: &decoder)
        }
    }

    /// An array is reserved whole up to here; a larger one grows while its bytes prove to be there,
    /// because an item takes more memory than its fewest bytes on the wire.
    @usableFromInline static var reservedMax: Int { 4096 }

    @inlinable
    mutating func items<Item>(
        _ count: Int, _ item: (inout XDRDecoder) throws(XDRError) -> Item
    ) throws(XDRError) -> [Item] {
        var items: [Item] = []
        items.reserveCapacity(min(count, Self.reservedMax))
        for index in 0..<count {
            do { items.append(try item(&self)) } catch { throw error.within(item: index) }
        }
        return items
    }

    @inlinable
    mutating func convert<Number: XDRNumber>(_ count: Int) throws(XDRError) -> [Number] {
        let size = MemoryLayout<Number.Wire>.size
        let here = try advance(count * size)
        return bytes.withUnsafeBytes { source in
            Array(unsafeUninitializedCapacity: count) { target, initialized in
                if let from = source.baseAddress, let to = target.baseAddress {
                    convertByteOrder(to: to, from: from + here, count: count, size: size)
                }
                initialized = count
            }
        }
    }
}
