import Foundation
import Marionette
import Testing

@testable import raytracer

/// Draws scenes with the worker itself, built for one architecture, without a master.
struct Picture {
    /// This machine, with the address sanitizer; or another, by zig and qemu.
    enum Architecture: String, CaseIterable, CustomTestStringConvertible, Sendable {
        case native
        case aarch64 = "aarch64-linux-musl"
        case arm = "arm-linux-musleabihf"
        case s390x = "s390x-linux-musl"

        var testDescription: String { rawValue }

        static let emulated: [Architecture] = [.aarch64, .arm, .s390x]

        var emulator: String? { self == .native ? nil : Programs.onPath("qemu-\(self)-static") }

        var isAvailable: Bool { self == .native || (Programs.zig != nil && emulator != nil) }

        var compiler: [String] {
            // What a user's machine compiles with, and what finds our own faults.
            if self == .native {
                return ["cc", "-O2", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover"]
            }
            return [Programs.zig ?? "zig", "cc", "-target", rawValue, "-O2", "-g"]
                + ["-fno-sanitize=undefined", "-static"]
        }
    }

    let command: [String]

    /// Builds `check` or `picture` of Tests/worker.
    init(program: String, _ architecture: Architecture, in folder: URL) throws {
        let out = folder.appending(path: "\(program)-\(architecture.rawValue)").path
        let stubs = folder.appending(path: "stubs").path
        let build = Programs.example.appending(path: "Tests/worker/build").path
        if program == "picture", !FileManager.default.fileExists(atPath: stubs) {
            try FileManager.default.createDirectory(
                atPath: stubs, withIntermediateDirectories: true)
            let interface = Programs.example.appending(path: "raytracer.x").path
            try Self.must(
                [try Programs.interfaceTool(), "--language", "c", "--out", stubs, interface])
        }
        let needed = program == "picture" ? [stubs] : []
        try Self.must([build, program, out] + needed + architecture.compiler)
        command = (architecture.emulator.map { [$0] } ?? []) + [out]
    }

    private static func must(_ command: [String]) throws {
        let outcome = try Programs.run(command)
        guard outcome.status == 0 else {
            throw Programs.Failure(description: "\(command): \(outcome.errors)")
        }
    }

    /// The pixels, and what the program told of its speed.
    func draw(_ file: SceneFile, _ quality: Quality) throws -> (rgb: Data, told: String) {
        var encoder = XDREncoder()
        try file.scene.encode(to: &encoder)
        try (file.camera ?? Camera()).encode(to: &encoder)
        try quality.encode(to: &encoder)
        let outcome = try Programs.run(command, input: Data(encoder.bytes))
        guard outcome.status == 0 else { throw Programs.Failure(description: outcome.errors) }
        return (outcome.output, outcome.errors)
    }
}

/// Programs that several tests share, built once for each run of the tests.
enum SharedPrograms {
    static let folder = Result { try Programs.temporaryDirectory() }
    static let picture = Result { try Picture(program: "picture", .native, in: folder.get()) }
}
