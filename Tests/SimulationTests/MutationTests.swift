import Foundation
import TestKit
import Testing

/// Whether the simulation would notice: the scheduler is compiled with rules that can be broken, and
/// simulated with one of them broken until a world breaks.
@Suite(.serialized) struct MutationTests {
    /// The simulation, compiled once.
    static let laboratory = Result { try Laboratory() }

    @Test func `with no rule broken, nothing is noticed`() throws {
        let end = try Self.laboratory.get().simulate(broken: 0, seeds: 1000)
        #expect(end.status == 0, "\(end.output)")
    }

    @Test(arguments: zip(1...Mutation.all.count, Mutation.all))
    func `a rule that is broken on purpose is noticed within 10,000 seeds`(
        _ number: Int, _ mutation: Mutation
    ) throws {
        let end = try Self.laboratory.get().simulate(broken: number, seeds: 10_000)
        #expect(end.status == 1, "\(mutation.fault): \(end.output)")
        #expect(end.output.contains("make simulate SEED="))
    }
}

/// Where the scheduler with all mutations is compiled, by swiftc, and simulated. Which rule is broken
/// is said by an environment variable: 0 is none, 1 the first.
final class Laboratory: Sendable {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory("mutations")
        let files = FileManager.default
        let scheduling = "\(directory.path)/scheduling"
        try files.copyItem(atPath: "\(Checkout.root)/Sources/Scheduling", toPath: scheduling)
        for (index, mutation) in Mutation.all.enumerated() {
            try apply(mutation, number: index + 1, in: scheduling)
        }
        try Data(Self.brokenRule.utf8)
            .write(to: URL(fileURLWithPath: "\(scheduling)/BrokenRule.swift"))
        try compile(module: "Scheduling", from: "scheduling")
        // The simulation uses its numbers alone.
        try files.createDirectory(
            atPath: "\(directory.path)/kit", withIntermediateDirectories: true)
        try files.copyItem(
            atPath: "\(Checkout.root)/Tests/TestKit/SeededNumbers.swift",
            toPath: "\(directory.path)/kit/SeededNumbers.swift")
        try compile(module: "TestKit", from: "kit")
        let simulation = "\(Checkout.root)/Tests/Simulation"
        try files.copyItem(atPath: simulation, toPath: "\(directory.path)/worlds")
        try compile(module: "Simulation", from: "worlds")
        try files.copyItem(
            atPath: "\(Checkout.root)/Tests/Simulate", toPath: "\(directory.path)/command")
        try compile(module: "Simulate", from: "command")
        try run([
            "swiftc", "-o", "simulate", "Simulate.o", "Simulation.o", "Scheduling.o", "TestKit.o",
        ])
    }

    private static let brokenRule = """
        import Glibc

        let brokenRule = getenv("BROKEN_RULE").flatMap { Int(String(cString: $0)) } ?? 0

        """

    func simulate(broken rule: Int, seeds: Int) throws -> (status: Int32, output: String) {
        let process = try TestProcess.run(
            ["\(directory.path)/simulate", "1", "\(seeds)"],
            environment: ["BROKEN_RULE": "\(rule)"], within: 600)
        return (process.status, process.output)
    }

    private func apply(_ mutation: Mutation, number: Int, in directory: String) throws {
        let path = "\(directory)/\(mutation.file)"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try #require(
            text.components(separatedBy: mutation.original).count == 2,
            "\(mutation.file) must hold this once: \(mutation.original)")
        let replacement = mutation.replacement
            .replacingOccurrences(of: "BROKEN", with: "(brokenRule == \(number))")
        try text.replacingOccurrences(of: mutation.original, with: replacement)
            .write(toFile: path, atomically: true, encoding: .utf8)
    }

    private func compile(module: String, from folder: String) throws {
        let names = try FileManager.default.contentsOfDirectory(
            atPath: "\(directory.path)/\(folder)")
        let files = names.filter { $0.hasSuffix(".swift") }.sorted().map { "\(folder)/\($0)" }
        let isProgram = names == ["main.swift"]
        try run(
            ["swiftc", "-swift-version", "6", "-wmo", "-O", "-module-name", module, "-I", "."]
                + (isProgram ? [] : ["-parse-as-library", "-emit-module"])
                + ["-c", "-o", "\(module).o"] + files)
    }

    private func run(_ command: [String]) throws {
        let process = try TestProcess.run(command, directory: directory.path, within: 600)
        try #require(process.status == 0, "\(process.errors)")
    }
}
