import ArgumentParser
import Console
import Diagnostics
import Foundation
import InterfaceCompiler
import Inventory
import Replaying
import RunRecords
import SlaveBuild

struct CompareCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Execute a capsule's operation for several targets and compare the results.",
        discussion: """
            Each target's slave is built, and executed on this machine, under an emulator if need be. \
            Results are compared to the bit; the first field that differs is printed with the value \
            of each target.

            A result that the capsule has is compared as well.

            Exit codes: 0 all results are equal, 1 if not, or if the operation did not succeed \
            everywhere.
            """)

    @OptionGroup var project: ProjectOptions

    @Option(
        help: ArgumentHelp(
            "Targets with commas between them, or 'all' that this machine can build and execute "
                + "(default: those of the manifest's hosts).",
            valueName: "targets"))
    var targets: String?

    @Option(
        help: ArgumentHelp(
            "Take floats as equal that are at most this many representable numbers apart.",
            valueName: "n"))
    var ulp: UInt64 = 0

    @Option(
        help: ArgumentHelp(
            "Compile the worker for this use: \(Profile.listed) (default: that of the run).",
            valueName: "profile"))
    var profile: Profile?

    @Argument(help: ArgumentHelp("The capsule's ID, or its path.", valueName: "capsule"))
    var capsule: String

    func run() async throws {
        try await reportingErrors {
            let kept = try KeptCapsules.find(capsule, project: project.directory)
            let model = try CapsuleInterface(project: project.directory).model(of: kept)
            let operation = try ReplayedOperation(kept, model)
            var preparation = try Preparation(directory: project.directory, hosts: places)
            preparation.buildsMaster = false
            preparation.profile = profile ?? kept.profile(project: project.directory)
            let paths = BuildPaths(directory: preparation.manifest.directory)
            var outcomes = OutcomeComparison.Entry.recorded(kept.capsule)
            for place in try await operation.prepare(preparation) {
                let report = try operation.report(at: place, paths: paths)
                outcomes.append(
                    OutcomeComparison.Entry(
                        target: place.description.target, outcome: report.outcome))
            }
            let comparison = OutcomeComparison(
                entries: outcomes, result: operation.operation.procedure.result, model: model,
                ulps: ulp)
            for line in comparison.lines { try printResult(line) }
            if !comparison.areEqual {
                throw ArgumentParser.ExitCode(Diagnostics.ExitCode.failed.rawValue)
            }
        }
    }

    /// A host of this machine for each target.
    private func places(_ catalog: TargetCatalog, _ hosts: [HostEntry]) throws -> [HostEntry] {
        let names: [String]
        switch targets {
        case "all":
            names = catalog.statuses().filter { $0.toolchain != nil }.map(\.target.name)
        case let list?:
            names = list.split(separator: ",").map {
                $0.trimmingCharacters(in: .whitespaces)
            }
        case nil: names = Set(hosts.map(\.target)).sorted()
        }
        var places: [HostEntry] = []
        for name in names where !places.contains(where: { $0.target == name }) {
            let target = try catalog.target(named: name)
            if let place = ReplayPlace.here(target, hosts: hosts) {
                places.append(place)
            } else if targets != "all" {
                throw ReplayError.notExecutable(target: name, emulator: target.emulator)
            } else {
                printDiagnostic(
                    Diagnostic(
                        severity: .warning,
                        summary: "'\(name)' is left out: this machine can't execute it"))
            }
        }
        guard !places.isEmpty else { throw ReplayError.noTargets }
        return places
    }
}

/// What one operation came to for several targets.
struct OutcomeComparison {
    struct Entry {
        var target: String
        var outcome: ReplayOutcome

        /// The result that a capsule has.
        static func recorded(_ capsule: Capsule) -> [Entry] {
            guard case .result(let bytes) = capsule.outcome else { return [] }
            return [Entry(target: "in the run", outcome: .result(bytes))]
        }
    }

    let entries: [Entry]
    /// nil: the operation has none.
    let result: ValueType?
    let model: InterfaceModel
    let ulps: UInt64

    var areEqual: Bool { results.count == entries.count && differences.isEmpty }

    var lines: [String] {
        let width = entries.map(\.target.count).max() ?? 0
        var lines = entries.map { "\($0.target.padding(to: width))  \(Self.text($0.outcome))" }
        let differences = differences
        // Where several targets differ first, each with what they have.
        var paths: [String] = []
        for difference in differences where !paths.contains(difference.path) {
            paths.append(difference.path)
        }
        for path in paths {
            let here = differences.filter { $0.path == path }
            guard let first = results.first, let left = here.first?.left else { continue }
            lines.append("first difference: \(path)")
            lines += ([(first.target, left)] + here.map { ($0.target, $0.right) }).map {
                "  \($0.padding(to: width))  \($1)"
            }
        }
        if differences.isEmpty, results.count > 1 {
            let how = ulps == 0 ? "" : ", floats within \(ulps) ulp"
            lines.append(
                results.count == entries.count
                    ? "all results are equal\(how)"
                    : "the \(results.count) results are equal\(how)")
        }
        if entries.count == 1 { lines.append("there is no other result to compare it with") }
        return lines
    }

    private var results: [(target: String, bytes: [UInt8])] {
        entries.compactMap { entry in
            if case .result(let bytes) = entry.outcome { (entry.target, bytes) } else { nil }
        }
    }

    /// Of each target from the first one that has a result.
    private var differences: [(target: String, path: String, left: String, right: String)] {
        guard let first = results.first, let result else { return [] }
        return results.dropFirst().compactMap { other in
            do throws(ValueFault) {
                let difference = try ValueDifference.first(
                    in: [.result(result)], of: model, first.bytes, other.bytes, ulps: ulps)
                return difference.map { (other.target, $0.path, $0.left, $0.right) }
            } catch {
                return (other.target, "result", "a value", "no value of its type: \(error)")
            }
        }
    }

    private static func text(_ outcome: ReplayOutcome) -> String {
        switch outcome {
        case .result(let bytes): "succeeded, \(bytes.count.asBytes)"
        case .failed(let reason): "failed: \(reason)"
        case .died(let how, _): how
        case .refused(let reason): reason
        case .updateFailed(let position, let reason):
            "the update at position \(position) failed: \(reason.neutral)"
        case .lost(let how): "no answer: \(how)"
        }
    }
}
