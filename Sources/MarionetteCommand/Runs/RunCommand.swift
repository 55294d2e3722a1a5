import ArgumentParser
import Diagnostics
import Foundation
import Inventory
import Marionette
import RunRecords
import SlaveBuild

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Build what changed, push it, and run the program on all hosts.",
        discussion: """
            Arguments after -- go to the program: marionette run -- --scene balls.nff
            The run writes its event log to .marionette/runs/. 'marionette debug' reads it to attach \
            to a worker, and 'marionette trace' draws it.

            --journal keeps the results of finished operations in a file (SQLite). If this program or \
            machine crashes, repeat the command with --resume: it executes the program again and takes \
            finished results from the journal. It recognises an operation by its procedure, position \
            and argument. Tasks may invoke theirs in any order. The operations of the program's own \
            task, and the updates of all tasks, must come in the same order again, or the run ends and \
            names the first one that differs; operations that follow one that was late, failed or had \
            not ended may differ. \
            A damaged journal is refused. A 'once' operation that was sent, and whose end the journal \
            does not have, is not repeated: it fails.

            Press Ctrl-C to let running operations finish and send no more; press it again to stop at \
            once. 'marionette hosts add', 'drain' and 'remove' change the hosts of a run.
            """)

    @OptionGroup var project: ProjectOptions
    @OptionGroup var chosen: HostSelectionOptions

    @Flag(help: "Run everything in one local process, one operation at a time.")
    var serial = false

    @Flag(
        name: [.customShort("k"), .long],
        help: "Go on without hosts that can't be reached or served; they join when they can.")
    var keepGoing = false

    @Option(
        name: [.customShort("j"), .long],
        help: ArgumentHelp("Run at most this many build steps at once.", valueName: "n"))
    var jobs: Int?

    @Flag(name: .shortAndLong, help: "Print each command of the build as it starts.")
    var verbose = false

    @Option(
        help: ArgumentHelp(
            "Keep the results of finished operations in this file, to go on after a crash.",
            valueName: "file"))
    var journal: String?

    @Flag(help: "Take finished results from the journal; execute the rest.")
    var resume = false

    @Option(
        help: ArgumentHelp(
            "Write the run's trace to this file at its end, for ui.perfetto.dev or chrome://tracing.",
            valueName: "file"))
    var trace: String?

    @Option(
        help: ArgumentHelp(
            "Compile for this use: \(Profile.listed).", valueName: "profile"))
    var profile = Profile.release

    @Option(
        help: ArgumentHelp(
            "Fail after this long without any host (default: 30).",
            valueName: "seconds"))
    var hostWait: Int?

    @Option(
        help: ArgumentHelp(
            "Stop sending when this much of a sequence is open or unread "
                + "(default: \(RunDescription.inFlightDefault)).",
            valueName: "MiB"))
    var inFlight: Int?

    @Option(
        help: ArgumentHelp(
            "Keep the first n operations of this name that succeed (default: 1; 8 in all) for "
                + "'marionette replay' and 'compare'; may be given several times.",
            valueName: "operation[=n]"))
    var capture: [CaptureWish] = []

    @Argument(
        parsing: .postTerminator,
        help: ArgumentHelp("The program's own arguments.", valueName: "arguments"))
    var arguments: [String] = []

    func validate() throws {
        guard !resume || journal != nil else {
            throw ValidationError("--resume needs --journal FILE")
        }
        guard !serial || chosen.selection.isAll else {
            throw ValidationError(
                "--serial runs here alone: it takes no --hosts, -x, --target, --local")
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
            var preparation = try Preparation(
                directory: project.directory, serial: serial, selection: chosen.selection)
            guard preparation.manifest.application != nil else {
                throw PreparationError.noApplication
            }
            try CaptureWish.check(capture, project: project.directory)
            preparation.profile = profile
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
            let file = RunRecord.description(in: record)
            try description.write(to: file)
            setenv(RunDescription.environmentVariable, file, 1)
            if let setting = Backtracer.setting(environment: ProcessInfo.processInfo.environment) {
                setenv(Backtracer.variable, setting, 1)
            }
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
            application: preparation.manifest.name, interfaceHash: interface ?? "",
            directory: directory, serial: serial, hosts: hosts, trace: trace.map(absolutePath),
            journal: journal,
            absent: absence(of: outcome.absent, run: directory, preparation),
            explainer: ExplainCrashCommand.command(
                for: absolutePath(preparation.manifest.directory)),
            hostWait: hostWait, inFlight: inFlight, capture: CaptureWish.counts(capture),
            profile: profile == .release ? nil : profile.rawValue)
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
