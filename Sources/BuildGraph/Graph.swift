/// Steps and what they need of each other; always free of cycles.
public struct Graph: Sendable {
    public let steps: [Step]
    /// Which step makes a file.
    let producers: [String: Int]
    /// For each step the steps that must end before it, each once.
    let needs: [[Int]]
    /// For each step the steps that wait for it.
    let dependents: [[Int]]

    /// - Parameter steps: where several may run, the earlier one goes first, so put what shall end
    /// first in front.
    public init(steps: [Step]) throws(GraphError) {
        var producers: [String: Int] = [:]
        for (index, step) in steps.enumerated() {
            for output in step.outputs {
                if let first = producers.updateValue(index, forKey: output) {
                    throw .twoProducers(
                        path: output, first: steps[first].name, second: step.name)
                }
            }
        }
        self.steps = steps
        self.producers = producers
        needs = steps.map { step in
            Set((step.inputs + step.orderOnly).compactMap { producers[$0] }).sorted()
        }
        var dependents = [[Int]](repeating: [], count: steps.count)
        for (index, needed) in needs.enumerated() {
            for need in needed { dependents[need].append(index) }
        }
        self.dependents = dependents
        if let cycle = findCycle() { throw .cycle(paths: cycle) }
    }

    /// The steps that `goals` need, in the order of the graph; all steps where `goals` is nil.
    func closure(of goals: [String]?) throws(GraphError) -> [Int] {
        guard let goals else { return Array(steps.indices) }
        var pending: [Int] = []
        for goal in goals {
            guard let producer = producers[goal] else { throw .unknownGoal(path: goal) }
            pending.append(producer)
        }
        var found = Set(pending)
        while let step = pending.popLast() {
            pending += needs[step].filter { found.insert($0).inserted }
        }
        return found.sorted()
    }

    /// The files of one cycle, the first one again at the end.
    private func findCycle() -> [String]? {
        var waiting = needs.map(\.count)
        var ready = steps.indices.filter { waiting[$0] == 0 }
        var ended = 0
        while let step = ready.popLast() {
            ended += 1
            for dependent in dependents[step] {
                waiting[dependent] -= 1
                if waiting[dependent] == 0 { ready.append(dependent) }
            }
        }
        guard ended < steps.count, var step = steps.indices.first(where: { waiting[$0] > 0 }) else {
            return nil
        }
        // Each step that is left needs another one that is left: following these must come back.
        var path: [Int] = []
        while !path.contains(step) {
            path.append(step)
            guard let next = needs[step].first(where: { waiting[$0] > 0 }) else { return nil }
            step = next
        }
        let circle = path.drop { $0 != step } + [step]
        return circle.map { steps[$0].key }
    }
}
