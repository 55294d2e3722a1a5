import ArgumentParser
import BuildGraph
import Console
import Diagnostics
import Foundation
import Inventory
import SlaveBuild

struct CleanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clean",
        abstract: "Remove what was built.",
        discussion: """
            Removes the project's .marionette/build, and those of other profiles: stubs, objects, \
            bundles, unstripped programs and the master. A debugger needs the unstripped slaves of a \
            run that goes on. What projects share stays in ~/.cache/marionette; a master that is \
            built in the project's .build is removed by 'swift package clean'. Nothing is removed on \
            hosts.
            """)

    @OptionGroup var project: ProjectOptions

    @Flag(help: "Remove the records of runs as well.")
    var runs = false

    func run() async throws {
        try await reportingErrors {
            let directory = URL(fileURLWithPath: project.directory).standardizedFileURL.path
            // The manifest may be wrong, but there must be one: -C may have been mistyped.
            guard FileManager.default.fileExists(atPath: "\(directory)/\(Manifest.fileName)") else {
                throw InventoryError.manifestMissing(directory: project.directory)
            }
            let profiles = Profile.allCases.map { BuildPaths(directory: directory, profile: $0) }
            let paths = BuildPaths(directory: directory)
            var doomed: [String] = []
            // 'swift package clean' does not know of it.
            let scratch = paths.masterScratch
            if scratch.place == .own { doomed.append(scratch.path) }
            if runs { doomed += ["runs", "latest-run"].map { "\(directory)/.marionette/\($0)" } }
            let size = (doomed + profiles.map(\.root)).reduce(0) { $0 + Self.size(of: $1) }
            // Each profile has a log of its own, which a build that goes on holds.
            for profile in profiles where FileManager.default.fileExists(atPath: profile.root) {
                try Build.removing(log: profile.log) { try Self.remove(profile.root) }
            }
            try doomed.forEach(Self.remove)
            try printResult(size == 0 ? "nothing to remove" : "removed \(size.asBytes)")
        }
    }

    private static func remove(_ path: String) throws {
        guard FileManager.default.fileExists(atPath: path) else { return }
        do { try FileManager.default.removeItem(atPath: path) } catch {
            throw CleanError(path: path, reason: error.localizedDescription)
        }
    }

    /// Bytes of all files at or below a path.
    private static func size(of path: String) -> Int {
        let below = (try? FileManager.default.subpathsOfDirectory(atPath: path)) ?? []
        return ([path] + below.map { "\(path)/\($0)" }).reduce(0) { sum, file in
            let attributes = try? FileManager.default.attributesOfItem(atPath: file)
            let isFile = attributes?[.type] as? FileAttributeType == .typeRegular
            return sum + (isFile ? attributes?[.size] as? Int ?? 0 : 0)
        }
    }
}

/// What was built can't be removed.
struct CleanError: DiagnosticError, Hashable {
    let path: String
    let reason: String

    var diagnostic: Diagnostic {
        Diagnostic(summary: "can't remove '\(path)': \(reason)")
    }
    var exitCode: Diagnostics.ExitCode { .failed }
}
