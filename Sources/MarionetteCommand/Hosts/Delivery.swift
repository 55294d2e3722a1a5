import Archives
import Console
import Diagnostics
import Distribution
import Inventory
import SlaveBuild
import Transport

/// Brings bundles to the hosts of a manifest, each as soon as it is ready, and tells what happened.
struct Delivery: Sendable {
    let hosts: [HostEntry]
    /// The project's.
    let name: String
    let manifest: Manifest
    let architectures: [String: TargetArchitecture]
    /// By the target's name.
    let emulators: [String: String]
    let board: StatusBoard

    init(manifest: Manifest, targets: [Target], board: StatusBoard = .standard) {
        hosts = manifest.hosts
        name = manifest.name
        self.manifest = manifest
        architectures = Dictionary(
            uniqueKeysWithValues: targets.map { ($0.name, TargetArchitecture($0)) })
        emulators = Dictionary(
            uniqueKeysWithValues: targets.compactMap { target in
                target.emulator.map { (target.name, $0) }
            })
        self.board = board
    }

    /// A host with its slave in place, or what kept it away.
    struct Arrival: Sendable {
        var host: HostEntry
        var slave: BuiltSlave
        var result: Result<PushOutcome, DistributionError>
    }

    /// Serves every host of each bundle's target; hosts on this machine run what was built where it
    /// is.
    func deliver(_ bundles: AsyncStream<BuiltSlave>) async -> [Arrival] {
        await withTaskGroup(of: [Arrival].self) { group in
            for await slave in bundles {
                group.addTask { await deliver(slave) }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
    }

    private func deliver(_ slave: BuiltSlave) async -> [Arrival] {
        let served = hosts.filter { $0.target == slave.target }
        let here = served.filter { $0.via == .local }.map { host in
            Arrival(host: host, slave: slave, result: local(host, slave))
        }
        let remote = served.filter { $0.via != .local }
        let orders = remote.compactMap { order($0, slave) }
        let results = await Push().all(orders) { index, sent in
            let size = slave.bundle.size
            board.update(
                "push.\(orders[index].host)",
                "\(orders[index].host) \(sent.asBytes) of \(size.asBytes)")
        }
        for (order, result) in zip(orders, results) { show(order.host, result) }
        return here
            + zip(remote, results).map { Arrival(host: $0, slave: slave, result: $1) }
    }

    /// On this machine a slave runs where it was built. Nobody has started it before the run does.
    private func local(
        _ host: HostEntry, _ slave: BuiltSlave
    ) -> Result<PushOutcome, DistributionError> {
        if let emulator = host.emulator.first, Programs.named(emulator).isEmpty {
            return .failure(.noEmulator(host: host.name, emulator: emulator))
        }
        if host.emulator.isEmpty, let architecture = architectures[host.target],
            let machine = LocalMachine.refuses(slave.slave)
        {
            return .failure(
                .notExecutable(
                    host: host.name, target: architecture.target, machine: machine,
                    emulator: emulators[host.target]))
        }
        return .success(PushOutcome(result: .alreadyThere, slave: slave.slave))
    }

    private func order(_ host: HostEntry, _ slave: BuiltSlave) -> PushOrder? {
        architectures[host.target].map { architecture in
            PushOrder(
                host: host.name, endpoint: host.endpoint(in: manifest),
                store: host.store, emulator: host.emulator, architecture: architecture,
                bundle: slave.bundle, current: name)
        }
    }

    private func show(_ host: String, _ result: Result<PushOutcome, DistributionError>) {
        switch (try? result.get())?.result {
        case .pushed(let bytes, let seconds):
            board.finish("push.\(host)", "\(host) \(bytes.asBytes) in \(seconds.asSeconds)")
        case .shared(let other):
            board.finish("push.\(host)", "\(host) has the store of \(other)")
        case .alreadyThere, nil: board.remove("push.\(host)")
        }
    }
}

extension [Delivery.Arrival] {
    /// Where programs are, a line for each directory with the hosts that have it; empty where there
    /// are no programs.
    func programLines(in directory: String) -> [String] {
        var places: [(place: String, hosts: [String])] = []
        for arrival in self {
            guard case .success(let outcome) = arrival.result, !arrival.slave.programs.isEmpty
            else { continue }
            let bin =
                outcome.current.map { "\($0)/bin" }
                ?? arrival.slave.programs[0].path.split(
                    separator: "/", omittingEmptySubsequences: false
                )
                .dropLast().joined(separator: "/")
            let prefix = "\(directory)/"
            let told = bin.hasPrefix(prefix) ? String(bin.dropFirst(prefix.count)) : bin
            let names = arrival.slave.programs.map(\.name).joined(separator: " ")
            let place = "\(told): \(names)"
            if let index = places.firstIndex(where: { $0.place == place }) {
                places[index].hosts.append(arrival.host.name)
            } else {
                places.append((place, [arrival.host.name]))
            }
        }
        return places.map { "\($0.hosts.listed) \($0.place)" }
    }

    /// One line on the hosts that had their bundle already; nil where there is none.
    var unchangedLine: String? {
        let remote = filter { $0.host.via != .local }
        let present = remote.filter { (try? $0.result.get())?.result == .alreadyThere }
        guard !present.isEmpty else { return nil }
        return present.count == remote.count
            ? "nothing to push: \(counted(present.count, "host has its", "hosts have their")) bundle"
            : "\(counted(present.count, "host has its", "hosts have their")) bundle already"
    }

    /// Where programs of one target took the place of another's, which a run does not mind.
    func displacements(of application: String) -> [Diagnostic] {
        compactMap { arrival in
            guard !arrival.slave.programs.isEmpty,
                let target = (try? arrival.result.get())?.displaced
            else { return nil }
            return Diagnostic(
                severity: .warning,
                summary:
                    "host '\(arrival.host.name)': the current bundle of '\(application)' in its"
                    + " store was one for \(target)",
                notes: [
                    "hosts of different targets that share a store replace each other's programs"
                ],
                remedy: "if they share it, give each target a directory of its own with 'store:'")
        }
    }

    var failures: [DistributionError] {
        compactMap { if case .failure(let error) = $0.result { error } else { nil } }
    }
}

/// Hosts could not be served.
struct DeliveryError: DiagnosticError {
    /// Never empty.
    let failures: [DistributionError]
    /// `run` or `push`, which go on without them where they are given `-k`; nil: nothing does.
    let command: String?

    var diagnostics: [Diagnostic] {
        var told = failures.map(\.diagnostic)
        if failures.count == 1 {
            if let command {
                told[0].notes.append("'marionette \(command) -k' goes on without it\(addition)")
            }
        } else {
            told.append(
                Diagnostic(
                    summary: "\(failures.count) hosts did not get their slave",
                    remedy: command.map {
                        "marionette \($0) -k goes on without them\(addition)"
                    }))
        }
        return told
    }
    var diagnostic: Diagnostic { diagnostics[0] }
    var exitCode: Diagnostics.ExitCode { failures[0].exitCode }

    /// A run looks for hosts that were out of reach, and for no others.
    private var addition: String {
        let areUnreached = failures.allSatisfy { $0.exitCode == .unreachable }
        return command == "run" && areUnreached ? ", and takes in what comes up later" : ""
    }
}

/// `1 host`, `3 hosts`.
func counted(_ count: Int, _ one: String, _ many: String) -> String {
    "\(count.grouped) \(count == 1 ? one : many)"
}

extension TargetArchitecture {
    init(_ target: Target) {
        self.init(
            target: target.name, machines: target.machines, isBigEndian: target.endianness == .big,
            wordBits: target.wordBits, processor: target.processor)
    }
}

extension HostEntry {
    /// Where the host is found.
    func endpoint(in manifest: Manifest) -> Endpoint {
        switch via {
        case .local: .local
        case .ssh:
            .ssh(
                SSHDestination(
                    host: address ?? name, user: user, port: port,
                    configuration: manifest.sshConfiguration))
        case .command(let words):
            .command(ShellCommand(words: words, directory: manifest.directory))
        }
    }
}
