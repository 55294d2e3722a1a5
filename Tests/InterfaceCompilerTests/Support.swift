import Foundation
import InterfaceCompiler
import TestKit
import Testing

let testDirectory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
let projectRoot = testDirectory.deletingLastPathComponent().deletingLastPathComponent()
let goldens = testDirectory.appendingPathComponent("Goldens")

func compiledGolden(_ name: String) throws -> InterfaceModel {
    let directory = goldens.appendingPathComponent(name)
    return try compileInterface(
        text: String(contentsOf: directory.appendingPathComponent("input.x"), encoding: .utf8),
        file: "\(name).x", files: .onDisk(in: directory.path))
}

/// A directory that goes when the test is done.
func withTemporaryDirectory<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let directory = FileManager.default.temporaryDirectory
        .appendingPathComponent("marionette-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    return try body(directory)
}

struct ProcessFailure: Error, CustomStringConvertible {
    let description: String
}

/// The first executable of this name on PATH.
func executable(_ name: String) -> String? {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return path.split(separator: ":").map { "\($0)/\(name)" }
        .first { FileManager.default.isExecutableFile(atPath: $0) }
}

/// A test that is left out, and says so, where one of these programs is not installed.
func needs(_ programs: String...) -> ConditionTrait {
    let missing = programs.filter { executable($0) == nil }
    let names = missing.map { "'\($0)'" }.joined(separator: ", ")
    return .enabled(if: missing.isEmpty, "not installed: \(names)")
}

/// Runs a program to its end and returns what it wrote to standard output; throws with its standard
/// error.
@discardableResult
func run(_ command: [String], input: Data = Data(), environment: [String: String] = [:]) throws
    -> Data
{
    try withTemporaryDirectory { directory in
        let files = ["in", "out", "err"].map { directory.appendingPathComponent($0) }
        try input.write(to: files[0])
        for file in files.dropFirst() { try Data().write(to: file) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: executable(command[0]) ?? command[0])
        process.arguments = Array(command.dropFirst())
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = try FileHandle(forReadingFrom: files[0])
        process.standardOutput = try FileHandle(forWritingTo: files[1])
        process.standardError = try FileHandle(forWritingTo: files[2])
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            let errors = try String(contentsOf: files[2], encoding: .utf8)
            throw ProcessFailure(
                description: "\(command.joined(separator: " ")): status "
                    + "\(process.terminationStatus)\n\(errors)")
        }
        return try Data(contentsOf: files[1])
    }
}
