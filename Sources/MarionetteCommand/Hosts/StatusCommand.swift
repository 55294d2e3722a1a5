import ArgumentParser
import Diagnostics
import Distribution
import Foundation
import Inventory
import Marionette
import RunRecords

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show for each host whether its bundle is current, and what its store holds.",
        discussion: """
            'bundle' compares the store with what was built here last: current, older, damaged \
            (the next push replaces it) or none; nothing is built. 'running' counts slaves and \
            programs that were started from the store, by whatever application; 'store' is the size \
            of all its bundles, 'free' the room beside them. What is wrong with a host is printed on \
            standard error.

            Exit codes: 69 where a host is unreachable, else 1 where a store can't be used.
            """)

    @OptionGroup var project: ProjectOptions
    @OptionGroup var chosen: HostSelectionOptions

    @Flag(help: "Print one JSON object for each host, a line each.")
    var json = false

    func run() async throws {
        try await reportingErrors {
            let stores = try ChosenStores(project, chosen.selection)
            let places = stores.places
            let results = try await cancelledBySignals { await Stores().inventories(of: places) }
            var answers = zip(places, results).makeIterator()
            let runs = OngoingRuns(project: stores.manifest.directory)
            let statuses = stores.hosts.map { host in
                HostStatus(
                    host: host, built: stores.bundles[host.target],
                    application: stores.manifest.name,
                    inventory: host.via != .local ? answers.next()?.1 : nil,
                    runs: runs.names(of: host.name))
            }
            if json {
                for status in statuses { try printResult(jsonLine(status)) }
            } else {
                try CommandOutput.write(StatusTable(statuses).text)
                statuses.compactMap(\.error).forEach(printHostFailure)
            }
            let code = statuses.compactMap(\.error).exitCode
            if code != .done { throw ArgumentParser.ExitCode(code.rawValue) }
        }
    }
}

/// Runs of the project that go on, with their hosts.
struct OngoingRuns {
    private var hosts: [(run: String, hosts: Set<String>)] = []

    init(project: String) {
        let runs = "\(project)/.marionette/runs"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: runs)) ?? []
        for name in names.sorted() where RunRecord.isAlive(directory: "\(runs)/\(name)") {
            // Before it listens, and when it ends, it has nothing to say.
            guard case .hosts(let list) = try? RunControl.ask(.list, of: "\(runs)/\(name)") else {
                continue
            }
            hosts.append((name, Set(list.filter { $0.state != .left }.map(\.name))))
        }
    }

    func names(of host: String) -> [String] {
        hosts.filter { $0.hosts.contains(host) }.map(\.run)
    }
}
