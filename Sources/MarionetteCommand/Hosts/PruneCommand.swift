import ArgumentParser
import Console
import Diagnostics
import Distribution
import Inventory
import SlaveBuild

struct PruneCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Remove from the hosts' stores what nobody needs.",
        discussion: """
            The current and the previous bundle of every application stay, and whatever a slave or \
            program uses, on any host of the manifest that has the same store. If a host can't be \
            asked, or can't say what runs there, bundles younger than a week stay as well. What \
            pushes left that were cut off is removed after a day. A bundle that was removed is \
            pushed again when a run needs it.

            Exit codes: 69 where a host is unreachable, else 1 where a store can't be used.
            """)

    @OptionGroup var project: ProjectOptions
    @OptionGroup var chosen: HostSelectionOptions

    @Flag(name: [.customShort("n"), .long], help: "Only say what would be removed.")
    var dryRun = false

    @Flag(help: "Print one JSON object for each host, a line each.")
    var json = false

    func run() async throws {
        try await reportingErrors {
            let stores = try ChosenStores(project, chosen.selection)
            // Hosts that were not chosen may use the same stores.
            let places = stores.allPlaces
            let results = try await cancelledBySignals { await Stores().inventories(of: places) }
            let known = zip(places, results).compactMap { place, result in
                (try? result.get()).map { (place: place, inventory: $0) }
            }
            let plan = PrunePlan(
                known.map(\.inventory), areAllKnown: known.count == places.count)
            let meant = Set(stores.places)
            var reports = zip(known, zip(plan.removals, plan.unsure)).compactMap { store, planned in
                meant.contains(store.place)
                    ? PruneReport(
                        place: store.place, planned: planned.0, unsure: planned.1,
                        token: store.inventory.token) : nil
            }
            var errors = zip(places, results).compactMap { place, result in
                meant.contains(place) ? result.failure : nil
            }
            if dryRun { reports.markShared() } else { errors += await remove(&reports) }
            try show(reports)
            errors.forEach(printHostFailure)
            let code = errors.exitCode
            if code != .done { throw ArgumentParser.ExitCode(code.rawValue) }
        }
    }

    private func remove(_ reports: inout [PruneReport]) async -> [DistributionError] {
        let busy = reports.filter { !$0.planned.isEmpty }
        let names = Dictionary(
            uniqueKeysWithValues: busy.map { ($0.place, $0.planned.map(\.name)) })
        let results = await Stores().remove(names, from: busy.map(\.place))
        for (report, result) in zip(busy, results) {
            guard let index = reports.firstIndex(where: { $0.place == report.place }) else {
                continue
            }
            let removed = Set((try? result.get()) ?? [])
            reports[index].removed = report.planned.filter { removed.contains($0.name) }
        }
        return results.compactMap(\.failure)
    }

    private func show(_ reports: [PruneReport]) throws {
        if json {
            for report in reports { try printResult(jsonLine(report)) }
            return
        }
        for report in reports where !report.removed.isEmpty {
            try printResult(
                "\(report.place.host): \(report.told), \(report.bytes.asBytes)")
        }
        guard !reports.isEmpty else { return }
        let bytes = reports.reduce(0) { $0 + $1.bytes }
        let isAny = reports.contains { !$0.removed.isEmpty }
        try printResult(
            !isAny ? "nothing to remove" : "\(dryRun ? "would free" : "freed") \(bytes.asBytes)")
        let unsure = reports.filter { $0.unsure > 0 }.map(\.place.host)
        if !unsure.isEmpty {
            try printResult(
                "kept on \(unsure.listed): bundles younger than a week; not every host says what it uses"
            )
        }
    }
}

/// What was removed on a host, or would be.
struct PruneReport: Encodable {
    let place: StorePlace
    let planned: [PrunePlan.Removal]
    let unsure: Int
    let token: String?
    var removed: [PrunePlan.Removal] = []

    init(place: StorePlace, planned: [PrunePlan.Removal], unsure: Int, token: String?) {
        self.place = place
        self.planned = planned
        self.unsure = unsure
        self.token = token
    }

    var bytes: Int { removed.reduce(0) { $0 + $1.bytes } }

    /// `3 bundles`, `1 bundle and 2 left-overs`
    var told: String {
        let bundles = removed.count { !$0.name.hasPrefix(".") }
        let rest = removed.count - bundles
        return [
            bundles > 0 ? counted(bundles, "bundle", "bundles") : nil,
            rest > 0 ? counted(rest, "left-over", "left-overs") : nil,
        ].compactMap(\.self).joined(separator: " and ")
    }

    private enum CodingKeys: CodingKey { case host, removed, bytes, unsure }

    func encode(to encoder: any Encoder) throws {
        var line = encoder.container(keyedBy: CodingKeys.self)
        try line.encode(place.host, forKey: .host)
        try line.encode(removed.map(\.name), forKey: .removed)
        try line.encode(bytes, forKey: .bytes)
        try line.encode(unsure, forKey: .unsure)
    }
}

extension [PruneReport] {
    /// As if it were done: where hosts share a store, the first one removes.
    fileprivate mutating func markShared() {
        var seen: Set<String> = []
        for index in indices where self[index].token.map({ seen.insert($0).inserted }) ?? true {
            self[index].removed = self[index].planned
        }
    }
}
