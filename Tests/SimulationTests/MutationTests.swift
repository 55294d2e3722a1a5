import Foundation
import TestKit
import Testing

/// Whether the simulation would notice: scheduler and driver are compiled with rules that can be broken,
/// and simulated with one of them broken until a world breaks.
@Suite(.serialized) struct MutationTests {
    /// The simulation, compiled once.
    static let laboratory = Result { try Laboratory() }
    /// The same ones with a rule broken and without: else a world that is at fault itself would pass for
    /// one that notices.
    static let seeds = 2_000

    @Test(arguments: ["scheduler", "driver"])
    func `with no rule broken, nothing is noticed`(_ subject: String) throws {
        let end = try Self.laboratory.get().simulate(subject, broken: 0, seeds: Self.seeds)
        #expect(end.status == 0, "\(end.output)")
    }

    @Test(arguments: zip(1...Mutation.all.count, Mutation.all))
    func `a rule that is broken on purpose is noticed`(
        _ number: Int, _ mutation: Mutation
    ) throws {
        let isDriver = mutation.folder == "Driving"
        let end = try Self.laboratory.get().simulate(
            isDriver ? "driver" : "scheduler", broken: number, seeds: Self.seeds)
        // A precondition may be what notices: then the process traps.
        #expect(end.status != 0, "\(mutation.fault): \(end.output)")
        #expect(end.output.contains("make simulate SUBJECT="), "\(end.output)")
    }
}

/// Where scheduler and driver with all mutations are compiled, as a package of their own, and
/// simulated. Which rule is broken is said by an environment variable: 0 is none, 1 the first.
final class Laboratory: Sendable {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory("mutations")
        let files = FileManager.default
        let sources = "\(directory.path)/Sources"
        try files.createDirectory(atPath: sources, withIntermediateDirectories: true)
        for folder in try files.contentsOfDirectory(atPath: "\(Checkout.root)/Sources") {
            try files.copyItem(
                atPath: "\(Checkout.root)/Sources/\(folder)", toPath: "\(sources)/\(folder)")
        }
        for (index, mutation) in Mutation.all.enumerated() {
            try apply(mutation, number: index + 1, in: "\(sources)/\(mutation.folder)")
        }
        for folder in ["Driving", "Scheduling"] {
            try Data(Self.brokenRule.utf8)
                .write(to: URL(fileURLWithPath: "\(sources)/\(folder)/BrokenRule.swift"))
        }
        for folder in ["Simulation", "Simulate"] {
            try files.copyItem(
                atPath: "\(Checkout.root)/Tests/\(folder)", toPath: "\(sources)/\(folder)")
        }
        // The simulation uses its numbers alone.
        try files.createDirectory(atPath: "\(sources)/TestKit", withIntermediateDirectories: true)
        try files.copyItem(
            atPath: "\(Checkout.root)/Tests/TestKit/SeededNumbers.swift",
            toPath: "\(sources)/TestKit/SeededNumbers.swift")
        try Data(Self.manifest.utf8)
            .write(to: URL(fileURLWithPath: "\(directory.path)/Package.swift"))
        let build = try TestProcess.run(
            ["swift", "build", "--configuration", "release", "--product", "Simulate"],
            directory: directory.path, within: 1800)
        try #require(build.status == 0, "\(build.output)\(build.errors)")
    }

    private static let brokenRule = """
        import Glibc

        let brokenRule = getenv("BROKEN_RULE").flatMap { Int(String(cString: $0)) } ?? 0

        """

    private static let manifest = """
        // swift-tools-version: 6.2
        import PackageDescription

        let package = Package(
            name: "laboratory",
            targets: [
                .systemLibrary(name: "CLibCrypto", pkgConfig: "libcrypto"),
                .systemLibrary(name: "CByteOrder"),
                .target(name: "Diagnostics"),
                .target(name: "JSONCoding"),
                .target(name: "Console", dependencies: ["Diagnostics"]),
                .target(name: "Digests", dependencies: ["CLibCrypto"]),
                .target(name: "XDRCoding", dependencies: ["CByteOrder"]),
                .target(name: "WireProtocol", dependencies: ["XDRCoding"]),
                .target(name: "Scheduling"),
                .target(name: "Endpoints"),
                .target(
                    name: "RunRecords",
                    dependencies: [
                        "Console", "Diagnostics", "Digests", "Endpoints", "JSONCoding", "WireProtocol",
                        "XDRCoding",
                    ]),
                .target(
                    name: "Driving",
                    dependencies: [
                        "Diagnostics", "Digests", "RunRecords", "Scheduling", "WireProtocol", "XDRCoding",
                    ]),
                .target(name: "TestKit"),
                .target(
                    name: "Simulation",
                    dependencies: [
                        "Driving", "RunRecords", "Scheduling", "TestKit", "WireProtocol", "XDRCoding",
                    ]),
                .executableTarget(name: "Simulate", dependencies: ["Simulation"]),
            ])

        """

    func simulate(
        _ subject: String, broken rule: Int, seeds: Int
    ) throws -> (status: Int32, output: String) {
        let process = try TestProcess.run(
            ["\(directory.path)/.build/release/Simulate", subject, "1", "\(seeds)"],
            environment: ["BROKEN_RULE": "\(rule)"], within: 1800)
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
}
