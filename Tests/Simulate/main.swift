import Foundation
import Simulation

// simulate FIRST COUNT: runs so many seeded worlds, from the seed FIRST on. Exit 1 at the first
// one that breaks a rule.

let arguments = CommandLine.arguments.dropFirst().map { UInt64($0) }
guard arguments.count == 2, let first = arguments[0], let count = arguments[1], count > 0 else {
    print("usage: simulate FIRST-SEED COUNT")
    exit(64)
}
let outcome = SeedRun.run(first...(first + count - 1))
print(outcome.summary)
if let failure = outcome.failure {
    print("seed \(failure.seed.number) breaks a rule; to repeat it: \(failure.command)")
    for breach in failure.breaches { print("  \(breach)") }
    exit(1)
}
