import Archives
import Diagnostics
import Distribution
import Foundation
import Inventory
import SlaveBuild

/// The hosts that a command on stores is for, and what this machine knows of them.
struct ChosenStores {
    let manifest: Manifest
    /// Those that were chosen.
    let hosts: [HostEntry]
    /// Digests of the bundles that were built last, by target.
    let bundles: [String: String]

    init(_ project: ProjectOptions, _ selection: HostSelection) throws {
        manifest = try Manifest.load(directory: project.directory)
        hosts = try selection.selected(from: manifest.hosts)
        try manifest.checkSSH()
        let paths = BuildPaths(directory: manifest.directory)
        let targets = Set(manifest.hosts.map(\.target))
        bundles = Dictionary(
            uniqueKeysWithValues: targets.compactMap { target in
                let file = paths.manifest(target)
                guard let text = try? String(contentsOfFile: file, encoding: .utf8),
                    let manifest = try? BundleManifest(text: text)
                else { return nil }
                return (target, manifest.digest.description)
            })
    }

    /// nil: a host of this machine, which has none.
    func place(of host: HostEntry) -> StorePlace? {
        guard host.via != .local else { return nil }
        return StorePlace(
            host: host.name, target: host.target,
            endpoint: host.endpoint(in: manifest), store: host.store,
            application: manifest.name, bundle: bundles[host.target])
    }

    /// Of the chosen hosts, those that have one.
    var places: [StorePlace] { hosts.compactMap(place) }

    /// Of all hosts of the manifest.
    var allPlaces: [StorePlace] { manifest.hosts.compactMap(place) }
}

/// A host without its advice to ask all hosts, where that is what the command does.
func printHostFailure(_ error: DistributionError) {
    var diagnostic = error.diagnostic
    if diagnostic.remedy == "marionette hosts" { diagnostic.remedy = nil }
    printDiagnostic(diagnostic)
}

extension Sequence<DistributionError> {
    /// 69 where a host is out of reach, else that of the first, else 0.
    var exitCode: Diagnostics.ExitCode {
        let codes = map(\.exitCode)
        return codes.contains(.unreachable) ? .unreachable : codes.first ?? .done
    }
}

extension Result where Failure == DistributionError {
    var failure: DistributionError? {
        if case .failure(let error) = self { error } else { nil }
    }
}

/// One JSON object in one line.
func jsonLine(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
}
