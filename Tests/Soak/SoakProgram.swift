import Scheduling
import Simulation
import TestKit

/// A random program of the simulation whose steps have sizes and forms, for real processes.
///
/// A step follows from the seed and its number alone: a program without some of its steps is one too,
/// and the others are what they were.
struct SoakProgram: Sendable {
    struct Step: Sendable {
        /// From 1.
        let number: Int
        let kind: Kind
    }

    enum Kind: Sendable {
        case context(Update)
        case shared(Edits)
        case operations(Operations)
    }

    /// A context operation.
    struct Update: Sendable {
        /// The model's, with a random number where the digest of the content will be added.
        var value: UInt64
        var replacing: Int?
        var content: Content
        var microseconds: UInt32
        /// No replica can apply it: the run ends.
        var fails: Bool
        /// The program awaits it so many steps later.
        var delay: Int
    }

    /// Bytes that are not written down.
    struct Content: Sendable {
        var seed: UInt64
        /// Of `soak_fill`.
        var texture: UInt32
        var size: Int
    }

    /// One change of a shared variable, or many with an operation that reads it after each.
    struct Edits: Sendable {
        enum Change: Sendable, CaseIterable {
            case replace, insert, delete, overwrite, append, truncate, earlier, same
        }

        var slot: Int
        var change: Change
        var content: Content
        var count: Int
        var seed: UInt64
    }

    struct Operations: Sendable {
        enum Form: Sendable {
            /// Awaited at once, one after the other.
            case awaited
            /// Each in a task of its own, awaited so many steps later.
            case later(Int)
            case group
            /// `each:`; left after so many results.
            case sequence(paired: Bool, leftAfter: Int?)
        }

        var form: Form
        var kind: OperationKind
        var reads: SlotSet
        var first: UInt64
        var count: Int
        /// Of the largest argument and result; members have other ones where sizes are mixed.
        var content: Content
        var resultSize: Int
        var isMixed: Bool
        var microseconds: UInt32
        var unsound: (member: Int, how: How)?
        var timeLimit: Duration?
        /// Milliseconds after which their task is cancelled.
        var cancelledAfter: Int?
        /// Of a sequence: so many tasks iterate one each.
        var sequences = 1
        /// Of a sequence: an update comes after so many results.
        var updatedEach: Int?

        var mayBeGivenUp: Bool {
            // Of a pure one, an attempt beside one that ended it.
            if kind == .pure { return true }
            if case .sequence(_, .some) = form { return true }
            return timeLimit != nil || cancelledAfter != nil
        }
    }

    /// How an operation ends; numbers of soak.c.
    enum How: UInt32, Sendable { case sound, fails, faults, kills, exits, aborts }

    static let contentMax = 5 << 20
    /// What the contents of one program have together, about.
    private static let bytesMax = 150 << 20

    let seed: UInt64
    let steps: [Step]

    /// The signals that kill workers of operations which may be given up before.
    var deathsOfAbandoned: Set<String> {
        Set(
            steps.compactMap { step in
                guard case .operations(let operations) = step.kind, operations.mayBeGivenUp else {
                    return nil
                }
                switch operations.unsound?.how {
                case .faults?: return "SIGSEGV"
                case .kills?: return "SIGKILL"
                case .aborts?: return "SIGABRT"
                case .exits?, .fails?, .sound?, nil: return nil
                }
            })
    }

    init(seed: UInt64) {
        self.seed = seed
        var random = SeededNumbers(seed)
        let length = Sizes.logUniform(8...127, &random)
        let skeleton = RandomProgram(length: length, &random)
        var position: Position = 0
        var bytes = 0
        // Wholly small programs get further.
        let most = random.chance(0.2) ? 2000 : Self.contentMax
        var steps: [Step] = []
        for (index, bare) in skeleton.steps.enumerated() {
            var own = SeededNumbers(seed &* 1_000_003 &+ UInt64(index))
            let room = bytes > Self.bytesMax ? 2000 : most
            let kind: Kind
            switch bare {
            case .context(let update):
                position += 1
                kind = .context(Self.update(update, position == skeleton.failing, room, &own))
            case .shared(let slot, let value):
                position += 1
                kind = .shared(Self.edits(slot, value, room, &own))
            case .operation(let operation):
                kind = .operations(Self.operations(operation, room, &own))
            }
            bytes += kind.bytes
            steps.append(Step(number: index + 1, kind: kind))
            // Nothing comes after it.
            if position == skeleton.failing { break }
        }
        self.steps = steps
    }

