// The operations on lists of the worker that GeneratedWorker.swift makes; those that echo values
// stand in a file that is made for the types.
import MarionetteWorker

extension ProofWorker {
    func sum(_ list: Node?) -> Int32 {
        var sum: Int32 = 0
        var next = list
        while let node = next {
            sum &+= node.value
            next = node.next
        }
        return sum
    }

    func share(lists: [List], steps: [ListStep]) -> [List] {
        var lists = lists
        for step in steps {
            let (from, to) = (Int(step.from), Int(step.to))
            switch step.verb {
            case .PREPEND: lists[to] = Node(value: step.value, next: lists[from])
            case .FOLLOW: lists[to] = lists[from]?.next
            case .COPY: lists[to] = lists[from]
            case .DROP: lists[to] = nil
            case .REVERSE: lists[to] = reversed(lists[from])
            case .CHANGE: lists[to]?.next?.value = step.value
            }
        }
        return lists
    }

    private func reversed(_ list: List) -> List {
        var reversed: List = nil
        var next = list
        while let node = next {
            reversed = Node(value: node.value, next: reversed)
            next = node.next
        }
        return reversed
    }
}
