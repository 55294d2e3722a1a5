import ArgumentParser
import Diagnostics
import Distribution
import Inventory
import SlaveBuild

struct RollbackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback",
        abstract: "Make the previous bundle current again, on all hosts or on none.",
        discussion: """
            'current/NAME' in each store, by which programs are started, then leads to the bundle \
            before the last push; a second rollback takes the first one back. Slaves and programs \
            that run go on. 'marionette run' and 'marionette push' make what is built here current \
            again.

            All hosts are asked first: nothing is changed unless each can go back, and hosts of one \
            target go back from and to the same bundle. If a host then fails, those that went back \
            are turned forward again.

            Exit codes: 0 all hosts went back; 1 none did, and why; 69 none did, because one is \
            unreachable; 75 hosts differ now.
            """)

    @OptionGroup var project: ProjectOptions
    @OptionGroup var chosen: HostSelectionOptions

    @Flag(name: [.customShort("n"), .long], help: "Only say what would be done.")
    var dryRun = false

    func run() async throws {
        try await reportingErrors {
            let stores = try ChosenStores(project, chosen.selection)
            let places = stores.places
            guard !places.isEmpty else { throw RollbackRefusal.noStore }
            let isDry = dryRun
            let (turns, outcome) = try await cancelledBySignals {
                let results = await Stores().inventories(of: places)
                let failures = results.compactMap(\.failure)
                if !failures.isEmpty { throw RollbackRefusal.unasked(failures) }
                let turns = try Rollback.plan(places, results.compactMap { try? $0.get() })
                return (turns, isDry ? .done : await Rollback().run(places, turns))
            }
            switch outcome {
            case .turnedBack(let failures): throw RollbackRefusal.turnedBack(failures)
            case .partial(let hosts, let failures):
                throw RollbackRefusal.partial(hosts, failures)
            case .done: break
            }
            try show(places, turns)
        }
    }

    private func show(_ places: [StorePlace], _ turns: [Rollback.Turn]) throws {
        var seen: [Rollback.Turn] = []
        for turn in turns where !seen.contains(turn) {
            seen.append(turn)
            let hosts = zip(places, turns).filter { $1 == turn }.map(\.0.host)
            try printResult(
                "\(hosts.listed): \(dryRun ? "would go " : "")from \(turn.from.prefix(12)) back to"
                    + " \(turn.to.prefix(12))")
        }
    }
}

/// Why not all hosts went back.
enum RollbackRefusal: DiagnosticError {
    case noStore
    case unasked([DistributionError])
    case turnedBack([DistributionError])
    case partial([String], [DistributionError])

    var exitCode: Diagnostics.ExitCode {
        switch self {
        case .noStore: .configuration
        case .unasked(let failures): failures.exitCode
        case .turnedBack: .failed
        case .partial: .partial
        }
    }

    var diagnostic: Diagnostic {
        switch self {
        case .noStore:
            Diagnostic(summary: "none of the hosts has a store: they are of this machine")
        case .unasked: Diagnostic(summary: "nothing was changed on any host")
        case .turnedBack:
            Diagnostic(summary: "all hosts have their bundle as before: not all could go back")
        case .partial(let hosts, _):
            Diagnostic(
                summary: "the hosts differ now: \(hosts.listed) can't be turned either way",
                remedy: "'marionette status --json' shows what each has; marionette push makes them"
                    + " equal")
        }
    }

    var diagnostics: [Diagnostic] {
        switch self {
        case .noStore: [diagnostic]
        case .unasked(let failures), .turnedBack(let failures), .partial(_, let failures):
            failures.map(\.diagnostic) + [diagnostic]
        }
    }
}
