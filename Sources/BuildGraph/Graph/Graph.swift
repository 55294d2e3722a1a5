/// Steps and what they need of each other; always free of cycles.
public struct Graph: Sendable {
    public let steps: [Step]
    /// How many steps of a pool may run at once.
    public let pools: [String: Int]

    /// Every path that a step names.
    let paths: PathTable
    /// For each step its files, each once, in the step's order.
    let inputs: Rows
    let orderOnly: Rows
    let outputs: Rows
    /// For each step the steps that must end before it, each once.
    let needs: Rows
    /// For each step the steps that wait for it.
    let dependents: Rows
    /// Which step makes a file, by its number; -1: none.
    private let producers: [Int32]

    /// - Parameters:
    ///   - steps: where several may run, the earlier one goes first, so put what shall end first
    ///     in front.
    ///   - pools: the size of each pool that a step names.
    public init(steps: [Step], pools: [String: Int] = [:]) throws(GraphError) {
        self.steps = steps
        self.pools = pools
        if let step = steps.first(where: { $0.pool.map { pools[$0] == nil } ?? false }) {
            throw .unknownPool(name: step.pool ?? "", step: step.name)
        }
        let files = StepFiles(steps)
        paths = files.paths
        inputs = files.inputs
        orderOnly = files.orderOnly
        outputs = files.outputs
        producers = try Self.producers(of: files, steps)
        needs = Self.needs(files, producers)
        dependents = needs.transposed(count: steps.count)
        if let cycle = findCycle() { throw .cycle(links: cycle) }
    }

    /// The step that makes a file; nil: none does.
    public func step(making path: String) -> Step? {
        paths.find(path).flatMap { producer(of: $0) }.map { steps[$0] }
    }

    /// The index of the step that makes a file. The number may be one that only a build knows.
    func producer(of file: FileNumber) -> Int? {
        guard Int(file) < producers.count, producers[Int(file)] >= 0 else { return nil }
        return Int(producers[Int(file)])
    }

    /// The file that names a step in the log.
    func key(of step: Int) -> FileNumber { outputs.values[outputs.range(step).lowerBound] }

    /// The steps that make `goals`; nil: all of them.
    func producers(of goals: [String]?) throws(GraphError) -> [Int] {
        guard let goals else { return Array(steps.indices) }
        var found: [Int] = []
        for goal in goals {
            guard let file = paths.find(goal) else { throw .unknownGoal(path: goal) }
            guard let producer = producer(of: file) else { throw .goalIsSource(path: goal) }
            found.append(producer)
        }
        return found
    }

    private static func producers(
        of files: StepFiles, _ steps: [Step]
    ) throws(GraphError) -> [Int32] {
        var producers = [Int32](repeating: -1, count: files.paths.count)
        for index in steps.indices {
            for output in files.outputs.range(index) {
                let file = Int(files.outputs.values[output])
                guard producers[file] < 0 else {
                    throw .twoProducers(
                        path: files.paths.path(FileNumber(file)),
                        first: steps[Int(producers[file])].name, second: steps[index].name)
                }
                producers[file] = Int32(index)
            }
        }
        return producers
    }

    private static func needs(_ files: StepFiles, _ producers: [Int32]) -> Rows {
        var needs = Rows()
        needs.reserve(files.outputs.count, values: files.inputs.values.count)
        // Which step asked for a producer last.
        var seen = [Int32](repeating: -1, count: files.outputs.count)
        for step in 0..<files.outputs.count {
            func add(_ rows: Rows) {
                for index in rows.range(step) {
                    let producer = producers[Int(rows.values[index])]
                    guard producer >= 0, seen[Int(producer)] != step else { continue }
                    seen[Int(producer)] = Int32(step)
                    needs.append(UInt32(producer))
                }
            }
            add(files.inputs)
            add(files.orderOnly)
            needs.endRow()
        }
        return needs
    }

    /// The steps of one cycle, each with the file of the next one that it needs.
    private func findCycle() -> [GraphError.Link]? {
        var waiting = steps.indices.map { needs.range($0).count }
        var ready = steps.indices.filter { waiting[$0] == 0 }
        var ended = 0
        while let step = ready.popLast() {
            ended += 1
            for dependent in dependents[step] {
                waiting[Int(dependent)] -= 1
                if waiting[Int(dependent)] == 0 { ready.append(Int(dependent)) }
            }
        }
        guard ended < steps.count, var step = steps.indices.first(where: { waiting[$0] > 0 }) else {
            return nil
        }
        // Each step that is left needs another one that is left: following these must come back.
        var path: [Int] = []
        var position = [Int](repeating: -1, count: steps.count)
        while position[step] < 0 {
            position[step] = path.count
            path.append(step)
            guard let next = needs[step].first(where: { waiting[Int($0)] > 0 }) else { return nil }
            step = Int(next)
        }
        let circle = path[position[step]...] + [step]
        return zip(circle, circle.dropFirst()).map { one, next in
            let needed = (inputs[one] + orderOnly[one]).first { producer(of: $0) == next }
            return GraphError.Link(
                step: steps[one].name, path: needed.map(paths.path) ?? "",
                producer: steps[next].name)
        }
    }
}

/// The files of steps as numbers.
private struct StepFiles {
    var paths = PathTable()
    var inputs = Rows()
    var orderOnly = Rows()
    var outputs = Rows()
    /// For each path which step, counted from 1, had it last as an input, and as an order-only one.
    private var seen: [UInt32] = []

    init(_ steps: [Step]) {
        // Growing would copy, again and again, what is the most memory of a large graph.
        inputs.reserve(steps.count, values: steps.reduce(0) { $0 + $1.inputs.count })
        orderOnly.reserve(steps.count, values: steps.reduce(0) { $0 + $1.orderOnly.count })
        let outputCount = steps.reduce(0) { $0 + $1.outputs.count }
        outputs.reserve(steps.count, values: outputCount)
        for step in steps { add(step) }
        seen = []
    }

    private mutating func add(_ step: Step) {
        precondition(!step.outputs.isEmpty, "step '\(step.name)' has no outputs")
        for path in step.outputs { outputs.append(number(path)) }
        outputs.endRow()
        let row = UInt32(outputs.count)
        for path in step.inputs {
            let file = number(path)
            guard seen[Int(file)] != row else { continue }
            seen[Int(file)] = row
            inputs.append(file)
        }
        inputs.endRow()
        for path in step.orderOnly { orderOnly.append(number(path)) }
        orderOnly.endRow()
    }

    private mutating func number(_ path: String) -> FileNumber {
        let number = paths.number(of: path)
        if seen.count < paths.count { seen.append(0) }
        return number
    }
}
