/// Which step may run next. A value: it decides, `Build` acts.
struct Plan {
    private enum State: UInt8 { case outside, waiting, ready, pooled, running, ended, abandoned }

    private let graph: Graph
    private let late: LateNeeds
    private var states: [State]
    /// How many steps each waits for.
    private var missing: [UInt32]
    /// The ready steps; the lowest index goes first, so that a group in front ends first.
    private var ready: BitSet
    /// For each pool that steps are in: how many more may run, and who waits for that.
    private var pools: [String: (free: Int, waiting: BitSet)] = [:]
    private(set) var unfinished: Int

    /// - Parameter late: needs that the graph does not name.
    init(graph: Graph, steps: [Int], late: LateNeeds = LateNeeds()) {
        self.graph = graph
        self.late = late.withoutCycles(graph, steps)
        unfinished = steps.count
        states = [State](repeating: .outside, count: graph.steps.count)
        missing = [UInt32](repeating: 0, count: graph.steps.count)
        ready = BitSet(count: graph.steps.count)
        for (name, size) in graph.pools {
            pools[name] = (max(1, size), BitSet(count: graph.steps.count))
        }
        for step in steps {
            states[step] = .waiting
            missing[step] = UInt32(graph.needs.range(step).count + self.late.needs(of: step).count)
        }
        for step in steps where missing[step] == 0 { makeReady(step) }
    }

    /// Takes a step that needs nothing more and whose pool has room; nil: none now.
    mutating func next() -> Int? {
        while let step = ready.popMin() {
            guard let name = graph.steps[step].pool else {
                states[step] = .running
                return step
            }
            if pools[name, default: (1, ready)].free > 0 {
                pools[name]?.free -= 1
                states[step] = .running
                return step
            }
            states[step] = .pooled
            pools[name]?.waiting.insert(step)
        }
        return nil
    }

    /// The step's outputs are as they should be.
    mutating func succeeded(_ step: Int) {
        end(step, as: .ended)
        for index in graph.dependents.range(step) {
            release(Int(graph.dependents.values[index]))
        }
        for dependent in late.dependents(of: step) { release(dependent) }
    }

    /// The step has no valid outputs: what needs them is given up. Returns how many steps that are.
    mutating func failed(_ step: Int) -> Int {
        end(step, as: .abandoned)
        var count = 0
        var pending = [step]
        while let failed = pending.popLast() {
            let dependents = graph.dependents[failed].map { Int($0) } + late.dependents(of: failed)
            for dependent in dependents where states[dependent] == .waiting {
                end(dependent, as: .abandoned)
                count += 1
                pending.append(dependent)
            }
        }
        return count
    }

    private mutating func release(_ dependent: Int) {
        guard states[dependent] == .waiting else { return }
        missing[dependent] -= 1
        if missing[dependent] == 0 { makeReady(dependent) }
    }

    private mutating func makeReady(_ step: Int) {
        states[step] = .ready
        ready.insert(step)
    }

    private mutating func end(_ step: Int, as state: State) {
        if states[step] == .running, let pool = graph.steps[step].pool { leave(pool) }
        states[step] = state
        unfinished -= 1
    }

    private mutating func leave(_ pool: String) {
        pools[pool]?.free += 1
        if let next = pools[pool]?.waiting.popMin() { makeReady(next) }
    }
}

/// What steps need beyond what the graph says: files that they were found to read, or to look for,
/// and that other steps make.
struct LateNeeds {
    private var needs: [Int: [Int]] = [:]
    private var dependents: [Int: [Int]] = [:]

    mutating func add(_ step: Int, needs producer: Int) {
        guard needs[step]?.contains(producer) != true else { return }
        needs[step, default: []].append(producer)
        dependents[producer, default: []].append(step)
    }

    func needs(of step: Int) -> [Int] { needs.isEmpty ? [] : needs[step] ?? [] }
    func dependents(of step: Int) -> [Int] { dependents.isEmpty ? [] : dependents[step] ?? [] }

    /// Itself, or nothing where the steps would wait for each other for ever: what a step read is not
    /// true any more, or else its inputs could not have been made.
    func withoutCycles(_ graph: Graph, _ steps: [Int]) -> LateNeeds {
        guard !needs.isEmpty else { return self }
        var missing = [Int](repeating: 0, count: graph.steps.count)
        for step in steps { missing[step] = graph.needs.range(step).count + needs(of: step).count }
        var ready = steps.filter { missing[$0] == 0 }
        var ended = 0
        while let step = ready.popLast() {
            ended += 1
            for dependent in graph.dependents[step].map({ Int($0) }) + dependents(of: step)
            where missing[dependent] > 0 {
                missing[dependent] -= 1
                if missing[dependent] == 0 { ready.append(dependent) }
            }
        }
        return ended == steps.count ? self : LateNeeds()
    }
}

/// Numbers below a bound; the least one is found by looking at 64 at once.
struct BitSet {
    private var words: [UInt64]
    /// No word before this one has a number.
    private var first = 0

    init(count: Int) { words = [UInt64](repeating: 0, count: (count + 63) / 64) }

    mutating func insert(_ number: Int) {
        words[number / 64] |= 1 << UInt64(number % 64)
        first = min(first, number / 64)
    }

    mutating func popMin() -> Int? {
        while first < words.count {
            let bit = words[first].trailingZeroBitCount
            if bit < 64 {
                words[first] &= words[first] &- 1
                return first * 64 + bit
            }
            first += 1
        }
        return nil
    }
}
