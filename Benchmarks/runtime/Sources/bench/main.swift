import Foundation

// `bench DIRECTORY [PART]` measures the runtime against the bars of the project, with the slave and the C
// program that Tools/bench-runtime left in the directory, and the masters beside this program.

let arguments = Array(CommandLine.arguments.dropFirst())
let part = arguments.dropFirst().first
do {
    let bars = Bars(directory: arguments.first ?? "")
    if let part {
        guard let known = Bars.Part(rawValue: part) else {
            let names = Bars.Part.allCases.map(\.rawValue).joined(separator: ", ")
            throw Bars.Failure(description: "unknown part '\(part)'; there are \(names)")
        }
        try bars.measure([known])
    } else {
        try bars.measure()
    }
} catch {
    FileHandle.standardError.write(Data("bench-runtime: \(error)\n".utf8))
    exit(1)
}
