import ArgumentParser
import Diagnostics
import Foundation
import RunRecords

struct LogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Print what the workers of a run printed.",
        discussion: """
            Each line begins with its host and worker, and with the operation that printed it: its \
            name, and its place in the program. Lines of one worker are in order. They come from the \
            event log of the run in .marionette/runs/, also while the run goes on and after its \
            master was killed.
            """)

    @OptionGroup var project: ProjectOptions

    @Argument(
        help: ArgumentHelp(
            "The run's name in .marionette/runs/ (default: the latest).", valueName: "run"))
    var name: String?

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp("Only lines of this host; can be repeated.", valueName: "host"))
    var host: [String] = []

    @Option(help: ArgumentHelp("Only lines of this worker of a host.", valueName: "number"))
    var worker: UInt32?

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "Only lines of this operation, by name (render) or place (12, 12.345); can be repeated.",
            valueName: "operation"))
    var operation: [String] = []

    @Flag(name: .shortAndLong, help: "Go on until the run ends.")
    var follow = false

    @Flag(name: .shortAndLong, help: "Begin each line with the seconds since the run began.")
    var timestamps = false

    func run() async throws {
        try await reportingErrors {
            let directory = try RunDirectory.find(name, project: project.directory)
            let selection = LogSelection(hosts: host, worker: worker, operations: operation)
            var seen: Set<String> = []
            var log = try EventLogTail(path: RunRecord.eventLog(in: directory))
            while true {
                // Asked first: what a run wrote last is there when it has ended.
                let goesOn = follow && RunRecord.isAlive(directory: directory)
                while let events = try log.next() {
                    try print(events, selection)
                    for case .host(let declaration) in events.map(\.content) {
                        seen.insert(declaration.host)
                    }
                }
                guard goesOn else { break }
                try await Task.sleep(for: .milliseconds(100))
            }
            if let unknown = host.first(where: { !seen.contains($0) }) {
                throw LogsError.unknownHost(name: unknown, hosts: seen.sorted())
            }
        }
    }

    private func print(_ events: [RunEvent], _ selection: LogSelection) throws {
        let lines = events.compactMap { event -> String? in
            let time = timestamps ? String(format: "%.6f ", event.t) : ""
            switch event.content {
            case .log(let line): return selection.chooses(line) ? time + line.description : nil
            case .gap(let gap): return "\(time)(\(gap.text))"
            default: return nil
            }
        }
        if !lines.isEmpty { try printResult(lines.joined(separator: "\n")) }
    }
}

enum LogsError: DiagnosticError, Hashable {
    case unknownHost(name: String, hosts: [String])

    var diagnostic: Diagnostic {
        switch self {
        case .unknownHost(let name, let hosts):
            Diagnostic(
                summary: "the run has no host '\(name)'",
                notes: hosts.isEmpty ? [] : ["hosts: " + hosts.joined(separator: ", ")],
                remedy: nearest(to: name, among: hosts).map { "did you mean '\($0)'?" })
        }
    }

    var exitCode: Diagnostics.ExitCode { .usage }
}
