import BuildGraph
import Digests
import Foundation
import Inventory

/// The command lines of swiftc for one target. Whole modules: Embedded Swift specializes every
/// generic function, so there is nothing to compile file by file.
struct SwiftCompiler: Sendable {
    let compiler: Compiler
    let runtime: SwiftRuntime
    let swift: EmbeddedSwift
    let paths: BuildPaths

    private var target: String { compiler.target.name }

    /// Compiles a module to one object and, where others import it, its interface.
    ///
    /// - Parameters:
    ///   - directory: that of the sources, which are told relative to it: debugging information then
    ///     holds no path of this machine.
    ///   - name: what stands for the directory in debugging information.
    ///   - imports: modules of the runtime.
    func compile(
        module: String, sources: [String], in directory: String, as name: String,
        imports: [String], isLibrary: Bool, flags: [String] = []
    ) -> Step {
        let object = paths.swiftObject(target, module)
        let interface = paths.swiftModule(target, module)
        let interfaces = imports.map { paths.swiftModule(target, $0) }
        var arguments = start + ["-module-name", module]
        arguments += ["-file-compilation-dir", name, "-file-prefix-map", "\(directory)=\(name)"]
        // Names of a cache's files, and a hash of everything to tell whether a file is out of date:
        // both depend on where the stubs lie.
        arguments += ["-Xfrontend", "-no-clang-module-breadcrumbs"]
        arguments += ["-Xfrontend", "-disable-incremental-llvm-codegen"]
        arguments += mappings.flatMap { ["-file-prefix-map", "\($0.directory)=\($0.name)"] }
        if isLibrary { arguments += ["-emit-module", "-emit-module-path", interface] }
        arguments += flags + ["-c"] + sources + ["-o", object]
        return Step(
            name: "compile \(isLibrary ? module : "the worker")",
            group: compiler.target.architecture,
            inputs: sources.map { $0.hasPrefix("/") ? $0 : "\(directory)/\($0)" } + interfaces
                + runtime.bridgeHeaders + OptionFiles(directory: directory).named(by: flags),
            outputs: [object] + (isLibrary ? [interface] : []),
            action: .command(command(arguments, in: directory)))
    }

    private var start: [String] {
        var arguments = [runtime.toolchain.path, "-target", swift.triple] + swift.flags
        arguments += ["-enable-experimental-feature", "Embedded", "-wmo", "-parse-as-library"]
        arguments += ["-swift-version", "6", "-O", "-no-color-diagnostics"]
        // gdb 13 loses the line table of the whole program over newer tables of names.
        arguments += ["-g", "-dwarf-version=4", "-Xllvm", "-accel-tables=Disable"]
        arguments += ["-I", "\(runtime.bridge)/include"]
        arguments += ["-I", "\(paths.target(target))/obj/swift"]
        // Its path is in what lies there, and swiftc refuses a cache that was moved.
        let place = Digest.of(compiler.cache).short
        arguments += ["-module-cache-path", "\(compiler.cache)/swift-\(place)"]
        for directory in [swift.headers, "generic-musl"] {
            arguments += ["-Xcc", "-isystem", "-Xcc", "\(headers)/\(directory)"]
        }
        return arguments + ["-Xcc", "-ffp-contract=off"]
    }

    private var headers: String { "\(compiler.installation)/lib/libc/include" }

    private var mappings: [SourceMapping] {
        [
            SourceMapping(directory: paths.directory, name: "/marionette/project"),
            SourceMapping(directory: compiler.cache, name: "/marionette/cache"),
            SourceMapping(directory: compiler.installation, name: "/marionette/toolchain"),
            SourceMapping(directory: runtime.toolchain.resources, name: "/marionette/swift"),
            SourceMapping(directory: runtime.bridge, name: "/marionette/CWorkerBridge"),
        ]
    }

    private func command(_ arguments: [String], in directory: String) -> Step.Command {
        Step.Command(
            arguments: arguments, directory: directory,
            // zig brings the C library's headers.
            tool: "\(runtime.toolchain.version), zig \(compiler.toolchain.version)")
    }
}

extension SlaveGraph {
    /// The modules of the runtime, the worker's own, and the tables that String needs.
    func swiftSteps(
        _ code: Manifest.Worker, for compiler: Compiler, _ runtime: SwiftRuntime
    ) -> [Step] {
        guard let swift = compiler.target.swift else { return [] }
        let swiftc = SwiftCompiler(
            compiler: compiler, runtime: runtime, swift: swift, paths: paths)
        let modules = SwiftRuntime.swiftModules
        let libraries = modules.indices.map { index in
            swiftc.compile(
                module: modules[index], sources: runtime.sources(of: modules[index]),
                in: runtime.directory(of: modules[index]), as: "/marionette/\(modules[index])",
                imports: Array(modules[..<index]), isLibrary: true)
        }
        let prefix = "\(paths.directory)/"
        let generated = stub.hasPrefix(prefix) ? String(stub.dropFirst(prefix.count)) : stub
        var worker = swiftc.compile(
            module: "Worker", sources: code.code.sources + [generated],
            in: paths.directory, as: "/marionette/\(manifest.name)", imports: modules,
            isLibrary: false,
            flags: code.code.flags.values(holding: [compiler.target.name, profile.rawValue]))
        worker.reading = { workerFaults?.readable(swift: $0) ?? $0 }
        // The worker first: that is where errors are.
        return [worker] + libraries + [tablesStep(compiler, runtime, swift)]
    }

    /// A copy, so that it counts into the build identity as an object does. On RISC-V the
    /// toolchain's is marked as made for soft floats, which the linker refuses to mix; it holds data
    /// alone, so the mark may be changed.
    private func tablesStep(
        _ compiler: Compiler, _ runtime: SwiftRuntime, _ swift: EmbeddedSwift
    ) -> Step {
        let source = runtime.toolchain.unicodeTables(for: swift)
        let copy = paths.unicodeTables(compiler.target.name)
        var step = function(
            "copy Unicode's tables", signature: "1", inputs: [source], outputs: [copy]
        ) {
            var archive = ObjectArchive([UInt8](try Data(contentsOf: URL(fileURLWithPath: source))))
            archive.markHardFloats()
            try writeAtomically(archive.bytes, to: copy)
            return []
        }
        step.group = compiler.target.architecture
        return step
    }
}
