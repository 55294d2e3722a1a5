import Console
import Diagnostics
import Distribution
import Inventory

/// A host's store beside what was built here, and a line of `marionette status --json`; what is not known
/// is left out of that.
struct HostStatus: Encodable {
    enum Bundle: String, Encodable { case current, inactive, older, damaged, none, unknown }

    let host: String
    let target: String
    /// `ready`, `local`, or why not: `unreachable`.
    let state: String
    let bundle: Bundle
    /// Digests: of what was built here, and of what the store's links lead to.
    let built: String?
    let current: String?
    let previous: String?
    let store: String?
    /// In bytes.
    let size: Int?
    let free: Int?
    let running: Int?
    let processes: [Int]?
    let runs: [String]
    let error: DistributionError?

    init(
        host: HostEntry, built: String?, application: String,
        inventory: Result<StoreInventory, DistributionError>?, runs: [String]
    ) {
        self.host = host.name
        target = host.target
        self.built = built
        self.runs = runs
        error = inventory?.failure
        let found = try? inventory?.get()
        state = inventory == nil ? "local" : error?.state ?? "ready"
        current = found?.current[application]
        previous = found?.previous[application]
        store = found?.store
        size = found?.size
        free = found?.free
        running = found?.programs
        processes = found?.ownProcesses?.map(\.identifier)
        bundle = Self.bundle(inventory, found, built: built, current: current)
    }

    private static func bundle(
        _ asked: Result<StoreInventory, DistributionError>?, _ found: StoreInventory?,
        built: String?, current: String?
    ) -> Bundle {
        // On this machine a slave runs where it was built.
        guard asked != nil else { return built == nil ? .none : .current }
        guard let found else { return .unknown }
        switch found.presence {
        // Where no link was ever made, nobody was led elsewhere.
        case .yes: return current == nil || current == built ? .current : .inactive
        case .damaged: return .damaged
        case .no: return built == nil && current != nil ? .unknown : current == nil ? .none : .older
        }
    }

    private enum CodingKeys: CodingKey {
        case host, target, state, bundle, built, current, previous, store, size, free, running
        case processes, runs, error, remedy
    }

    func encode(to encoder: any Encoder) throws {
        var line = encoder.container(keyedBy: CodingKeys.self)
        try line.encode(host, forKey: .host)
        try line.encode(target, forKey: .target)
        try line.encode(state, forKey: .state)
        try line.encode(bundle, forKey: .bundle)
        try line.encodeIfPresent(built, forKey: .built)
        try line.encodeIfPresent(current, forKey: .current)
        try line.encodeIfPresent(previous, forKey: .previous)
        try line.encodeIfPresent(store, forKey: .store)
        try line.encodeIfPresent(size, forKey: .size)
        try line.encodeIfPresent(free, forKey: .free)
        try line.encodeIfPresent(running, forKey: .running)
        try line.encodeIfPresent(processes, forKey: .processes)
        try line.encode(runs, forKey: .runs)
        try line.encodeIfPresent(error?.diagnostic.summary, forKey: .error)
        try line.encodeIfPresent(error?.diagnostic.remedy, forKey: .remedy)
    }
}

/// Statuses as a table of at most 80 columns. Of many hosts, those whose rows are equal share one.
struct StatusTable {
    let statuses: [HostStatus]

    private static let hostMax = 18
    /// From so many hosts on equal rows are folded.
    static let foldedFrom = 17

    init(_ statuses: [HostStatus]) { self.statuses = statuses }

    /// Lines without trailing blanks, each ended by a newline.
    var text: String {
        var table = TextTable()
        table.add("host", atMost: Self.hostMax)
        table.add("target", atMost: 22)
        table.add("bundle")
        table.add("running", .right)
        table.add("store", .right, atMost: 8)
        table.add("free", .right, atMost: 8)
        let groups = groups
        let rows = table.lines(groups.map { [isLongFold($0.hosts) ? "" : $0.hosts] + $0.cells })
        let lines = zip(groups, rows.dropFirst()).flatMap { group, row in
            isLongFold(group.hosts) ? [group.hosts.neutral, row] : [row]
        }
        return (rows.prefix(1) + lines + footnotes).map { $0 + "\n" }.joined()
    }

    /// Many names, which stand in a line of their own.
    private func isLongFold(_ hosts: String) -> Bool {
        hosts.count > Self.hostMax && hosts.contains { "[,".contains($0) }
    }

    private var groups: [(hosts: String, cells: [String])] {
        let rows = statuses.map { (host: $0.host, cells: cells($0)) }
        guard rows.count >= Self.foldedFrom else { return rows.map { ($0.host, $0.cells) } }
        var order: [[String]] = []
        var hosts: [[String]: [String]] = [:]
        for row in rows {
            if hosts[row.cells] == nil { order.append(row.cells) }
            hosts[row.cells, default: []].append(row.host)
        }
        return order.map { cells in
            (foldedHostNames(hosts[cells] ?? []).joined(separator: ","), cells)
        }
    }

    private func cells(_ status: HostStatus) -> [String] {
        let bundle = status.bundle == .unknown ? "?" : status.bundle.rawValue
        if status.error != nil { return [status.target, status.state] }
        if status.state == "local" { return [status.target, bundle, "-", "-", "-"] }
        return [
            status.target, bundle, status.running.map(String.init) ?? "?",
            status.size.map(\.asBytes) ?? "?", status.free.map(\.asBytes) ?? "?",
        ]
    }

    private var footnotes: [String] {
        var notes: [String] = []
        if statuses.contains(where: { $0.bundle == .unknown && $0.error == nil }) {
            notes.append("? nothing was built here to compare with: marionette build")
        }
        let runs = Set(statuses.flatMap(\.runs)).sorted()
        return notes
            + runs.map { run in
                let hosts = statuses.filter { $0.runs.contains(run) }.map(\.host)
                return "run \(run): \(foldedHostNames(hosts).joined(separator: ", "))"
            }
    }
}
