import BuildGraph
import Inventory

/// The steps of a project: what is the same for all targets once, then for each target libraries,
/// the slave, programs and the bundle with them.
struct SlaveGraph {
    let manifest: Manifest
    let paths: BuildPaths
    /// The directory of the slave's C sources.
    let runtime: String
    /// Relative to `runtime`.
    let runtimeSources: [String]
    /// A file whose content stands for this program: what it generates may change when it does.
    let tool: String
    /// nil where the worker is not in Swift.
    let swift: SwiftRuntime?

    var profile: Profile { paths.profile }

    var stem: String {
        guard let application = manifest.application else { return "programs" }
        let name = application.interface.split(separator: "/").last ?? ""
        return String(name.dropLast(2))
    }

    /// What the worker's own sources stand on.
    var stub: String {
        guard manifest.application != nil else { return "\(paths.stubs)/\(stem)_main.c" }
        return swift == nil
            ? "\(paths.stubs)/\(stem).h" : "\(paths.stubs)/\(stem)_operations.swift"
    }
    var generatedSources: [String] {
        let hasCode = manifest.application != nil && swift == nil
        return hasCode ? ["\(stem).c", "\(stem)_main.c"] : ["\(stem)_main.c"]
    }

    /// The steps in the order in which targets shall end: those of the first compiler first.
    func steps(for compilers: [Compiler]) -> [Step] {
        let prepared = compilers.map { $0.prepare(source: emptyProgram) }
        let preparations = prepared.compactMap { $0 }
        let shared =
            [stubStep] + (preparations.isEmpty ? [] : [emptyProgramStep]) + sharedRuleSteps
        return shared + preparations
            + zip(compilers, prepared).flatMap { compiler, preparation in
                steps(for: compiler, preparation: preparation)
            }
    }

    private func steps(for compiler: Compiler, preparation: Step?) -> [Step] {
        let target = compiler.target.name
        let built = programs(for: target)
        let usesWrappers =
            manifest.rules.contains { $0.scope == .target }
            || manifest.libraries.contains { if case .project = $0.origin { true } else { false } }
        let made =
            (usesWrappers ? [wrappersStep(compiler)] : []) + ruleSteps(for: compiler)
            + librarySteps(for: compiler)
        let all =
            made + slaveSteps(for: compiler, preparation)
            + built.flatMap { programSteps($0, for: compiler, preparation) }
        return all + [packStep(compiler.target, built.map(\.name))]
    }

    func programs(for target: String) -> [Program] {
        manifest.programs.filter { $0.isFor(target) }
    }

    private func wrappersStep(_ compiler: Compiler) -> Step {
        let wrappers = compiler.wrappers
        var step = function(
            "write the compilers' wrappers", signature: wrappers.texts.map(\.text).joined(),
            inputs: [], outputs: wrappers.files
        ) {
            try wrappers.write()
            return []
        }
        step.group = compiler.target.architecture
        return step
    }

    // MARK: The slave

    private func slaveSteps(for compiler: Compiler, _ preparation: Step?) -> [Step] {
        let target = compiler.target.name
        let worker = manifest.application?.worker
        let compiled = worker.map { workerObjects($0, for: compiler) } ?? Compiled()
        let rest = runtimeSteps(for: compiler)
        // A module's interface is an output that is not linked.
        let objects = compiled.files + rest.compactMap(\.outputs.first)
        let code = worker?.code ?? Code(sources: [])
        let linked = linked(code, isCxx: worker?.language == .cxx, for: target)
        let flags = linkFlags(of: code, isProgram: false, for: compiler)
        var identity = compiler.compile(
            paths.identity(target), to: paths.object(target, "build_identity"), includes: [],
            flags: [])
        identity.name = "compile build_identity.c"
        var link = compiler.link(
            objects + identity.outputs + linked.files, to: paths.elf(target), flags: flags,
            libraries: linked.system, cxx: linked.usesCxx)
        link.orderOnly = preparation?.outputs ?? []
        if swift == nil, worker != nil {
            link.reading = { [libraryFaults] in
                libraryFaults.readable(workerFaults?.readable(link: $0) ?? $0)
            }
        }
        return compiled.steps + rest + [
            identityStep(
                of: objects + linked.files, at: paths.identity(target),
                facts: flags + linked.system + (swift.map { [$0.toolchain.version] } ?? []),
                compiler),
            identity, link,
            stripStep(
                compiler.target, elf: paths.elf(target), to: paths.slave(target),
                identity: paths.identity(target), buildId: paths.buildId(target), name: "strip"),
        ]
    }

    private var libraryFaults: LibraryFaults {
        LibraryFaults(known: manifest.libraries.map(\.name))
    }

    /// Read anew where a step failed: it is for advice, and a build that succeeds does without.
    var workerFaults: WorkerFaults? {
        manifest.application.flatMap { application in
            WorkerFaults(
                application: application, directory: manifest.directory,
                model: try? Self.model(of: application.interface, in: manifest.directory))
        }
    }

    private var includes: [String] {
        ["\(runtime)/include"] + (swift.map { ["\($0.bridge)/include"] } ?? [])
    }

    /// The user's own files come first: that is where errors are.
    private func workerObjects(_ worker: Manifest.Worker, for compiler: Compiler) -> Compiled {
        guard let swift else {
            // Only what stands on the interface finds its header, which may be called as any other.
            return compiled(
                worker.code, as: "worker", includes: includes, quoted: paths.stubs, for: compiler)
        }
        let steps = swiftSteps(worker, for: compiler, swift)
        return Compiled(steps: steps, files: steps.compactMap(\.outputs.first))
    }

    private func runtimeSteps(for compiler: Compiler) -> [Step] {
        func steps(
            _ sources: [String], in directory: String, as kind: String, quoted: String? = nil
        )
            -> [Step]
        {
            sources.map { source in
                let object = paths.object(compiler.target.name, "\(kind)/\(source)")
                var step = compiler.compile(
                    "\(directory)/\(source)", to: object, includes: includes, quoted: quoted,
                    flags: [])
                step.name = "compile \(source)"
                step.orderOnly = [stub]
                return step
            }
        }
        let bridge = swift.map { steps(SwiftRuntime.bridgeSources, in: $0.bridge, as: "bridge") }
        return (bridge ?? [])
            + steps(generatedSources, in: paths.stubs, as: "stubs", quoted: paths.stubs)
            + steps(runtimeSources, in: runtime, as: "runtime")
    }

    // MARK: Programs

    private func programSteps(
        _ program: Program, for compiler: Compiler, _ preparation: Step?
    ) -> [Step] {
        let (target, name) = (compiler.target.name, program.name)
        let compiled = compiled(
            program.code, as: "programs/\(name)", includes: [], isProgram: true, for: compiler)
        let linked = linked(program.code, for: target)
        let flags = linkFlags(of: program.code, isProgram: true, for: compiler)
        var link = compiler.link(
            compiled.files + linked.files, to: paths.programElf(target, name), flags: flags,
            libraries: linked.system, cxx: linked.usesCxx)
        link.name = "link \(name)"
        link.reading = { [libraryFaults] in libraryFaults.readable($0) }
        link.orderOnly = preparation?.outputs ?? []
        var identity = identityStep(
            of: compiled.files + linked.files, at: paths.programIdentity(target, name),
            facts: flags + linked.system, compiler)
        identity.name = "identify \(name)"
        return compiled.steps + [
            identity, link,
            stripStep(
                compiler.target, elf: paths.programElf(target, name),
                to: paths.program(target, name), identity: paths.programIdentity(target, name),
                buildId: paths.programBuildId(target, name), name: "strip \(name)"),
        ]
    }
}
