import Foundation
import TestKit

/// The ray tracer as a project of the tests, on the hosts of the test cluster.
///
/// It lies in the checkout's `.build-e2e`, as deep as the example, so that its Package.swift finds
/// the checkout; what it builds stays there for the next run of the tests.
final class Project: Sendable {
    static let targets = [
        ("xeon", "x86_64-linux-musl"), ("pi64", "aarch64-linux-musl"),
        ("pi32", "arm-linux-musleabihf"), ("mainframe", "s390x-linux-musl"),
    ]

    let cluster: TestCluster
    let directory = "\(Checkout.root)/.build-e2e/raytracer"
    let work: TemporaryDirectory

    init() throws {
        cluster = try TestCluster()
        work = try TemporaryDirectory("project")
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        let example = "\(Checkout.root)/Examples/Raytracer"
        for name in ["Package.swift", "Sources", "Tests", "worker", "raytracer.x", "Scripts"] {
            // -u and -p: what did not change keeps its time, and is not compiled again.
            try Self.succeed(["cp", "-Rpu", "-T", "\(example)/\(name)", "\(directory)/\(name)"])
        }
        try writeManifest()
        try Self.succeed(
            ["\(directory)/Scripts/balls", "--depth", "3", "--output", scene])
    }

    var scene: String { "\(work.path)/balls.nff" }
    var store: String { ".cache/marionette/bundles" }

    /// - Parameter change: of the manifest's text.
    func writeManifest(_ change: (String) -> String = { $0 }) throws {
        let hosts = Self.targets.map { name, target in
            let architecture = target.prefix { $0 != "-" }
            let emulator =
                cluster.isEmulated || name == "xeon"
                ? "" : ", emulator: qemu-\(architecture)-static"
            return "  \(name): { target: \(target)\(emulator) }"
        }
        let text = """
            application: raytracer
            interface: raytracer.x
            master: { product: raytracer }
            worker: { language: c, sources: [worker/*.c], libraries: [m] }
            ssh: { configuration: '\(cluster.configuration)' }
            hosts:
            \(hosts.joined(separator: "\n"))

            """
        try Data(change(text).utf8).write(to: URL(fileURLWithPath: "\(directory)/marionette.yaml"))
    }

    /// `marionette run` of a picture that takes a few seconds; give `options` to change that.
    func start(
        _ output: String, flags: [String] = [], options: [String] = ["--samples", "9"]
    ) throws -> TestProcess {
        try TestProcess(
            [Checkout.marionette, "run"] + flags + ["--", "--scene", scene, "--size", "640x400"]
                + ["--output", picture(output)] + options,
            directory: directory)
    }

    func render(
        _ output: String, flags: [String] = [], options: [String] = ["--samples", "9"]
    ) throws -> TestProcess {
        let process = try start(output, flags: flags, options: options)
        try process.waitForEnd(within: 1_800)
        return process
    }

    func marionette(_ arguments: [String], within seconds: Double = 1_800) throws -> TestProcess {
        try TestProcess.run(
            [Checkout.marionette] + arguments, directory: directory, within: seconds)
    }

    func picture(_ name: String) -> String { "\(work.path)/\(name).png" }

    func bytes(_ name: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: picture(name)))
    }

    func isThere(_ name: String) -> Bool {
        FileManager.default.fileExists(atPath: picture(name))
    }

    static func succeed(_ command: [String]) throws {
        let result = try TestProcess.run(command)
        guard result.status == 0 else { throw TestProcess.Failure(description: result.told) }
    }
}
