import Diagnostics
import Foundation
import Inventory

/// Where an operation is executed again.
enum ReplayPlace {
    /// How this machine executes what is built for a target: itself, or by an emulator.
    ///
    /// - Parameters:
    ///   - hosts: of the manifest; the emulator of one on this machine goes before the target's.
    ///   - isThere: whether this machine has a program.
    /// - Returns: nil: it can't.
    static func here(
        _ target: Target, hosts: [HostEntry], machine: String = TargetCatalog.machineHere,
        isThere: (String) -> Bool = { !Programs.named($0).isEmpty }
    ) -> HostEntry? {
        if let host = hosts.first(where: { $0.via == .local && $0.target == target.name }),
            host.emulator.first.map(isThere) ?? true
        {
            return HostEntry(
                name: target.name, target: target.name, via: .local, workers: 1,
                emulator: host.emulator)
        }
        if target.machines.contains(machine) {
            return HostEntry(name: target.name, target: target.name, via: .local, workers: 1)
        }
        guard let emulator = target.emulator, isThere(emulator) else { return nil }
        return HostEntry(
            name: target.name, target: target.name, via: .local, workers: 1, emulator: [emulator])
    }

    /// What the user asked for, or else the target on which the operation was executed, or else this
    /// machine's own.
    static func chosen(
        target name: String?, isNative: Bool, recorded: String, _ catalog: TargetCatalog,
        _ hosts: [HostEntry]
    ) throws -> HostEntry {
        if let name {
            let target = try catalog.target(named: name)
            guard let place = here(target, hosts: hosts) else {
                throw ReplayError.notExecutable(target: name, emulator: target.emulator)
            }
            return place
        }
        if !isNative, let target = try? catalog.target(named: recorded),
            let place = here(target, hosts: hosts)
        {
            return place
        }
        if !isNative, let target = try? catalog.target(named: recorded) {
            var diagnostic = ReplayError.notExecutable(target: recorded, emulator: target.emulator)
                .diagnostic
            diagnostic.severity = .warning
            printDiagnostic(diagnostic)
        }
        guard let native = catalog.native, let place = here(native, hosts: hosts) else {
            throw PreparationError.noNativeTarget
        }
        return place
    }
}

enum ReplayError: DiagnosticError, Hashable {
    case notExecutable(target: String, emulator: String?)
    case notOfOperations(capsule: String, operation: String)
    case noTargets

    var diagnostic: Diagnostic {
        switch self {
        case .notExecutable(let target, let emulator):
            Diagnostic(
                summary: "this machine can't execute what is built for '\(target)'",
                notes: emulator.map { ["PATH has no \($0)"] } ?? [],
                remedy: emulator == nil
                    ? "marionette replay --on HOST" : "apt-get install qemu-user-static")
        case .notOfOperations(let capsule, let operation):
            Diagnostic(
                summary: "capsule \(capsule): '\(operation.neutral)' is no operation of a worker")
        case .noTargets:
            Diagnostic(
                summary: "this machine can execute none of these targets",
                remedy: "marionette targets")
        }
    }

    var exitCode: Diagnostics.ExitCode { .failed }
}
