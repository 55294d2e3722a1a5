import ArgumentParser
import Diagnostics
import Distribution
import Inventory
import SlaveBuild

struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Read every file in the hosts' stores, and name those that are damaged.",
        discussion: """
            Each host compares every file of every bundle with the bundle's manifest, and the \
            manifest with the bundle's name. A damaged bundle is marked: the next push of it sends \
            it again, and 'marionette prune' removes it where nobody needs it. The host needs \
            sha256sum and awk for this.

            Exit codes: 69 where a host is unreachable, else 1 where a bundle is damaged.
            """)

    @OptionGroup var project: ProjectOptions
    @OptionGroup var chosen: HostSelectionOptions

    @Flag(name: [.customShort("n"), .long], help: "Mark nothing.")
    var dryRun = false

    @Flag(help: "Print one JSON object for each host, a line each.")
    var json = false

    func run() async throws {
        try await reportingErrors {
            let stores = try ChosenStores(project, chosen.selection)
            let places = stores.places
            let marks = !dryRun
            let results = try await cancelledBySignals {
                await Stores().verify(places, marks: marks)
            }
            let reports = zip(places, results).map { VerifyReport(place: $0, result: $1) }
            if json {
                for report in reports { try printResult(jsonLine(report)) }
            } else {
                try show(reports)
            }
            let code = reports.flatMap(\.errors).exitCode
            if code != .done { throw ArgumentParser.ExitCode(code.rawValue) }
        }
    }

    private func show(_ reports: [VerifyReport]) throws {
        var lines: [(text: String, hosts: [String])] = []
        for report in reports {
            guard let found = report.found else { continue }
            let text =
                found.whole.isEmpty
                ? "no whole bundle"
                : counted(found.whole.count, "bundle is whole", "bundles are whole")
            if let index = lines.firstIndex(where: { $0.text == text }) {
                lines[index].hosts.append(report.place.host)
            } else {
                lines.append((text, [report.place.host]))
            }
        }
        for line in lines { try printResult("\(line.hosts.listed): \(line.text)") }
        reports.flatMap(\.errors).forEach(printHostFailure)
    }
}

/// What was found on a host.
struct VerifyReport: Encodable {
    let place: StorePlace
    let found: StoreVerification?
    let errors: [DistributionError]

    init(place: StorePlace, result: Result<StoreVerification, DistributionError>) {
        self.place = place
        found = try? result.get()
        let faults = found?.faults ?? []
        errors =
            [result.failure].compactMap(\.self)
            + Set(faults.map(\.bundle)).sorted().map { bundle in
                .bundleDamaged(
                    host: place.host, bundle: bundle,
                    files: faults.filter { $0.bundle == bundle }.map(\.file))
            }
    }

    private enum CodingKeys: CodingKey { case host, store, whole, damaged, error }

    private struct Damaged: Encodable {
        let bundle: String
        let files: [String]
    }

    func encode(to encoder: any Encoder) throws {
        var line = encoder.container(keyedBy: CodingKeys.self)
        try line.encode(place.host, forKey: .host)
        guard let found else {
            try line.encodeIfPresent(errors.first?.diagnostic.summary, forKey: .error)
            return
        }
        try line.encode(found.store, forKey: .store)
        try line.encode(found.whole, forKey: .whole)
        let damaged = errors.compactMap { error -> Damaged? in
            if case .bundleDamaged(_, let bundle, let files) = error {
                Damaged(bundle: bundle, files: files)
            } else {
                nil
            }
        }
        try line.encode(damaged, forKey: .damaged)
    }
}
