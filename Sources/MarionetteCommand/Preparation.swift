import BuildGraph
import Console
import Diagnostics
import Foundation
import Inventory
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
    let board: StatusBoard

    /// - Parameter serial: this machine alone, whatever the manifest says.
    init(directory: String, serial: Bool = false, board: StatusBoard = .standard) throws {
        catalog = try TargetCatalog.load()
        manifest = try Manifest.load(directory: directory, catalog: catalog)
        if serial {
            guard let native = catalog.native else { throw PreparationError.noNativeTarget }
            manifest.hosts = [
                HostEntry(name: "local", target: native.name, via: .local, workers: 1)
            ]
        }
        try manifest.checkSSH()
        targets = try manifest.targetNames.map { [catalog] in try catalog.target(named: $0) }
        self.board = board
    }

    /// What a run needs.
    struct Outcome: Sendable {
        var products: ApplicationProducts
        /// Those that are ready, in the manifest's order.
        var arrivals: [Delivery.Arrival]
    }

    /// - Throws: what the build or the first failed host threw; nothing is half built or half
    /// pushed then.
    func run() async throws -> Outcome {
        var build = try ApplicationBuild(manifest: manifest, targets: targets, data: catalog.data)
        if let jobs { build.jobs = jobs }
        build.keepsGoing = keepsGoing
        build.buildsMaster = buildsMaster
        let (bundles, ready) = AsyncStream.makeStream(of: BuiltSlave.self)
        let delivery = Delivery(manifest: manifest, targets: targets, board: board)
        async let delivered = delivery.deliver(bundles)
        let products: ApplicationProducts
        do {
            var display = BuildDisplay(board: board)
            products = try await build.run(
                onEvent: { display.show($0) }, onBundle: { ready.yield($0) })
            display.finish()
            ready.finish()
        } catch {
            ready.finish()
            _ = await delivered
            throw error
        }
        return Outcome(products: products, arrivals: try settle(await delivered))
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
            throw DeliveryError(
                failures: failures,
                hint: served.isEmpty ? nil : "marionette run --keep-going goes on without them")
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

    var diagnostic: Diagnostic {
        switch self {
        case .noNativeTarget:
            Diagnostic(
                summary: "no target is for this machine, so nothing can run here",
                remedy: "marionette targets")
        }
    }

    var exitCode: Diagnostics.ExitCode { .configuration }
}
