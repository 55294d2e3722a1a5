import ArgumentParser
import Diagnostics
import Distribution
import Foundation
import Inventory

struct HostsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hosts",
        abstract: "Ask every host what it is, or change the hosts of a run that goes on.",
        subcommands: [
            HostsSurveyCommand.self, HostsAddCommand.self, HostsDrainCommand.self,
            HostsRemoveCommand.self,
        ],
        defaultSubcommand: HostsSurveyCommand.self)
}

struct HostsSurveyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "survey",
        abstract: "Ask every host what it is, and whether that is what the manifest says.",
        discussion: """
            Each host is reached as a run would reach it. The table shows its machine (uname -m), \
            its words (bits and byte order), cores and memory. What is wrong with a host is printed \
            on standard error.

            Exit codes: 69 where a host is unreachable, its key unknown or changed, or lets nobody \
            in; 78 where a host is not of its declared target.
            """)

    @OptionGroup var project: ProjectOptions
    @OptionGroup var chosen: HostSelectionOptions

    @Flag(help: "Print one JSON object for each host, a line each.")
    var json = false

    func run() async throws {
        try await reportingErrors {
            var manifest = try Manifest.load(directory: project.directory)
            manifest.hosts = try chosen.selection.selected(from: manifest.hosts)
            try manifest.checkSSH()
            let catalog = try TargetCatalog.load(
                project: project.directory, shownAs: project.directory)
            var questions: [HostSurvey.Question] = []
            for host in manifest.hosts {
                questions.append(
                    HostSurvey.Question(
                        host: host.name,
                        endpoint: host.endpoint(in: manifest),
                        architecture: TargetArchitecture(try catalog.target(named: host.target)),
                        isEmulated: !host.emulator.isEmpty))
            }
            let reports = try await cancelledBySignals { [questions] in
                await HostSurvey().ask(questions)
            }
            try show(reports)
            let code = reports.exitCode
            if code != .done { throw ArgumentParser.ExitCode(code.rawValue) }
        }
    }

    private func show(_ reports: [HostReport]) throws {
        guard json else {
            try CommandOutput.write(HostTable(reports).text)
            reports.compactMap(\.diagnostic).forEach(printDiagnostic)
            return
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        for report in reports {
            try printResult(String(decoding: try encoder.encode(HostLine(report)), as: UTF8.self))
        }
    }
}

/// A line of `marionette hosts --json`; what is not known is left out.
private struct HostLine: Encodable {
    let host: String
    let target: String
    let state: String
    let isKeyKnown: Bool?
    let isEmulated: Bool
    let facts: HostFacts?
    let error: String?
    let remedy: String?

    init(_ report: HostReport) {
        host = report.question.host
        target = report.question.architecture.target
        state = report.state
        isKeyKnown = report.isKeyKnown
        isEmulated = report.question.isEmulated
        facts = report.facts
        error = report.diagnostic?.summary
        remedy = report.diagnostic?.remedy
    }
}
