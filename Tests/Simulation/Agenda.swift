import Scheduling

/// What is to happen, soonest first; of the same moment in the order of arrival.
struct Agenda<Element> {
    private struct Entry {
        let moment: Instant
        let number: Int
        let element: Element

        func precedes(_ other: Entry) -> Bool {
            moment == other.moment ? number < other.number : moment < other.moment
        }
    }

    private var heap: [Entry] = []
    private var count = 0

    mutating func add(_ element: Element, at moment: Instant) {
        count += 1
        heap.append(Entry(moment: moment, number: count, element: element))
        var place = heap.count - 1
        while place > 0, heap[place].precedes(heap[(place - 1) / 2]) {
            heap.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    mutating func popFirst() -> (Instant, Element)? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        guard !heap.isEmpty else { return (first.moment, first.element) }
        heap[0] = last
        var place = 0
        while true {
            var next = place
            for child in [2 * place + 1, 2 * place + 2]
            where child < heap.count && heap[child].precedes(heap[next]) {
                next = child
            }
            guard next != place else { return (first.moment, first.element) }
            heap.swapAt(place, next)
            place = next
        }
    }
}
