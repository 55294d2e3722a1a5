/// Values at positions: added at the end, removed anywhere, found by bisection.
///
/// A removed one leaves a hole; when holes are the most, they are closed, so that memory and every
/// search depend on what is there, not on how long the run has been.
struct PositionMap<Value: Sendable>: Sendable {
    private struct Entry: Sendable {
        let position: Position
        var value: Value?
    }

    private var entries: ContiguousArray<Entry> = []
    /// Where the first that is no hole stands.
    private var head = 0
    private(set) var count = 0

    var first: Position? { count == 0 ? nil : entries[head].position }
    var isEmpty: Bool { count == 0 }

    /// The position must lie behind all others.
    mutating func append(_ value: Value, at position: Position) {
        count += 1
        if let end = entries.indices.last, entries[end].position == position {
            // It was there before: the hole is filled.
            entries[end].value = value
            head = min(head, end)
        } else {
            entries.append(Entry(position: position, value: value))
        }
    }

    func contains(_ position: Position) -> Bool { self[position] != nil }

    subscript(position: Position) -> Value? {
        _read {
            let place = place(notBefore: position)
            if place < entries.count, entries[place].position == position {
                yield entries[place].value
            } else {
                yield nil
            }
        }
        _modify {
            let place = place(notBefore: position)
            guard place < entries.count, entries[place].position == position else {
                var none: Value?
                yield &none
                return
            }
            yield &entries[place].value
        }
    }

    @discardableResult
    mutating func remove(at position: Position) -> Value? {
        let place = place(notBefore: position)
        guard place < entries.count, entries[place].position == position,
            let value = entries[place].value
        else { return nil }
        entries[place].value = nil
        count -= 1
        if entries.count > 8, count * 2 < entries.count {
            entries.removeAll { $0.value == nil }
            head = 0
        } else {
            while head < entries.count, entries[head].value == nil { head += 1 }
        }
        return value
    }

    func last(before position: Position) -> Position? {
        var place = place(notBefore: position)
        while place > head {
            place -= 1
            if entries[place].value != nil { return entries[place].position }
        }
        return nil
    }

    func first(notBefore position: Position) -> Position? {
        var place = max(head, place(notBefore: position))
        while place < entries.count {
            if entries[place].value != nil { return entries[place].position }
            place += 1
        }
        return nil
    }

    private func place(notBefore position: Position) -> Int {
        var low = 0
        var high = entries.count
        // What is asked for is most often the newest.
        if let last = entries.last?.position, last <= position {
            return last < position ? high : high - 1
        }
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].position < position { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
