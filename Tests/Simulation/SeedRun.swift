import Scheduling

/// What came out of many seeded worlds, one after the other.
public struct SeedRun: Sendable {
    /// What the world is around.
    public enum Subject: String, Sendable, CaseIterable {
        /// The driver, which has the scheduler in it, over byte streams.
        case driver
        /// The scheduler alone: many more worlds in the same time.
        case scheduler
    }

    public struct Failure: Sendable {
        public let seed: Seed
        public let subject: Subject
        public let breaches: [String]

        public var command: String { SeedRun.command(subject, seed.number) }
    }

    /// The command that repeats one world.
    public static func command(_ subject: Subject, _ seed: UInt64) -> String {
        "make simulate SUBJECT=\(subject) SEED=\(seed)"
    }

    public private(set) var seeds = 0
    /// Things that happened in them.
    public private(set) var steps = 0
    /// How operations ended, over all worlds.
    public private(set) var endings: [String: Int] = [:]
    /// The first world in which a rule was broken; none was run after it.
    public private(set) var failure: Failure?
    public private(set) var time = Duration.zero

    /// - Parameter begins: is told the seed of each world before it.
    public static func run(
        _ numbers: ClosedRange<UInt64>, _ subject: Subject, begins: (UInt64) -> Void = { _ in }
    ) -> SeedRun {
        var run = SeedRun()
        run.time = ContinuousClock().measure {
            for number in numbers where run.failure == nil {
                begins(number)
                run.add(Seed(number: number), subject)
            }
        }
        return run
    }

    private mutating func add(_ seed: Seed, _ subject: Subject) {
        seeds += 1
        let breaches: [String]
        switch subject {
        case .driver:
            var world = DrivenWorld(seed: seed)
            breaches = world.run()
            steps += world.happened
            endings.merge(world.counts, uniquingKeysWith: +)
        case .scheduler:
            var world = SimulatedCluster(seed: seed)
            let ledger = world.run()
            breaches = ledger.breaches
            steps += world.steps
            endings.merge(ledger.endings, uniquingKeysWith: +)
        }
        guard !breaches.isEmpty else { return }
        failure = Failure(seed: seed, subject: subject, breaches: breaches)
    }

    public var summary: String {
        let rate = Double(seeds) / max(1e-9, time / .seconds(1))
        let ends = endings.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        return """
            \(seeds) seeds, \(steps) steps, \(Int(rate)) seeds/s
            operations: \(ends.joined(separator: ", "))
            """
    }
}
