import Foundation
import Simulation

// simulate SUBJECT FIRST COUNT: runs so many seeded worlds around the driver or the scheduler, from the
// seed FIRST on. Exit 1 at the first one that breaks a rule.

let arguments = Array(CommandLine.arguments.dropFirst())
let numbers = arguments.dropFirst().map { UInt64($0) }
guard numbers.count == 2, let subject = SeedRun.Subject(rawValue: arguments[0]),
    let first = numbers[0], let count = numbers[1], count > 0
else {
    print("usage: simulate driver|scheduler FIRST-SEED COUNT")
    exit(64)
}
LastWords.speakOnTraps()
let outcome = SeedRun.run(first...(first + count - 1), subject) { seed in
    LastWords.prepare(
        "seed \(seed) ends the simulation; to repeat it: \(SeedRun.command(subject, seed))\n")
}
print(outcome.summary)
if let failure = outcome.failure {
    print("seed \(failure.seed.number) breaks a rule; to repeat it: \(failure.command)")
    for breach in failure.breaches { print("  \(breach)") }
    exit(1)
}
