import ArgumentParser
import Inventory
import SlaveBuild

struct GraphCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "graph",
        abstract: "Print the build's graph for Graphviz.",
        discussion: """
            Each box is a step; those that a build would run now are coloured, and say why. Nothing is \
            built. For a picture: marionette graph | dot -Tsvg >build.svg
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
            let text = try build.drawing()
            try printResult(text.hasSuffix("\n") ? String(text.dropLast()) : text)
        }
    }
}
