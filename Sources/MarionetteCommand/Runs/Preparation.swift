import BuildGraph
import Console
import Diagnostics
import Distribution
import Foundation
import Inventory
import RunRecords
import SlaveBuild

/// What stands between a manifest and a run: every slave built and in its place, and the master.
///
/// The steps overlap: a host whose bundle is ready receives it while another target compiles.
struct Preparation: Sendable {
    var manifest: Manifest
    let targets: [Target]
    let catalog: TargetCatalog
    var jobs: Int?
    /// Go on without the hosts that could not be served, as long as one is left.
    var keepsGoing = false
    var buildsMaster = true
    /// The command that goes on without hosts where it is given `-k`; nil: none does.
    var command: String?
    var showsCommands = false
    var profile = Profile.release
    /// As the user named it.
    let directory: String
    let board: StatusBoard

    /// - Parameters:
    ///   - serial: this machine alone, whatever the manifest says.
    ///   - host: this host of the manifest alone.
    ///   - selection: these hosts alone.
    init(
        directory: String, serial: Bool = false, host: String? = nil,
        selection: HostSelection = HostSelection(), board: StatusBoard = .standard
    ) throws {
        try self.init(directory: directory, board: board) { catalog, hosts in
            if serial {
                guard let native = catalog.native else { throw PreparationError.noNativeTarget }
                return [HostEntry(name: "local", target: native.name, via: .local, workers: 1)]
            }
            if let host { return [try Self.host(host, among: hosts)] }
            return try selection.selected(from: hosts)
        }
        if host == nil, selection.isAll, !serial {
            manifest.idleProgramWarnings.forEach(printDiagnostic)
        }
    }

    static func host(_ name: String, among hosts: [HostEntry]) throws -> HostEntry {
        guard let host = hosts.first(where: { $0.name == name }) else {
            throw PreparationError.unknownHost(
                name: name, nearest: nearest(to: name, among: hosts.map(\.name)))
        }
        return host
    }

    /// - Parameter choose: the hosts, of those of the manifest or others.
    init(
        directory: String, board: StatusBoard = .standard,
        hosts choose: (TargetCatalog, [HostEntry]) throws -> [HostEntry]
    ) throws {
        catalog = try TargetCatalog.load(project: directory, shownAs: directory)
        manifest = try Manifest.load(directory: directory, catalog: catalog)
        manifest.hosts = try choose(catalog, manifest.hosts)
        try manifest.checkSSH()
        self.directory = directory
        targets = try manifest.targetNames.map { [catalog] in try catalog.target(named: $0) }
        self.board = board
    }

    /// What a run needs.
    struct Outcome: Sendable {
        var products: ApplicationProducts
        /// Those that are ready, in the manifest's order.
        var arrivals: [Delivery.Arrival]
        /// Those that did not answer, and may come up later.
        var absent: [String] = []
        /// Why the others are not ready.
        var failures: [DistributionError] = []

        /// How the run of an application reaches the host of an arrival.
        func description(
            of arrival: Delivery.Arrival, _ manifest: Manifest
        ) -> RunDescription.HostDescription? {
            guard case .success(let pushed) = arrival.result else { return nil }
            return RunDescription.HostDescription(
                name: arrival.host.name, target: arrival.host.target,
                endpoint: arrival.host.endpoint(in: manifest),
                command: arrival.host.emulator + [pushed.slave],
                workers: arrival.host.workers ?? 0,
                build: arrival.slave.bundle.identity.build)
        }
    }

    /// - Throws: what the build or the first failed host threw; nothing is half built or half
    /// pushed then.
    func run() async throws -> Outcome {
        var build = try ApplicationBuild(manifest: manifest, targets: targets, data: catalog.data)
        if let jobs { build.jobs = jobs }
        build.keepsGoing = keepsGoing
        build.buildsMaster = buildsMaster
        build.showsCommands = showsCommands
        build.profile = profile
        let (bundles, ready) = AsyncStream.makeStream(of: BuiltSlave.self)
        let delivery = Delivery(manifest: manifest, targets: targets, board: board)
        async let delivered = delivery.deliver(bundles)
        let products: ApplicationProducts
        do {
            products = try await build.run(showing: display) { ready.yield($0) }
            ready.finish()
        } catch {
            ready.finish()
            _ = await delivered
            throw error
        }
        let arrivals = await delivered
        let absent = arrivals.filter {
            if case .failure(let error) = $0.result {
                error.exitCode == .unreachable
            } else {
                false
            }
        }
        return Outcome(
            products: products, arrivals: try settle(arrivals), absent: absent.map(\.host.name),
            failures: arrivals.failures)
    }

    private var display: BuildDisplay {
        BuildDisplay(
            board: board,
            remarks: BuildRemarks(
                directory: manifest.directory, shownAs: directory, keepsGoing: keepsGoing),
            showsCommands: showsCommands)
    }

    private func settle(_ arrivals: [Delivery.Arrival]) throws -> [Delivery.Arrival] {
        if let line = arrivals.unchangedLine { board.finish("push", line) }
        let failures = arrivals.failures
        let served = manifest.hosts.compactMap { host in
            arrivals.first { arrival in
                if case .success = arrival.result { arrival.host == host } else { false }
            }
        }
        if !failures.isEmpty, !keepsGoing || served.isEmpty {
            // With no host served there is nothing to go on with, with or without -k.
            let command = served.isEmpty || keepsGoing ? nil : self.command
            throw DeliveryError(failures: failures, command: command)
        }
        for displacement in arrivals.displacements(of: manifest.name) {
            board.note(displacement.rendered)
        }
        for failure in failures {
            var diagnostic = failure.diagnostic
            diagnostic.severity = .warning
            board.note(diagnostic.rendered)
        }
        return served
    }
}

enum PreparationError: DiagnosticError {
    case noNativeTarget
    case noApplication
    case unknownHost(name: String, nearest: String?)

    var diagnostic: Diagnostic {
        switch self {
        case .noNativeTarget:
            Diagnostic(
                summary: "no target is for this machine, so nothing can run here",
                remedy: "marionette targets")
        case .noApplication:
            Diagnostic(
                summary: "\(Manifest.fileName) has programs and no application: nothing to run",
                notes: ["an application has the keys 'interface', 'master' and 'worker'"],
                remedy: "marionette push brings the programs to the hosts")
        case .unknownHost(let name, let nearest):
            Diagnostic(
                summary: "host '\(name)' is not in marionette.yaml",
                remedy: nearest.map { "did you mean '\($0)'?" })
        }
    }

    var exitCode: Diagnostics.ExitCode { .configuration }
}
