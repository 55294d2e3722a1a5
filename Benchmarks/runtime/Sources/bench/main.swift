import Foundation

// `bench DIRECTORY` measures the runtime against the bars of the project, with the slave and the C
// program that Tools/bench-runtime left in the directory. `bench PROGRAM` with a run in its
// environment is one of the masters that it measures.

let argument = CommandLine.arguments.dropFirst().first ?? ""
if ProcessInfo.processInfo.environment[runVariable] == nil {
    do { try Bars(directory: argument).measure() } catch {
        FileHandle.standardError.write(Data("bench-runtime: \(error)\n".utf8))
        exit(1)
    }
} else if let program = Program(rawValue: argument) {
    await Bench.run { bench in
        for line in try await program.run(bench) { print(line) }
    }
} else {
    print("unknown program '\(argument)'")
    exit(64)
}
