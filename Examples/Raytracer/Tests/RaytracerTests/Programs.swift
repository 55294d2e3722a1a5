import Foundation

/// Programs that the tests build or run.
enum Programs {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    struct Outcome {
        var status: Int32
        var output: Data
        var errors: String
    }

    /// Examples/Raytracer.
    static let example = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// Where SwiftPM has put this test and the programs of the package.
    static let products = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent()

    /// Runs a program to its end; its input and outputs are files, so that no pipe can fill up.
    static func run(_ command: [String], input: Data = Data()) throws -> Outcome {
        try withTemporaryDirectory { folder in
            let files = ["input", "output", "errors"].map { folder.appending(path: $0) }
            try input.write(to: files[0])
            try Data().write(to: files[1])
            try Data().write(to: files[2])
            let process = Process()
            process.executableURL = URL(filePath: command[0])
            process.arguments = Array(command.dropFirst())
            process.standardInput = try FileHandle(forReadingFrom: files[0])
            process.standardOutput = try FileHandle(forWritingTo: files[1])
            process.standardError = try FileHandle(forWritingTo: files[2])
            try process.run()
            process.waitUntilExit()
            return Outcome(
                status: process.terminationStatus, output: try Data(contentsOf: files[1]),
                errors: String(decoding: try Data(contentsOf: files[2]), as: UTF8.self))
        }
    }

    static func withTemporaryDirectory<Value>(_ body: (URL) throws -> Value) throws -> Value {
        let folder = try temporaryDirectory()
        defer { try? FileManager.default.removeItem(at: folder) }
        return try body(folder)
    }

    static func temporaryDirectory() throws -> URL {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "raytracer-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    static func onPath(_ program: String) -> String? {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
            .map { "\($0)/\(program)" }.first(where: FileManager.default.isExecutableFile)
    }

    /// As Marionette looks for it: named, prepared by `make setup`, or on PATH.
    static let zig: String? = {
        if let named = ProcessInfo.processInfo.environment["MARIONETTE_ZIG"] { return named }
        let libraries = example.appending(path: "../../.tools/venv/lib").path
        let pythons = (try? FileManager.default.contentsOfDirectory(atPath: libraries)) ?? []
        let prepared = pythons.map { "\(libraries)/\($0)/site-packages/ziglang/zig" }
        return prepared.first(where: FileManager.default.isExecutableFile) ?? onPath("zig")
    }()

    /// The interface compiler, which SwiftPM builds because the plugin needs it.
    static func interfaceTool() throws -> String {
        if let named = ProcessInfo.processInfo.environment["MARIONETTE_INTERFACE_TOOL"] {
            return named
        }
        let names = ["MarionetteInterfaceTool", "MarionetteInterfaceTool-tool"]
        let paths = names.map { products.appending(path: $0).path }
        if let path = paths.first(where: FileManager.default.isExecutableFile) { return path }
        throw Failure(description: "no MarionetteInterfaceTool in \(products.path)")
    }
}
