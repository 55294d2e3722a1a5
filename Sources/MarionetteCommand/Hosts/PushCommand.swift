import ArgumentParser
import Inventory

struct PushCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "push",
        abstract: "Build slaves and programs, and put them into the hosts' stores.",
        discussion: """
            A store holds whole bundles under their digests, in ~/.cache/marionette of each host or \
            in the directory that 'store:' names. A bundle that a host has is not sent again. A new \
            one is verified on the host before it is published. If it has programs, 'current/NAME' \
            in the store leads to it, NAME being the application's: programs keep their path. The \
            master is not built.
            """)

    @OptionGroup var project: ProjectOptions
    @OptionGroup var chosen: HostSelectionOptions

    @Flag(
        name: [.customShort("k"), .long],
        help: "Go on with the other hosts if one can't be served; the exit code is then not 0.")
    var keepGoing = false

    @Option(
        name: [.customShort("j"), .long],
        help: ArgumentHelp("Run at most this many build steps at once.", valueName: "n"))
    var jobs: Int?

    @Flag(name: .shortAndLong, help: "Print each command of the build as it starts.")
    var verbose = false

    @Option(
        help: ArgumentHelp(
            "Compile for this use: \(Profile.listed).", valueName: "profile"))
    var profile = Profile.release

    func run() async throws {
        try await reportingErrors {
            var preparation = try Preparation(
                directory: project.directory, selection: chosen.selection)
            preparation.keepsGoing = keepGoing
            preparation.command = "push"
            preparation.jobs = jobs
            preparation.showsCommands = verbose
            preparation.buildsMaster = false
            preparation.profile = profile
            let outcome = try await cancelledBySignals { [preparation] in
                try await preparation.run()
            }
            let lines = outcome.arrivals.programLines(in: preparation.manifest.directory)
            for line in lines { try printResult(line) }
            if let failure = outcome.failures.first { throw ExitCode(failure.exitCode.rawValue) }
        }
    }
}
