import Foundation
import TestKit
import Testing

/// Whether the simulation would notice: the scheduler is compiled with one rule broken in its
/// source text, and simulated until a world breaks.
@Suite(.serialized) struct MutationTests {
    /// The simulation, compiled once.
    static let laboratory = Result { try Laboratory() }

    @Test func `the scheduler as it is breaks no rule`() throws {
        let end = try Self.laboratory.get().simulate(nil, seeds: 1000)
        #expect(end.status == 0, "\(end.output)")
    }

    @Test(arguments: Mutation.all)
    func `a rule that is broken on purpose is noticed within 10,000 seeds`(_ mutation: Mutation)
        throws
    {
        let end = try Self.laboratory.get().simulate(mutation, seeds: 10_000)
        #expect(end.status == 1, "\(mutation.fault): \(end.output)")
        #expect(end.output.contains("make simulate SEED="))
    }
}

/// Where changed schedulers are compiled: with swiftc, each in seconds.
///
/// The simulation is compiled against the scheduler as it is. A mutation changes statements, not
/// what the module declares, so that its object takes the place of the real one.
final class Laboratory: Sendable {
    private let directory: TemporaryDirectory
    private static let sources = "\(Checkout.root)/Sources/Scheduling"

    init() throws {
        directory = try TemporaryDirectory("mutations")
        let files = FileManager.default
        try files.copyItem(atPath: Self.sources, toPath: "\(directory.path)/real")
        try compile(module: "Scheduling", from: "real", ["-emit-module"])
        // The simulation uses its numbers alone.
        try files.createDirectory(
            atPath: "\(directory.path)/kit", withIntermediateDirectories: true)
        try files.copyItem(
            atPath: "\(Checkout.root)/Tests/TestKit/SeededNumbers.swift",
            toPath: "\(directory.path)/kit/SeededNumbers.swift")
        try compile(
            module: "TestKit", from: "kit", ["-emit-module", "-O", "-parse-as-library"])
        let simulation = "\(Checkout.root)/Tests/Simulation"
        try files.copyItem(atPath: simulation, toPath: "\(directory.path)/worlds")
        try compile(module: "Simulation", from: "worlds", ["-emit-module", "-O"])
        try files.copyItem(
            atPath: "\(Checkout.root)/Tests/Simulate", toPath: "\(directory.path)/command")
        try compile(module: "Simulate", from: "command", [])
    }

    func simulate(
        _ mutation: Mutation?, seeds: Int
    ) throws -> (status: Int32, output: String) {
        let changed = "\(directory.path)/changed"
        try? FileManager.default.removeItem(atPath: changed)
        try FileManager.default.copyItem(atPath: Self.sources, toPath: changed)
        if let mutation { try apply(mutation, in: changed) }
        try compile(module: "Scheduling", from: "changed", [])
        try run([
            "swiftc", "-o", "simulate", "Simulate.o", "Simulation.o", "Scheduling.o", "TestKit.o",
        ])
        let process = try TestProcess.run(
            ["\(directory.path)/simulate", "1", "\(seeds)"], within: 600)
        return (process.status, process.output)
    }

    private func apply(_ mutation: Mutation, in directory: String) throws {
        let path = "\(directory)/\(mutation.file)"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try #require(
            text.components(separatedBy: mutation.original).count == 2,
            "\(mutation.file) must hold this once: \(mutation.original)")
        try text.replacingOccurrences(of: mutation.original, with: mutation.replacement)
            .write(toFile: path, atomically: true, encoding: .utf8)
    }

    private func compile(module: String, from folder: String, _ options: [String]) throws {
        let names = try FileManager.default.contentsOfDirectory(
            atPath: "\(directory.path)/\(folder)")
        let files = names.filter { $0.hasSuffix(".swift") }.sorted().map { "\(folder)/\($0)" }
        let library = files.count > 1 ? ["-parse-as-library"] : []
        try run(
            ["swiftc", "-swift-version", "6", "-wmo", "-module-name", module, "-I", "."]
                + library + options + ["-c", "-o", "\(module).o"] + files)
    }

    private func run(_ command: [String]) throws {
        let process = try TestProcess.run(command, directory: directory.path, within: 600)
        try #require(process.status == 0, "\(process.errors)")
    }
}
