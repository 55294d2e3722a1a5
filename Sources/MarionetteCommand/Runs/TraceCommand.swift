import ArgumentParser
import Diagnostics
import Foundation
import RunRecords

struct TraceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trace",
        abstract: "Write what a run did as a trace for ui.perfetto.dev or chrome://tracing.",
        discussion: """
            A host is shown as a process, a worker as a thread, an operation as a slice with its \
            attempt and outcome, and a transfer, update or failure as an instant. The trace is drawn \
            from the event log of the run in .marionette/runs/, also while the run goes on and \
            after its master was killed. 'marionette run --trace' writes it at the run's end.
            """)

    @OptionGroup var project: ProjectOptions

    @Argument(
        help: ArgumentHelp(
            "The run's name in .marionette/runs/ (default: the latest).",
            valueName: "run"))
    var name: String?

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Write the trace to this file.", valueName: "file"))
    var output: String

    func run() async throws {
        try await reportingErrors {
            let directory = try RunDirectory.find(name, project: project.directory)
            try RunTrace.write(log: RunRecord.eventLog(in: directory), to: output)
        }
    }
}
