import ArgumentParser
import Diagnostics
import Foundation
import Marionette

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Build what changed, push it, and run the program on all hosts.",
        discussion: """
            Arguments after -- are the program's own: marionette run -- --scene balls.nff
            The run leaves its event log in .marionette/runs/; while it goes on, 'marionette debug' \
            finds its workers there, and 'marionette trace' draws it afterwards.

            With --journal the results of finished operations are kept in a file (SQLite). After a \
            crash of this program or this machine the same command with --resume executes the program \
            again and takes them from there. An operation is known again by its procedure, position and \
            argument, so that tasks may come to theirs in any order; but what the program's own task \
            invokes has to be the same again, or the run ends and names the first that differs. A \
            journal that was damaged is refused. An operation that is declared 'once', was sent and has \
            no ending in the journal is not repeated: it fails.

            Ctrl-C lets what was sent to hosts end and sends no more; Ctrl-C again stops at once. \
            'marionette hosts add', 'drain' and 'remove' change the hosts meanwhile.
            """)

    @OptionGroup var project: ProjectOptions

    @Flag(help: "Run everything in one local process, one operation after the other.")
    var serial = false

    @Flag(
        name: [.customShort("k"), .long],
        help: "Go on without the hosts that can't be served; those that come up later join.")
    var keepGoing = false

    @Option(
        name: [.customShort("j"), .long],
        help: ArgumentHelp("Run so many build steps at once.", valueName: "n"))
    var jobs: Int?

    @Flag(name: .shortAndLong, help: "Show each command of the build where it starts.")
    var verbose = false

    @Option(
        help: ArgumentHelp(
            "Keep the results of finished operations in this file, to go on after a crash.",
            valueName: "file"))
    var journal: String?

    @Flag(help: "Take what the journal knows from there: the rest is executed.")
    var resume = false

    @Option(
        help: ArgumentHelp(
            "Write the run's trace there at its end, for ui.perfetto.dev or chrome://tracing.",
            valueName: "file"))
    var trace: String?

    @Option(
        help: ArgumentHelp(
            "How long the run waits when no host is left, before it fails (default: 30).",
            valueName: "seconds"))
    var hostWait: Int?

    @Option(
        help: ArgumentHelp(
            "How much the arguments and results of a sequence may have that are open or unread "
                + "(default: \(RunDescription.inFlightDefault)).",
            valueName: "MiB"))
    var inFlight: Int?

    @Argument(
        parsing: .postTerminator,
        help: ArgumentHelp("The program's own arguments.", valueName: "arguments"))
    var arguments: [String] = []

    func validate() throws {
        guard !resume || journal != nil else {
            throw ValidationError("--resume needs --journal FILE")
        }
        guard hostWait.map({ (0...RunDescription.hostWaitMax).contains($0) }) ?? true else {
            throw ValidationError("--host-wait takes 0 to \(RunDescription.hostWaitMax) seconds")
        }
        guard inFlight.map({ (1...RunDescription.inFlightMax).contains($0) }) ?? true else {
            throw ValidationError("--in-flight takes 1 to \(RunDescription.inFlightMax) MiB")
        }
    }

    func run() async throws {
        try await reportingErrors {
            let journal = journal.map {
                RunDescription.Journal(path: absolutePath($0), resume: resume)
            }
            // Before anything is built.
            try journal?.check()
            if let trace { try RunTrace.check(absolutePath(trace)) }
            var preparation = try Preparation(directory: project.directory, serial: serial)
            preparation.keepsGoing = keepGoing
            preparation.command = "run"
            preparation.jobs = jobs
            preparation.showsCommands = verbose
            // From the build on: this process becomes the program, which writes to the same
            // terminal.
            preparation.board.putBridge(TerminalBridgeCommand.command)
            let outcome = try await cancelledBySignals { [preparation] in
                try await preparation.run()
            }
            let record = try RunDirectory.create(project: preparation.manifest.directory)
            let description = makeDescription(preparation, outcome, directory: record, journal)
            let file = "\(record)/run.json"
            try description.write(to: file)
            setenv(RunDescription.environmentVariable, file, 1)
            let program = outcome.products.master ?? ""
            let reason = become([program] + arguments)
            throw RunStartError.notExecutable(program: program, reason: reason)
        }
    }

    private func makeDescription(
        _ preparation: Preparation, _ outcome: Preparation.Outcome, directory: String,
        _ journal: RunDescription.Journal?
    ) -> RunDescription {
        let hosts = outcome.arrivals.compactMap {
            outcome.description(of: $0, preparation.manifest)
        }
        let interface = outcome.arrivals.first?.slave.bundle.identity.interface.description
        return RunDescription(
            application: preparation.manifest.application, interfaceHash: interface ?? "",
            directory: directory, serial: serial, hosts: hosts, trace: trace.map(absolutePath),
            journal: journal,
            absent: absence(of: outcome.absent, run: directory, preparation), hostWait: hostWait,
            inFlight: inFlight)
    }

    /// How the run looks for the hosts that did not answer.
    private func absence(
        of hosts: [String], run: String, _ preparation: Preparation
    ) -> RunDescription.Absence? {
        guard !hosts.isEmpty, let command = Bundle.main.executablePath else { return nil }
        let name = URL(fileURLWithPath: run).lastPathComponent
        return RunDescription.Absence(
            hosts: hosts,
            command: [
                command, "hosts", "add", "--attended", "--run", name, "--directory",
                absolutePath(preparation.manifest.directory),
            ])
    }
}

enum RunStartError: DiagnosticError {
    case notExecutable(program: String, reason: String)
    case noRecord(path: String, reason: String)

    var diagnostic: Diagnostic {
        switch self {
        case .notExecutable(let program, let reason):
            Diagnostic(
                summary: "can't start '\(program)': \(reason)",
                remedy: "'master' in marionette.yaml names an executable product of Package.swift")
        case .noRecord(let path, let reason):
            Diagnostic(summary: "can't write the run's record '\(path)': \(reason)")
        }
    }

    var exitCode: Diagnostics.ExitCode { .failed }
}
