import ArgumentParser
import Diagnostics
import Foundation
import Inventory

struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make a new application that runs.",
        discussion: """
            Writes a Swift package with a marionette.yaml, an interface, a worker in C and a \
            master; with --template program a marionette.yaml and a program in C alone. The \
            directory's name becomes the application's.
            """)

    @Option(
        help: ArgumentHelp(
            "What to begin with: basic, program, raytracer, swift.", valueName: "name"))
    var template = "basic"

    @Argument(help: "A directory that is empty or does not exist.")
    var directory: String

    func run() async throws {
        try await reportingErrors {
            let project = try NewProject(
                template: template, directory: directory, data: DataDirectory.find())
            try project.write()
            let isPlain = directory.utf8.allSatisfy {
                UInt8(ascii: "A")...UInt8(ascii: "Z") ~= $0 & ~0x20
                    || UInt8(ascii: "-")...UInt8(ascii: "9") ~= $0 || $0 == UInt8(ascii: "_")
            }
            let quoted = isPlain ? directory : "'\(directory.replacing("'", with: "'\\''"))'"
            let next = project.hasMaster ? "run" : "push"
            try printResult("made '\(project.name)'; next: cd \(quoted) && marionette \(next)")
        }
    }
}
