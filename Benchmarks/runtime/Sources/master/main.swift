import Glibc
import Marionette
import Programs

// `master PROGRAM [WORKERS]` with a run in its environment: one of the masters that are measured. It has
// nothing in it but what every master has, and Swift's own libraries.

let argument = CommandLine.arguments.dropFirst().first ?? ""
guard let program = Program(rawValue: argument) else {
    print("unknown program '\(argument)'")
    exit(64)
}
let workers = CommandLine.arguments.dropFirst(2).first.flatMap { Int($0) } ?? 64
await Bench.run { bench in
    for line in try await program.run(bench, workers: workers) { print(line) }
}
