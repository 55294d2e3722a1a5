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

    var stem: String {
        let name = manifest.interface.split(separator: "/").last ?? ""
        return String(name.dropLast(2))
    }

    var header: String { "\(paths.stubs)/\(stem).h" }
    var generatedSources: [String] { ["\(stem).c", "\(stem)_main.c"] }

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
        let objects = objectSteps(for: compiler)
        let compiled = objects.flatMap(\.outputs)
        var identity = compiler.compile(
            paths.identity(target), to: paths.object(target, "build_identity"), includes: [],
            flags: [])
        identity.name = "compile build_identity.c"
        var link = compiler.link(
            compiled + identity.outputs, to: paths.elf(target),
            libraries: manifest.worker.libraries)
        link.orderOnly = preparation?.outputs ?? []
        return objects + [
            identityStep(of: compiled, compiler), identity, link, stripStep(compiler.target),
            packStep(compiler.target),
        ]
    }

    private func objectSteps(for compiler: Compiler) -> [Step] {
        let api = "\(runtime)/include"
        func steps(
            _ sources: [String], in directory: String, as kind: String, flags: [String] = []
        ) -> [Step] {
            sources.map { source in
                let object = paths.object(compiler.target.name, "\(kind)/\(source)")
                var step = compiler.compile(
                    "\(directory)/\(source)", to: object, includes: [paths.stubs, api],
                    flags: flags)
                step.name = "compile \(source)"
                step.orderOnly = [header]
                return step
            }
        }
        // The user's own files first: that is where errors are.
        return steps(
            manifest.worker.sources, in: manifest.directory, as: "worker",
            flags: manifest.worker.flags)
            + steps(generatedSources, in: paths.stubs, as: "stubs")
            + steps(runtimeSources, in: runtime, as: "runtime")
    }
}
