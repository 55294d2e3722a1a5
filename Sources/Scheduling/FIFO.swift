/// A queue whose front costs nothing to take.
struct FIFO<Element> {
    private var elements: ContiguousArray<Element> = []
    private var head = 0

    var isEmpty: Bool { head == elements.count }
    var count: Int { elements.count - head }
    var first: Element? { head < elements.count ? elements[head] : nil }

    mutating func append(_ element: Element) { elements.append(element) }

    @discardableResult
    mutating func popFirst() -> Element? {
        guard head < elements.count else { return nil }
        defer {
            head += 1
            // The taken half is given back in one move, so that each element moves at most once.
            if head > 1024, head * 2 > elements.count {
                elements.removeFirst(head)
                head = 0
            }
        }
        return elements[head]
    }

    mutating func keep(_ isKept: (Element) -> Bool) {
        elements = ContiguousArray(elements[head...].filter(isKept))
        head = 0
    }
}

extension FIFO: Sendable where Element: Sendable {}
