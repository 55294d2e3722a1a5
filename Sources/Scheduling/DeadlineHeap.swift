/// When operations must have ended, the soonest first.
///
/// An operation that ends before leaves its entry behind; when such entries are the most, they are
/// taken out, so that short operations with generous deadlines don't gather here.
struct DeadlineHeap: Sendable {
    private struct Entry {
        let moment: Instant
        let operation: OperationID
    }

    private var heap: ContiguousArray<Entry> = []
    private var stale = 0

    var count: Int { heap.count }
    var first: Instant? { heap.first?.moment }

    mutating func add(_ operation: OperationID, at moment: Instant) {
        heap.append(Entry(moment: moment, operation: operation))
        rise(heap.count - 1)
    }

    /// The next operation whose time is over.
    mutating func popDue(
        _ now: Instant, in operations: OperationTable<OperationRecord>
    ) -> OperationID? {
        while let first = heap.first, first.moment <= now {
            let last = heap.removeLast()
            if !heap.isEmpty {
                heap[0] = last
                sink(0)
            }
            if operations[first.operation] != nil { return first.operation }
            stale -= 1
        }
        return nil
    }

    /// An operation with a deadline ended before it.
    mutating func leave(_ operations: OperationTable<OperationRecord>) {
        stale += 1
        guard stale > 64, stale * 2 > heap.count else { return }
        heap.removeAll { operations[$0.operation] == nil }
        stale = 0
        for place in heap.indices.reversed() { sink(place) }
    }

    private mutating func rise(_ start: Int) {
        var place = start
        while place > 0, heap[place].moment < heap[(place - 1) / 2].moment {
            heap.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    private mutating func sink(_ start: Int) {
        var place = start
        while true {
            var next = place
            for child in [2 * place + 1, 2 * place + 2]
            where child < heap.count && heap[child].moment < heap[next].moment {
                next = child
            }
            guard next != place else { return }
            heap.swapAt(place, next)
            place = next
        }
    }
}
