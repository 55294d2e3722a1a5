import ArgumentParser

struct PushCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "push",
        abstract: "Build the slaves and put them into the hosts' stores.",
        discussion: """
            A store holds whole bundles under their digests, in ~/.cache/marionette of each host or \
            where 'store:' says. A bundle that is there is not sent again; one that is sent is \
            verified there before it is published. The master program is not built.
            """)

    @OptionGroup var project: ProjectOptions

    @Flag(
        name: [.customShort("k"), .long],
        help: "Go on with the other hosts where one can't be served.")
    var keepGoing = false

    @Option(
        name: [.customShort("j"), .long],
        help: ArgumentHelp("Run so many build steps at once.", valueName: "n"))
    var jobs: Int?

    @Flag(name: .shortAndLong, help: "Show each command of the build where it starts.")
    var verbose = false

    func run() async throws {
        try await reportingErrors {
            var preparation = try Preparation(directory: project.directory)
            preparation.keepsGoing = keepGoing
            preparation.command = "push"
            preparation.jobs = jobs
            preparation.showsCommands = verbose
            preparation.buildsMaster = false
            _ = try await cancelledBySignals { [preparation] in try await preparation.run() }
        }
    }
}
