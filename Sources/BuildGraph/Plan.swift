/// Which step may run next. A value: it decides, `Build` acts.
struct Plan {
    private enum State { case waiting, ready, running, ended, abandoned }

    private let graph: Graph
    private var states: [Int: State] = [:]
    /// How many steps each waits for.
    private var missing: [Int: Int] = [:]
    /// The ready steps; the lowest index goes first, so that a group in front ends first.
    private var ready = MinimumHeap()
    private(set) var unfinished: Int

    init(graph: Graph, steps: [Int]) {
        self.graph = graph
        unfinished = steps.count
        for step in steps {
            states[step] = .waiting
            missing[step] = graph.needs[step].count
            if graph.needs[step].isEmpty { makeReady(step) }
        }
    }

    /// Takes a step that needs nothing more; nil: none now.
    mutating func next() -> Int? {
        guard let step = ready.popMin() else { return nil }
        states[step] = .running
        return step
    }

    /// The step's outputs are as they should be.
    mutating func succeeded(_ step: Int) {
        end(step, as: .ended)
        for dependent in graph.dependents[step] where states[dependent] == .waiting {
            let left = (missing[dependent] ?? 1) - 1
            missing[dependent] = left
            if left == 0 { makeReady(dependent) }
        }
    }

    /// The step has no valid outputs: what needs them is given up. Returns how many steps that are.
    mutating func failed(_ step: Int) -> Int {
        end(step, as: .abandoned)
        var count = 0
        var pending = graph.dependents[step]
        while let dependent = pending.popLast() {
            guard states[dependent] == .waiting else { continue }
            end(dependent, as: .abandoned)
            count += 1
            pending += graph.dependents[dependent]
        }
        return count
    }

    private mutating func makeReady(_ step: Int) {
        states[step] = .ready
        ready.insert(step)
    }

    private mutating func end(_ step: Int, as state: State) {
        states[step] = state
        unfinished -= 1
    }
}

/// A binary heap of step numbers.
private struct MinimumHeap {
    private var items: [Int] = []

    mutating func insert(_ item: Int) {
        items.append(item)
        var child = items.count - 1
        while child > 0, items[child] < items[(child - 1) / 2] {
            items.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func popMin() -> Int? {
        guard let least = items.first, let last = items.popLast() else { return nil }
        guard !items.isEmpty else { return least }
        items[0] = last
        var parent = 0
        while true {
            let children = [2 * parent + 1, 2 * parent + 2].filter { $0 < items.count }
            guard let child = children.min(by: { items[$0] < items[$1] }),
                items[child] < items[parent]
            else { return least }
            items.swapAt(parent, child)
            parent = child
        }
    }
}
