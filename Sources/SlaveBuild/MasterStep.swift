import BuildGraph
import Foundation
import Inventory

/// The master program, built by SwiftPM: it knows the package's sources and plugins, and does its
/// own check.
struct MasterStep {
    /// The project's.
    let directory: String
    /// The executable's name.
    let product: String
    /// Where `swift` is looked for, and the rest of SwiftPM's world: compilers, package caches,
    /// proxies, keys.
    var environment = ProcessInfo.processInfo.environment

    var hasPackage: Bool {
        FileManager.default.fileExists(atPath: "\(directory)/Package.swift")
    }

    private let paths: BuildPaths
    let scratch: MasterScratch

    init(directory: String, product: String) {
        self.directory = directory
        self.product = product
        paths = BuildPaths(directory: directory)
        scratch = paths.masterScratch
    }

    var executable: String {
        scratch.place == .shared
            ? paths.master(product)
            : "\(scratch.path)/release/\(product)"
    }

    var step: Step {
        var arguments = [
            "swift", "build", "--configuration", "release", "--package-path", directory,
            "--product", product,
        ]
        if scratch.place != .project { arguments += ["--scratch-path", scratch.path] }
        // Loading Swift's libraries one by one would be a third of a master's start. They are of
        // the `swift` on PATH, whatever compiles workers.
        let toolchain = SwiftToolchain.find(environment: ["PATH": environment["PATH"] ?? ""])
        if toolchain?.hasStaticLibraries ?? false { arguments.append("--static-swift-stdlib") }
        let command = Step.Command(
            arguments: arguments, environment: environment, directory: directory)
        var step = Step(
            name: "swift build --product \(product)",
            group: BuildPart.master.group, inputs: [], outputs: [executable],
            action: .command(command), isDelegated: true)
        let output = MasterOutput(directory: directory)
        step.reading = { output.errors(in: $0) }
        return step
    }
}

extension BuildSummary {
    /// How many steps ran, not counting the ones that decide themselves what there is to do.
    public var stepsRun: Int { ran.filter { $0.reason != .decidesItself }.count }
}

extension BuildEvent {
    /// Whether SwiftPM compiled or linked anything; nil: this is not the end of its step.
    public var masterWasCompiled: Bool? {
        guard case .finished(let step, .succeeded(let output, _)) = self, step.isDelegated else {
            return nil
        }
        return output.split(separator: "\n").contains { line in
            // The plugin's tool is no part of the program.
            let isWork = line.contains("] Compiling") || line.contains("] Linking")
            return line.hasPrefix("[") && isWork && !line.hasSuffix("-tool")
        }
    }
}
