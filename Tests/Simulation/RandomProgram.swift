import Scheduling
import TestKit

/// A random sequential program, and what it computes. The simulation executes it in seeded worlds;
/// the soak (`Tests/Soak`) gives its steps sizes and forms, and executes it on real processes.
public struct RandomProgram: Sendable {
    public enum Step: Sendable {
        case context(ContextUpdate)
        case shared(slot: Int, value: UInt64)
        case operation(Operation)
    }

    public struct ContextUpdate: Sendable {
        public let value: UInt64
        /// One of the procedures whose last invocation is all that counts.
        public let replacing: Int?

        public init(value: UInt64, replacing: Int?) {
            self.value = value
            self.replacing = replacing
        }

        package var procedure: UInt32 { UInt32(100 + (replacing ?? 99)) }
    }

    /// One operation, or a group of them.
    public struct Operation: Sendable {
        public var traits: OperationTraits
        /// Of the first member; each further one's is greater by one.
        public var argument: UInt64
        /// The member that kills each worker that executes it.
        public var poison: Int?
        /// What its caller gives it.
        public var timeLimit: Duration?
        /// What the sequential execution gives, by member.
        package var expected: [UInt64]
        package var position: Position
    }

    public static let slots = 3
    public static let replacingProcedures = 2
    public private(set) var steps: [Step] = []
    /// The update that no replica can apply.
    public private(set) var failing: Position?
    /// How many updates nothing replaces.
    private(set) var plainUpdates = 0

    public init(length: Int, _ random: inout SeededNumbers) {
        var state = ReplicaState()
        var position: Position = 0
        let updates = [1, 1, 2, 5][random.below(4)]
        for _ in 0..<length {
            switch random.below(10) {
            case 0..<updates:
                let replacing = random.chance(0.6) ? random.below(Self.replacingProcedures) : nil
                let update = ContextUpdate(value: random.next(), replacing: replacing)
                if replacing == nil { plainUpdates += 1 }
                state.apply(update)
                position += 1
                steps.append(.context(update))
            case updates..<(2 * updates):
                let slot = random.below(Self.slots)
                let value = random.next()
                state.shared[slot] = value
                position += 1
                steps.append(.shared(slot: slot, value: value))
            default:
                let model = random.chance(0.4) ? steps.last.flatMap(Self.operation) : nil
                steps.append(.operation(Self.operation(at: position, state, like: model, &random)))
            }
        }
        if random.chance(0.02), position > 0 { failing = 1 + Position(random.below(Int(position))) }
    }

    private static func operation(_ step: Step) -> Operation? {
        if case .operation(let operation) = step { operation } else { nil }
    }

    /// - Parameter model: what it is like but for its argument: calls that are alike may be sent in
    ///   one group.
    private static func operation(
        at position: Position, _ state: ReplicaState, like model: Operation?,
        _ random: inout SeededNumbers
    ) -> Operation {
        let kind: OperationKind = [.worker, .worker, .pure, .pure, .once][random.below(5)]
        // Only what the program wrote before can be read.
        let reads = (0..<slots).filter { state.shared[$0] != nil && random.chance(0.5) }
        let count = kind != .once && random.chance(0.2) ? random.within(2...6) : 1
        let traits =
            model?.traits
            ?? OperationTraits(
                procedure: UInt32(random.below(3)), kind: kind, reads: SlotSet(reads),
                count: UInt32(count))
        let argument = random.next()
        // Some pass while the operation waits for a worker, some while it waits for a host.
        let timeLimit =
            random.chance(0.1)
            ? Duration.milliseconds(random.within(1...(random.chance(0.5) ? 60 : 10_000))) : nil
        return Operation(
            traits: traits, argument: argument,
            poison: random.chance(0.02) ? random.below(Int(traits.count)) : nil,
            timeLimit: timeLimit,
            expected: (0..<Int(traits.count)).map {
                state.result(argument &+ UInt64($0), reads: traits.reads)
            },
            position: position)
    }
}

/// The state of a replica at one position, and what an operation makes of it.
public struct ReplicaState: Sendable {
    private var context: UInt64 = 0
    private var replaced = [UInt64](repeating: 0, count: RandomProgram.replacingProcedures)
    public var shared = [UInt64?](repeating: nil, count: RandomProgram.slots)

    public init() {}

    /// What nothing replaces is not commutative: the order of updates shows.
    public mutating func apply(_ update: RandomProgram.ContextUpdate) {
        if let procedure = update.replacing {
            replaced[procedure] = update.value
        } else {
            context = (context ^ update.value) &* 0x0000_0100_0000_01b3 &+ 1
        }
    }

    public func result(_ argument: UInt64, reads: SlotSet) -> UInt64 {
        var hash = argument ^ context
        for value in replaced { hash = (hash ^ value) &* 0x0000_0100_0000_01b3 }
        for slot in reads { hash = (hash ^ (shared[slot] ?? 0)) &* 0x0000_0100_0000_01b3 }
        return hash
    }
}
