import ArgumentParser
import Diagnostics
import InterfaceCompiler

/// `render` or `render=5`: the first operations of a name that succeed leave a capsule.
struct CaptureWish: ExpressibleByArgument, Hashable {
    var operation: String
    var count: Int

    init?(argument: String) {
        let parts = argument.split(separator: "=", omittingEmptySubsequences: false)
        guard let name = parts.first, !name.isEmpty, parts.count < 3 else { return nil }
        operation = String(name)
        count = 1
        guard parts.count == 2 else { return }
        guard let count = Int(parts[1]), count > 0 else { return nil }
        self.count = count
    }

    /// nil: there are none.
    static func counts(_ wishes: [CaptureWish]) -> [String: Int]? {
        guard !wishes.isEmpty else { return nil }
        return Dictionary(wishes.map { ($0.operation, $0.count) }) { $1 }
    }

    /// Throws for a name that is no operation of a worker. An interface with faults is the build's
    /// matter.
    static func check(_ wishes: [CaptureWish], project: String) throws {
        guard !wishes.isEmpty, let model = try? CapsuleInterface(project: project).model() else {
            return
        }
        try check(wishes, model)
    }

    static func check(_ wishes: [CaptureWish], _ model: InterfaceModel) throws(CaptureError) {
        let operations = model.application?.operations.filter { $0.kind != .context } ?? []
        let names = operations.map(\.procedure.name)
        if let unknown = wishes.first(where: { !names.contains($0.operation) }) {
            throw .unknownOperation(unknown.operation, known: names)
        }
    }
}

enum CaptureError: DiagnosticError, Hashable {
    case unknownOperation(String, known: [String])

    var diagnostic: Diagnostic {
        switch self {
        case .unknownOperation(let name, let known):
            Diagnostic(
                summary: "the interface has no worker operation '\(name)' to capture",
                notes: ["operations: \(known.joined(separator: ", "))"],
                remedy: nearest(to: name, among: known).map { "did you mean '\($0)'?" })
        }
    }

    var exitCode: Diagnostics.ExitCode { .usage }
}
