import BuildGraph
import Inventory

/// The steps of an application: stubs once, then for each target objects, identity, link, strip and
/// pack.
struct SlaveGraph {
    let manifest: Manifest
    let paths: BuildPaths
    /// The directory of the slave's C sources.
    let runtime: String
    /// Relative to `runtime`.
    let runtimeSources: [String]
    /// A file whose content stands for this program: what it generates may change when it does.
    let tool: String
    /// nil where the worker is in C.
    let swift: SwiftRuntime?

    var stem: String {
        let name = manifest.interface.split(separator: "/").last ?? ""
        return String(name.dropLast(2))
    }

    /// What the worker's own sources stand on.
    var stub: String {
        swift == nil ? "\(paths.stubs)/\(stem).h" : "\(paths.stubs)/\(stem)_operations.swift"
    }
    var generatedSources: [String] {
        swift == nil ? ["\(stem).c", "\(stem)_main.c"] : ["\(stem)_main.c"]
    }

    /// The steps in the order in which targets shall end: those of the first compiler first.
    func steps(for compilers: [Compiler]) -> [Step] {
        let prepared = compilers.map { $0.prepare(source: emptyProgram) }
        let preparations = prepared.compactMap { $0 }
        let shared = [stubStep] + (preparations.isEmpty ? [] : [emptyProgramStep])
        return shared + preparations
            + zip(compilers, prepared).flatMap { compiler, preparation in
                steps(for: compiler, preparation: preparation)
            }
    }

    private func steps(for compiler: Compiler, preparation: Step?) -> [Step] {
        let target = compiler.target.name
        let worker = swift.map { swiftSteps(for: compiler, $0) }
        let objects = (worker ?? []) + objectSteps(for: compiler)
        // A module's interface is an output that is not linked.
        let compiled = objects.compactMap(\.outputs.first)
        var identity = compiler.compile(
            paths.identity(target), to: paths.object(target, "build_identity"), includes: [],
            flags: [])
        identity.name = "compile build_identity.c"
        var link = compiler.link(
            compiled + identity.outputs, to: paths.elf(target),
            libraries: manifest.worker.libraries)
        link.orderOnly = preparation?.outputs ?? []
        if swift == nil { link.reading = { workerFaults?.readable(link: $0) ?? $0 } }
        return objects + [
            identityStep(of: compiled, compiler), identity, link, stripStep(compiler.target),
            packStep(compiler.target),
        ]
    }

    /// Read anew where a step failed: it is for advice, and a build that succeeds does without.
    var workerFaults: WorkerFaults? {
        WorkerFaults(
            manifest: manifest,
            model: try? Self.model(of: manifest.interface, in: manifest.directory))
    }

    private func objectSteps(for compiler: Compiler) -> [Step] {
        let includes = ["\(runtime)/include"] + (swift.map { ["\($0.bridge)/include"] } ?? [])
        // Only what stands on the interface finds its header, which may be called as any other.
        func steps(
            _ sources: [String], in directory: String, as kind: String, quoted: String? = nil,
            flags: [String] = []
        ) -> [Step] {
            sources.map { source in
                let object = paths.object(compiler.target.name, "\(kind)/\(source)")
                var step = compiler.compile(
                    "\(directory)/\(source)", to: object, includes: includes, quoted: quoted,
                    flags: flags)
                step.name = "compile \(source)"
                step.orderOnly = [stub]
                return step
            }
        }
        // The user's own files first: that is where errors are.
        let worker =
            swift == nil
            ? steps(
                manifest.worker.sources, in: manifest.directory, as: "worker",
                quoted: paths.stubs, flags: manifest.worker.flags)
            : steps(SwiftRuntime.bridgeSources, in: swift?.bridge ?? "", as: "bridge")
        return worker
            + steps(generatedSources, in: paths.stubs, as: "stubs", quoted: paths.stubs)
            + steps(runtimeSources, in: runtime, as: "runtime")
    }
}
