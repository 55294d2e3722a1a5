/// Values of the operations that have not ended, found by index without hashing.
///
/// A table gives names to what is inserted, or adopts those that another table gave.
///
/// Inlinable: the master's own table is on the path of every operation, and would otherwise be
/// generic code at run time.
@frozen
public struct OperationTable<Value> {
    @usableFromInline
    @frozen
    struct Entry {
        @usableFromInline var generation: UInt32
        @usableFromInline var value: Value?

        @inlinable
        init(generation: UInt32, value: Value?) {
            self.generation = generation
            self.value = value
        }
    }

    @usableFromInline var entries: ContiguousArray<Entry> = []
    /// Indices that `insert(_:)` may use again. Empty in a table that adopts its names.
    @usableFromInline var free: ContiguousArray<UInt32> = []
    @usableFromInline var openCount = 0
    @usableFromInline let adoptsNames: Bool

    /// How many operations are open.
    @inlinable public var count: Int { openCount }

    @inlinable
    public init(adoptsNames: Bool = false) { self.adoptsNames = adoptsNames }

    /// Gives the operation a name that no earlier one of this table had.
    @inlinable
    public mutating func insert(_ value: Value) -> OperationID {
        precondition(!adoptsNames, "the names are another table's")
        openCount += 1
        guard let index = free.popLast() else {
            entries.append(Entry(generation: 1, value: value))
            return OperationID(index: UInt32(entries.count - 1), generation: 1)
        }
        // Generations wrap after four thousand million uses of one index; no reply is that late.
        entries[Int(index)].generation &+= 1
        entries[Int(index)].value = value
        return OperationID(index: index, generation: entries[Int(index)].generation)
    }

    /// Adopts a name that another table gave.
    mutating func insert(_ value: Value, as id: OperationID) {
        precondition(adoptsNames, "the names are this table's own")
        while entries.count <= Int(id.index) { entries.append(Entry(generation: 0, value: nil)) }
        precondition(entries[Int(id.index)].value == nil, "two operations have one name")
        openCount += 1
        entries[Int(id.index)] = Entry(generation: id.generation, value: value)
    }

    @inlinable
    public func contains(_ id: OperationID) -> Bool {
        holds(id) && entries[Int(id.index)].value != nil
    }

    /// nil where the operation has ended.
    @inlinable
    public subscript(id: OperationID) -> Value? {
        _read {
            if holds(id) { yield entries[Int(id.index)].value } else { yield nil }
        }
        _modify {
            guard holds(id) else {
                var none: Value?
                yield &none
                return
            }
            yield &entries[Int(id.index)].value
        }
    }

    /// The index may be used again afterwards.
    @inlinable
    @discardableResult
    public mutating func remove(_ id: OperationID) -> Value? {
        guard holds(id), let value = entries[Int(id.index)].value else { return nil }
        entries[Int(id.index)].value = nil
        if !adoptsNames { free.append(id.index) }
        openCount -= 1
        return value
    }

    /// The open operations, in no order that means anything.
    public var identifiers: [OperationID] {
        entries.indices.compactMap { index in
            entries[index].value == nil
                ? nil
                : OperationID(index: UInt32(index), generation: entries[index].generation)
        }
    }

    /// Of the open operations.
    @inlinable
    public var values: some Sequence<Value> { entries.lazy.compactMap(\.value) }

    @inlinable
    func holds(_ id: OperationID) -> Bool {
        Int(id.index) < entries.count && entries[Int(id.index)].generation == id.generation
    }
}

extension OperationTable: Sendable where Value: Sendable {}
extension OperationTable.Entry: Sendable where Value: Sendable {}
