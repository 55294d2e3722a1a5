/// Hosts by a key, the least on top; each host stands in it once or not at all.
struct HostHeap<Key: Comparable & Sendable>: Sendable {
    private struct Entry {
        var key: Key
        var host: Int32

        /// Ties go to the host that was declared first, so that a run can be repeated.
        func precedes(_ other: Entry) -> Bool {
            key == other.key ? host < other.host : key < other.key
        }
    }

    private var heap: ContiguousArray<Entry> = []
    /// Where each host stands in `heap`; -1 where it doesn't.
    private var places: ContiguousArray<Int32> = []

    var top: (host: HostID, key: Key)? {
        heap.first.map { (HostID(index: Int($0.host)), $0.key) }
    }

    /// The best besides one host.
    func top(besides other: HostID?) -> (host: HostID, key: Key)? {
        guard let first = heap.first else { return nil }
        guard let other, Int(first.host) == other.index else { return top }
        guard heap.count > 1 else { return nil }
        let next = heap.count > 2 && heap[2].precedes(heap[1]) ? heap[2] : heap[1]
        return (HostID(index: Int(next.host)), next.key)
    }

    func holds(_ host: HostID) -> Bool {
        host.index < places.count && places[host.index] >= 0
    }

    /// `key` nil: the host leaves.
    mutating func set(_ host: HostID, _ key: Key?) {
        let place = host.index < places.count ? Int(places[host.index]) : -1
        guard let key else {
            if place >= 0 { remove(at: place) }
            return
        }
        if place >= 0 {
            heap[place].key = key
            settle(place)
            return
        }
        while places.count <= host.index { places.append(-1) }
        heap.append(Entry(key: key, host: Int32(host.index)))
        settle(heap.count - 1)
    }

    private mutating func remove(at place: Int) {
        places[Int(heap[place].host)] = -1
        let last = heap.removeLast()
        guard place < heap.count else { return }
        heap[place] = last
        settle(place)
    }

    /// Moves the entry to where it belongs, the others by one each.
    private mutating func settle(_ start: Int) {
        let entry = heap[start]
        var place = start
        while place > 0, entry.precedes(heap[(place - 1) / 2]) {
            put(heap[(place - 1) / 2], at: place)
            place = (place - 1) / 2
        }
        if place == start {
            while let child = bestChild(of: place), heap[child].precedes(entry) {
                put(heap[child], at: place)
                place = child
            }
        }
        put(entry, at: place)
    }

    private func bestChild(of place: Int) -> Int? {
        let left = 2 * place + 1
        guard left < heap.count else { return nil }
        let right = left + 1
        return right < heap.count && heap[right].precedes(heap[left]) ? right : left
    }

    private mutating func put(_ entry: Entry, at place: Int) {
        heap[place] = entry
        places[Int(entry.host)] = Int32(place)
    }
}
