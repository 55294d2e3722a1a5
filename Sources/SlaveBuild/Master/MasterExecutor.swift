import BuildGraph
import Diagnostics
import Foundation

/// Executes steps: SwiftPM's with a temporary directory of its own, and takes the master out of a
/// directory that projects share.
///
/// Another project may have a program of that name, and build it there as soon as this one has ended:
/// the lock is held until ours is where only this project writes.
struct MasterExecutor: StepExecutor {
    let scratch: MasterScratch
    /// Where the temporary directory is made.
    let temporaryDirectory: String
    let onWait: @Sendable (LockHolder) -> Void
    /// What the step's own environment lacks.
    var environment: [String: String] = [:]
    /// nil: nobody asks what the build read.
    var inputs: MasterInputs?

    private let local = LocalExecutor.ofBuilds

    var writes: Bool { true }

    func execute(_ step: Step) async -> StepOutcome {
        guard step.isSwiftPM else { return await local.execute(step) }
        guard scratch.place == .shared else { return await build(step) }
        do {
            guard let lock = try await FileLock.take(scratch.lock, onWait: onWait) else {
                return .interrupted
            }
            scratch.noteUse()
            let (plan, planned) = (inputs?.plan, "\(step.outputs[0]).plan")
            let last = FileManager.default.contents(atPath: planned)
            if let plan, last != Data(plan.utf8) { inputs?.forgetPlan() }
            let outcome = await build(step)
            if case .succeeded = outcome {
                if let plan { try writeAtomically(plan.utf8, to: planned) }
                try takeOut(to: step.outputs[0])
                // Before another project's build changes SwiftPM's records.
                try await writeDepfile(of: step)
            }
            _ = consume lock
            return outcome
        } catch {
            return .failed(output: told(error), status: "failed")
        }
    }

    private func build(_ step: Step) async -> StepOutcome {
        guard case .command(var command) = step.action else {
            preconditionFailure(
                "'\(step.name)' decides itself what there is to do, and is no command")
        }
        let temporaries = SwiftPMTemporaries(in: temporaryDirectory, scratch: scratch.path)
        defer { temporaries?.remove() }
        command.environment.merge(environment) { own, _ in own }
        if let temporaries { command.environment["TMPDIR"] = temporaries.path }
        var step = step
        step.action = .command(command)
        return await local.execute(step)
    }

    private func writeDepfile(of step: Step) async throws {
        guard let inputs, let depfile = step.depfile else { return }
        let directories = await pkgConfigDirectories(step)
        let text = inputs.depfile(depfile, target: step.outputs[0], pkgConfig: directories)
        // Anew in any case: its time says that nothing is known where it names itself.
        unlink(depfile)
        try writeAtomically(text.utf8, to: depfile)
    }

    /// As SwiftPM finds them.
    private func pkgConfigDirectories(_ step: Step) async -> [String] {
        let question = Step(
            name: "pkg-config", inputs: [], outputs: step.outputs,
            action: .command(
                Step.Command(
                    arguments: ["pkg-config", "--variable=pc_path", "pkg-config"],
                    environment: environment)))
        let named = environment["PKG_CONFIG_PATH"] ?? ""
        var path =
            "/usr/local/lib/pkgconfig:/usr/local/share/pkgconfig:/usr/lib/pkgconfig:/usr/share/pkgconfig"
        if case .succeeded(let output, _) = await LocalExecutor().execute(question) {
            path = output.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        return [named, path].flatMap { $0.split(separator: ":").map(String.init) }
            .filter { $0.hasPrefix("/") }
    }

    /// Copies the program, where it is not the one that was copied before.
    private func takeOut(to destination: String) throws {
        let name = URL(fileURLWithPath: destination).lastPathComponent
        let source = "\(scratch.products)/\(name)"
        do {
            let files = FileManager.default
            let made = try files.attributesOfItem(atPath: source)
            let had = try? files.attributesOfItem(atPath: destination)
            let isSame = [FileAttributeKey.modificationDate, .size].allSatisfy { key in
                had?[key] as? NSObject == made[key] as? NSObject
            }
            guard !isSame else { return }
            let new = "\(destination).new"
            try? files.removeItem(atPath: new)
            try files.copyItem(atPath: source, toPath: new)
            try files.setAttributes(made.filter { $0.key == .modificationDate }, ofItemAtPath: new)
            guard rename(new, destination) == 0 else {
                throw NSError(domain: NSPOSIXErrorDomain, code: Int(errno))
            }
        } catch {
            throw Diagnostic(
                summary: "can't copy the master '\(source)': \(error.localizedDescription)")
        }
    }
}

extension LocalExecutor {
    /// Functions of steps use Foundation, whose errors have words that only it knows.
    static let ofBuilds = LocalExecutor { error in
        let isTold = error is any DiagnosticError || error is Diagnostic
        return isTold ? told(error) : error.localizedDescription + "\n"
    }
}