    private static func content(atMost most: Int, _ random: inout SeededNumbers) -> Content {
        Content(
            seed: random.next(), texture: [0, 0, 0, 1, 8, 64, 4096, 40][random.below(8)],
            size: Sizes.any(atMost: most, &random))
    }

    private static func update(
        _ bare: RandomProgram.ContextUpdate, _ fails: Bool, _ most: Int,
        _ random: inout SeededNumbers
    ) -> Update {
        Update(
            value: bare.value, replacing: bare.replacing, content: content(atMost: most, &random),
            microseconds: random.chance(0.2) ? UInt32(random.below(20_000)) : 0,
            fails: fails, delay: random.chance(0.3) ? random.within(1...5) : 0)
    }

    private static func edits(
        _ slot: Int, _ value: UInt64, _ most: Int, _ random: inout SeededNumbers
    ) -> Edits {
        let changes = Edits.Change.allCases
        let change = random.chance(0.3) ? .replace : changes[random.below(changes.count)]
        var content = content(atMost: most, &random)
        var count = 1
        if change != .replace {
            // Small edits of what is large are what programs do.
            if random.chance(0.7) { content.size = min(content.size, 1 + random.below(400)) }
            if random.chance(0.3) { count = Sizes.logUniform(2...300, &random) }
            if count > 1 { content.size = min(content.size, (1 << 20) / count) }
        }
        return Edits(slot: slot, change: change, content: content, count: count, seed: value)
    }

    private static func operations(
        _ bare: RandomProgram.Operation, _ most: Int, _ random: inout SeededNumbers
    ) -> Operations {
        let form = form(&random)
        let isAlone = random.chance(0.3) && !form.isSequence
        var count = isAlone ? 1 : Sizes.logUniform(2...(form.isSequence ? 3000 : 40), &random)
        var microseconds: UInt32 = 0
        if case .later = form, random.chance(0.6) {
            // Still open when updates follow.
            microseconds = UInt32(Sizes.logUniform(5000...200_000, &random))
        } else if random.chance(0.35) {
            microseconds = UInt32(Sizes.logUniform(1...60_000, &random))
        }
        // Two seconds of work at most.
        if microseconds > 0 { count = min(count, max(1, 2_000_000 / Int(microseconds))) }
        let isLarge = random.chance(0.6)
        let share = min(most, isLarge ? (20 << 20) / count : 300)
        let content = content(atMost: share, &random)
        var operations = Operations(
            form: form, kind: bare.traits.kind, reads: bare.traits.reads, first: bare.argument,
            count: count, content: content,
            resultSize: random.chance(0.5) ? 0 : Sizes.any(atMost: share, &random),
            isMixed: random.chance(0.5), microseconds: microseconds, timeLimit: bare.timeLimit)
        if bare.poison != nil || random.chance(0.05) {
            let hows: [How] = bare.poison == nil ? [.fails] : [.faults, .kills, .exits, .aborts]
            operations.unsound = (random.below(count), hows[random.below(hows.count)])
        }
        if case .sequence(let paired, _) = form, random.chance(0.2) {
            operations.form = .sequence(paired: paired, leftAfter: random.below(count))
        }
        if random.chance(0.1) { operations.cancelledAfter = Sizes.logUniform(1...300, &random) - 1 }
        if form.isSequence, random.chance(0.2) {
            operations.sequences = random.within(2...5)
            operations.count = max(1, count / operations.sequences)
        } else if form.isSequence, operations.cancelledAfter == nil, random.chance(0.2) {
            operations.updatedEach = Sizes.logUniform(max(1, count / 20)...count, &random)
        }
        return operations
    }

    private static func form(_ random: inout SeededNumbers) -> Operations.Form {
        switch random.below(10) {
        case 0..<2: .awaited
        case 2..<5: .later(random.below(12))
        case 5..<6: .group
        default: .sequence(paired: random.chance(0.5), leftAfter: nil)
        }
    }
}

extension SoakProgram.Operations.Form {
    var isSequence: Bool { if case .sequence = self { true } else { false } }
}

extension SoakProgram.Kind {
    /// What it sends and gets, about.
    fileprivate var bytes: Int {
        switch self {
        case .context(let update): update.content.size
        case .shared(let edits): edits.content.size * edits.count
        case .operations(let operations):
            (operations.content.size + operations.resultSize) * operations.count
                / (operations.isMixed ? 2 : 1)
        }
    }
}
