import Foundation
import TestKit

/// Seed after seed, until the time is over or one fails.
final class SoakSession {
    private let options: SoakOptions
    private let slaves: Slaves
    private let cluster: TestCluster?
    private var seeds = 0
    private var operations = 0
    private var faults = 0
    private var masterPeak = 0
    private var relayPeak = 0

    init(_ options: SoakOptions) throws {
        self.options = options
        let base = FileManager.default.temporaryDirectory.resolvingSymlinksInPath().path
        slaves = try Slaves(
            in: "\(base)/marionette-soak-\(getpid())", sanitizes: options.sanitizes,
            flags: options.flags)
        cluster = options.hasCluster ? try TestCluster() : nil
        if let cluster { try slaves.join(cluster) }
    }

    /// False: a seed failed.
    func run() -> Bool {
        defer { slaves.remove() }
        let span = options.minutes ?? (options.seed == nil ? 1 : 0)
        let end = Date(timeIntervalSinceNow: span * 60)
        for seed in options.seeds {
            let trial = makeTrial(seed, options.variant)
            let outcome = trial.run()
            add(outcome)
            if let failure = outcome.failure {
                tell("seed \(seed) fails: \(failure)\n\(trial.text)")
                tell("to repeat it: \(command(seed, options.variant))")
                if options.shrinks { shrink(seed) }
                tell(summary)
                return false
            }
            guard Date() < end else { break }
        }
        tell(summary)
        try? FileManager.default.removeItem(atPath: slaves.directory)
        return true
    }

    private func makeTrial(_ seed: UInt64, _ variant: SeedVariant) -> SeedTrial {
        SeedTrial(seed, variant, slaves, clusterDirectory: cluster?.directory)
    }

    private func add(_ outcome: SeedTrial.Outcome) {
        seeds += 1
        operations += outcome.operations
        faults += outcome.faults.count
        masterPeak = max(masterPeak, outcome.masterPeak)
        relayPeak = max(relayPeak, outcome.relayPeak)
        let seconds = String(format: "%.1f", outcome.seconds)
        tell(
            """
            seed \(outcome.seed): \(outcome.operations) operations, \(outcome.faults.count) faults, \
            \(seconds) s, master \(outcome.masterPeak >> 10) MiB, relay \(outcome.relayPeak >> 10) MiB
            """)
    }

    private var summary: String {
        """
        \(seeds) seeds, \(operations) operations, \(faults) faults; at most master \
        \(masterPeak >> 10) MiB, relay \(relayPeak >> 10) MiB
        """
    }

    private func command(_ seed: UInt64, _ variant: SeedVariant) -> String {
        "make soak SEED=\(seed)" + (variant.steps.numbers == nil ? "" : " STEPS=\(variant.steps)")
            + (variant.hasFaults ? "" : " FAULTS=off")
            + (options.hasCluster ? "" : " CLUSTER=off") + (options.sanitizes ? " SANITIZE=1" : "")
    }

    private func shrink(_ seed: UInt64) {
        let shrinking = Shrinking(
            fails: { [self] variant in
                let outcome = makeTrial(seed, variant).run()
                let ending = outcome.failure.map { "fails: \($0.prefix(100))" } ?? "passes"
                tell("  steps \(variant.steps)\(variant.hasFaults ? "" : ", no faults"): \(ending)")
                return outcome.failure != nil
            }, tries: 3)
        let steps = SoakProgram(seed: seed).steps.map(\.number)
        let smallest = shrinking.smallest(options.variant, steps: steps)
        let last = makeTrial(seed, smallest)
        _ = last.run()
        tell("the smallest that fails:\n\(last.text)\n\(command(seed, smallest))")
    }
}
