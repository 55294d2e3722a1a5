import ArgumentParser
import Debugging
import Foundation
import SlaveBuild

/// What a run asks about a worker that crashed.
struct ExplainCrashCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain-crash",
        abstract: "Read a worker's crash and print its functions and lines.", shouldDisplay: false)

    @Option(help: "The project's directory.")
    var directory: String

    @Argument(help: "The target that the worker was built for.")
    var target: String

    func run() async throws {
        try await reportingErrors {
            let input = FileHandle.standardInput.readDataToEndOfFile()
            let explanation = try CrashExplanation(
                encoded: [UInt8](input), target: target, paths: BuildPaths(directory: directory))
            try printResult(try explanation.json)
        }
    }

    /// nil where this program can't be found.
    static func command(for directory: String) -> [String]? {
        Bundle.main.executablePath.map { path in
            [path, configuration.commandName ?? "", "--directory", directory]
        }
    }
}
