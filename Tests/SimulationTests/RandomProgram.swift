import Scheduling

/// A random sequential program, and what it computes.
struct RandomProgram {
    enum Step {
        case context(UInt64)
        case shared(slot: Int, value: UInt64)
        case operation(Operation)
    }

    struct Operation {
        var traits: OperationTraits
        var argument: UInt64
        /// It kills each worker that executes it.
        var isPoison: Bool
        /// What the sequential execution gives.
        var expected: UInt64
        var position: Position
    }

    static let slots = 3
    private(set) var steps: [Step] = []

    init(length: Int, _ random: inout SeededNumbers) {
        var state = ReplicaState()
        var position: Position = 0
        for _ in 0..<length {
            switch random.below(10) {
            case 0:
                let value = random.next()
                state.apply(context: value)
                position += 1
                steps.append(.context(value))
            case 1:
                let slot = random.below(Self.slots)
                let value = random.next()
                state.shared[slot] = value
                position += 1
                steps.append(.shared(slot: slot, value: value))
            default:
                steps.append(.operation(Self.operation(at: position, state, &random)))
            }
        }
    }

    private static func operation(
        at position: Position, _ state: ReplicaState, _ random: inout SeededNumbers
    ) -> Operation {
        let kind: OperationKind = [.worker, .worker, .pure, .pure, .once][random.below(5)]
        // Only what the program wrote before can be read.
        let reads = (0..<slots).filter { state.shared[$0] != nil && random.chance(0.5) }
        let traits = OperationTraits(
            procedure: UInt32(random.below(3)), kind: kind, reads: SlotSet(reads))
        let argument = random.next()
        return Operation(
            traits: traits, argument: argument, isPoison: random.chance(0.02),
            expected: state.result(argument, traits.reads), position: position)
    }
}

/// The state of a replica at one position, and what an operation makes of it.
struct ReplicaState {
    var context: UInt64 = 0
    var shared: [Int: UInt64] = [:]

    /// Not commutative: the order of updates shows.
    mutating func apply(context value: UInt64) {
        context = (context ^ value) &* 0x0000_0100_0000_01b3 &+ 1
    }

    func result(_ argument: UInt64, _ reads: SlotSet) -> UInt64 {
        var hash = argument ^ context
        for slot in reads { hash = (hash ^ (shared[slot] ?? 0)) &* 0x0000_0100_0000_01b3 }
        return hash
    }
}
