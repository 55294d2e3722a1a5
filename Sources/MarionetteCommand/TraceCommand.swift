import ArgumentParser
import Diagnostics
import Foundation
import Marionette

struct TraceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trace",
        abstract: "Write what a run did as a trace for ui.perfetto.dev or chrome://tracing.",
        discussion: """
            Hosts are processes and workers are threads there; operations are slices with attempt \
            and outcome; transfers, updates and failures are instants. The trace is drawn from the \
            event log that every run leaves in .marionette/runs/, also while the run goes on and \
            after its master was killed. 'marionette run --trace' writes it at the run's end.
            """)

    @OptionGroup var project: ProjectOptions

    @Argument(
        help: ArgumentHelp(
            "The run's name, as in .marionette/runs/; the latest one where it is left out.",
            valueName: "run"))
    var name: String?

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Write the trace to this file.", valueName: "file"))
    var output: String

    func run() async throws {
        try await reportingErrors {
            let directory = try RunDirectory.find(name, project: project.directory)
            try RunTrace.write(log: "\(directory)/events.jsonl", to: output)
        }
    }
}
