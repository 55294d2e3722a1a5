import Diagnostics
import Foundation
import Inventory
import RunRecords

/// A capsule and where it lies.
struct KeptCapsule: Sendable {
    /// As many digits of the file's digest as lists show.
    static let idLength = 8

    var path: String
    /// The run's name; nil: the file lies elsewhere.
    var run: String?
    /// The file's digest: a capsule has the same name wherever it lies.
    var name: String
    var capsule: Capsule
    /// Of the file, in bytes.
    var size: Int
    var modified: Date

    var id: String { String(name.prefix(Self.idLength)) }

    init(path: String, run: String? = nil) throws(RunRecordsError) {
        let (capsule, bytes) = try Capsule.read(path)
        self.path = path
        self.run = run
        self.capsule = capsule
        name = Capsule.name(of: bytes)
        size = bytes.count
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        modified = attributes?[.modificationDate] as? Date ?? .distantPast
    }
}

extension KeptCapsule {
    /// For which use the worker of its run was compiled; release if the run's record is gone.
    func profile(project: String) -> Profile {
        guard let run,
            let description = try? RunDescription(
                contentsOf: RunRecord.description(in: "\(project)/.marionette/runs/\(run)"))
        else { return .release }
        return description.profile.flatMap(Profile.init) ?? .release
    }
}

/// The capsules that the runs of a project left.
enum KeptCapsules {
    /// Those that can be read, the newest first; and what is wrong with the others.
    static func all(project: String) -> (capsules: [KeptCapsule], faults: [RunRecordsError]) {
        let runs = (project == "." ? "" : "\(project)/") + ".marionette/runs"
        var capsules: [KeptCapsule] = []
        var faults: [RunRecordsError] = []
        for run in names(in: runs) {
            for file in names(in: "\(runs)/\(run)")
            where file.hasPrefix("capsule-") && !file.hasSuffix(".new") {
                do throws(RunRecordsError) {
                    capsules.append(try KeptCapsule(path: "\(runs)/\(run)/\(file)", run: run))
                } catch {
                    faults.append(error)
                }
            }
        }
        capsules.sort { ($0.modified, $0.name) > ($1.modified, $1.name) }
        return (capsules, faults)
    }

    /// - Parameter text: a path, or the beginning of a name.
    static func find(_ text: String, project: String) throws -> KeptCapsule {
        let (capsules, faults) = all(project: project)
        let fitting = capsules.filter { $0.name.hasPrefix(text.lowercased()) }
        let isThere = fitting.isEmpty && FileManager.default.fileExists(atPath: text)
        if text.contains("/") || isThere {
            let run = URL(fileURLWithPath: text).deletingLastPathComponent().lastPathComponent
            let isKept = FileManager.default.fileExists(
                atPath: "\(project)/.marionette/runs/\(run)")
            return try KeptCapsule(path: text, run: isKept ? run : nil)
        }
        // One capsule may lie in several places.
        guard Set(fitting.map(\.name)).count < 2 else {
            throw KeptCapsuleError.ambiguous(text, fitting.map(\.id))
        }
        if let found = fitting.first, !text.isEmpty { return found }
        faults.map(\.diagnostic).forEach(printDiagnostic)
        throw KeptCapsuleError.unknown(text, kept: capsules.map(\.id))
    }

    private static func names(in directory: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).sorted()
    }
}

enum KeptCapsuleError: DiagnosticError, Hashable {
    case unknown(String, kept: [String])
    case ambiguous(String, [String])

    var diagnostic: Diagnostic {
        switch self {
        case .unknown(let text, let kept):
            Diagnostic(
                summary: "there is no capsule '\(text)'",
                notes: kept.isEmpty
                    ? ["no run of this project left one"]
                    : ["the newest: " + kept.prefix(5).joined(separator: ", ")],
                remedy: kept.isEmpty ? nil : "marionette crash list")
        case .ambiguous(let text, let names):
            Diagnostic(
                summary: "several capsules begin with '\(text)'",
                notes: [names.joined(separator: ", ")], remedy: "type one digit more")
        }
    }

    var exitCode: Diagnostics.ExitCode { .usage }
}
