import Foundation
import Table

// The build engine beside ninja, which builds the same graph of the same commands: one row for each
// bar of the project. bench ENGINE DIRECTORY

let (engine, root) = (CommandLine.arguments[1], CommandLine.arguments[2])
let jobs = ProcessInfo.processInfo.activeProcessorCount

/// What one run of a command took.
struct Usage {
    var milliseconds: Double
    var kibibytes: Double
}

func measure(_ command: [String]) throws -> Usage {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: engine)
    process.arguments = ["measure"] + command
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let text = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    let numbers = text.split(whereSeparator: \.isWhitespace).compactMap { Double($0) }
    guard process.terminationStatus == 0, numbers.count == 2 else { exit(1) }
    return Usage(milliseconds: numbers[0], kibibytes: numbers[1])
}

/// The same project twice: one of them only we build, the other one only ninja.
struct Pair {
    let ours: Project
    let ninjas: Project

    /// - Parameter compiler: see `Project`.
    init(sources: Int, compiler: String) throws {
        func make(_ name: String) throws -> Project {
            let project = Project(
                in: "\(root)/\(name)", sources: sources, targets: 4, compiler: compiler, jobs: jobs)
            try project.write()
            return project
        }
        // Names of one length: paths are a part of the work.
        (ours, ninjas) = (try make("ours_"), try make("ninja"))
    }

    /// Builds both in turn, so that what disturbs the machine disturbs both.
    ///
    /// - Parameter before: what is done to a project before it is built.
    func build(
        rounds: Int, before: (Project, Int) throws -> Void = { _, _ in }
    ) throws -> (ours: [Usage], ninjas: [Usage]) {
        var (ourUsages, ninjaUsages): ([Usage], [Usage]) = ([], [])
        for round in 0..<rounds {
            try before(ours, round)
            ourUsages.append(try measure(ours.engine(engine)))
            try before(ninjas, round)
            ninjaUsages.append(try measure(ninjas.ninja))
        }
        return (ourUsages, ninjaUsages)
    }
}

func printTime(_ name: String, _ usages: (ours: [Usage], ninjas: [Usage]), _ goal: Double) {
    let ours = median(usages.ours.map(\.milliseconds))
    let ninjas = median(usages.ninjas.map(\.milliseconds))
    Row(
        name, number(ours, 1), "ms", reference: "ninja: \(number(ninjas, 1)) ms",
        ratio: ours / ninjas, .atMost(goal)
    ).print()
}

func printMemory(_ name: String, _ usages: (ours: [Usage], ninjas: [Usage])) {
    let ours = median(usages.ours.map(\.kibibytes)) / 1024
    let ninjas = median(usages.ninjas.map(\.kibibytes)) / 1024
    Row(
        name, number(ours, 1), "MiB", reference: "ninja: \(number(ninjas, 1)) MiB",
        ratio: ours / ninjas, .atMost(1.5)
    ).print()
}

Row.printHeader()
for sources in [1_000, 10_000] {
    let pair = try Pair(sources: sources, compiler: "sh")
    // The build itself, and one that looks at what that wrote.
    _ = try pair.build(rounds: 2)
    let name = "\(sources.formatted(.number.locale(Locale(identifier: "en")))) sources x 4"
    let idle = try pair.build(rounds: 15)
    printTime("nothing to do, \(name)", idle, 1.0)
    printMemory("nothing to do, \(name): memory", idle)
    guard sources == 1_000 else { continue }
    let changed = try pair.build(rounds: 15) { project, round in
        try project.changeHeader(round: round + 1)
    }
    printTime("one header of one source, \(name)", changed, 1.05)
}
let pair = try Pair(sources: 200, compiler: "cc")
let full = try pair.build(rounds: 5) { project, _ in try project.clean() }
printTime("everything, 200 sources x 4, with cc", full, 1.05)
let changed = try pair.build(rounds: 11) { project, round in
    try project.changeHeader(round: round + 1)
}
printTime("one header of one source, 200 x 4, with cc", changed, 1.05)
