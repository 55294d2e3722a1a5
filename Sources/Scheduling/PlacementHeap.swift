/// The hosts that have credit, the one that would end a further operation first on top.
struct PlacementHeap: Sendable {
    private struct Entry {
        var load: Double
        var host: Int

        /// Ties go to the host that was declared first, so that a run can be repeated.
        func precedes(_ other: Entry) -> Bool { (load, host) < (other.load, other.host) }
    }

    private var heap: [Entry] = []
    /// Where each host stands in `heap`; -1 where it doesn't.
    private var places: [Int] = []

    var top: HostID? { heap.first.map { HostID(index: $0.host) } }

    /// `load` nil: the host takes no further operation.
    mutating func set(_ host: HostID, load: Double?) {
        while places.count <= host.index { places.append(-1) }
        let place = places[host.index]
        guard let load else {
            if place >= 0 { remove(at: place) }
            return
        }
        if place >= 0 {
            heap[place].load = load
            settle(place)
        } else {
            heap.append(Entry(load: load, host: host.index))
            places[host.index] = heap.count - 1
            settle(heap.count - 1)
        }
    }

    private mutating func remove(at place: Int) {
        places[heap[place].host] = -1
        let last = heap.removeLast()
        guard place < heap.count else { return }
        heap[place] = last
        places[last.host] = place
        settle(place)
    }

    private mutating func settle(_ start: Int) {
        var place = start
        while place > 0, heap[place].precedes(heap[(place - 1) / 2]) {
            swap(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
        while true {
            var first = place
            for child in [2 * place + 1, 2 * place + 2]
            where child < heap.count && heap[child].precedes(heap[first]) {
                first = child
            }
            guard first != place else { return }
            swap(place, first)
            place = first
        }
    }

    private mutating func swap(_ left: Int, _ right: Int) {
        heap.swapAt(left, right)
        places[heap[left].host] = left
        places[heap[right].host] = right
    }
}
