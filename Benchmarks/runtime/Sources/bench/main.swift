import Foundation

// `bench DIRECTORY` measures the runtime against the bars of the project, with the slave and the C
// program that Tools/bench-runtime left in the directory, and the masters beside this program.

do { try Bars(directory: CommandLine.arguments.dropFirst().first ?? "").measure() } catch {
    FileHandle.standardError.write(Data("bench-runtime: \(error)\n".utf8))
    exit(1)
}
