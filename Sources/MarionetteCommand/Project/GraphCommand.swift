import ArgumentParser
import Diagnostics
import Foundation
import Inventory
import SlaveBuild

struct GraphCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "graph",
        abstract: "Print the build's graph for Graphviz, or write it as a page.",
        discussion: """
            Each box is a step; those that a build would run now are coloured, and say why. Nothing is \
            built. For a picture: marionette graph | dot -Tsvg >build.svg

            The page of --html is one file, which loads nothing. It lists the steps by target, with a \
            search, and shows of each what it needs and what needs it: for graphs too large to draw.
            """)

    @OptionGroup var project: ProjectOptions

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Draw only this target's steps, without the master; can be repeated.",
            valueName: "target"))
    var target: [String] = []

    @Option(
        help: ArgumentHelp("The build of this profile: \(Profile.listed).", valueName: "profile"))
    var profile = Profile.release

    @Option(help: ArgumentHelp("Write a page for a browser to this file.", valueName: "file"))
    var html: String?

    func run() async throws {
        try await reportingErrors {
            let catalog = try TargetCatalog.load(
                project: project.directory, shownAs: project.directory)
            let manifest = try Manifest.load(directory: project.directory, catalog: catalog)
            let names = target.isEmpty ? manifest.targetNames : target
            var build = try ApplicationBuild(
                manifest: manifest, targets: names.map { try catalog.target(named: $0) },
                data: catalog.data)
            build.buildsMaster = target.isEmpty
            build.profile = profile
            if let html { return try write(build.page(), to: html) }
            let text = try build.drawing()
            try printResult(text.hasSuffix("\n") ? String(text.dropLast()) : text)
        }
    }

    private func write(_ text: String, to file: String) throws {
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        } catch {
            throw Diagnostic(
                summary: "can't write '\(file)': \(error.localizedDescription)",
                remedy: "name a file in a directory that exists: --html build.html")
        }
    }
}
