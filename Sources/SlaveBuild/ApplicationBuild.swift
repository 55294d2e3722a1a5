import Archives
import BuildGraph
import Digests
import Foundation
import Inventory

/// Builds an application: a bundle for each target, and the master program.
public struct ApplicationBuild: Sendable {
    public var manifest: Manifest
    /// In the order in which bundles shall be ready.
    public var targets: [Target]
    /// By the names of their targets.
    public var toolchains: [String: Toolchain]
    public var data: DataDirectory
    /// Needed where the worker is in Swift.
    public var swift: SwiftToolchain?
    /// How many steps run at once.
    public var jobs = ProcessInfo.processInfo.activeProcessorCount
    /// While the machine's load is this or more, one step runs at a time.
    public var loadLimit: Double?
    public var keepsGoing = false
    /// False: tell what would be done, and change nothing.
    public var isDryRun = false
    public var buildsMaster = true
    /// How what the user wrote is compiled; the master is built in the same way in any profile.
    public var profile = Profile.release
    /// Called while the build of another project's master is waited for.
    public var onMasterWait: @Sendable (LockHolder) -> Void = { _ in }
    /// Where files lie that nobody needs after the build.
    public var temporaryDirectory = FileManager.default.temporaryDirectory.path
    /// Commands are shown where they start, so that an error need not say how to see them.
    public var showsCommands = false

    /// - Throws: where a target can't be built here: why, and what to install.
    public init(
        manifest: Manifest, targets: [Target], data: DataDirectory
    ) throws(InventoryError) {
        let resolved = try ToolchainSearch(data: data).resolve(targets)
        try Self.checkCxx(manifest, resolved, data)
        self.init(
            manifest: manifest, targets: resolved.map(\.target),
            toolchains: Dictionary(
                resolved.map { ($0.target.name, $0.toolchain) }, uniquingKeysWith: { $1 }),
            data: data)
        if manifest.application?.worker.language == .swift { try findSwift() }
    }

    private mutating func findSwift() throws(InventoryError) {
        swift = SwiftToolchain.find()
        for target in targets {
            switch SwiftStatus(of: target, with: swift) {
            case .buildable: break
            case .missing(let remedy): throw .notBuildable(target: target.name, remedy: remedy)
            case .onlyC(let reason):
                throw .notBuildable(target: target.name, remedy: "write the worker in C: \(reason)")
            }
        }
    }

    public init(
        manifest: Manifest, targets: [Target], toolchains: [String: Toolchain],
        data: DataDirectory
    ) {
        self.manifest = manifest
        self.targets = targets
        self.toolchains = toolchains
        self.data = data
    }

    public var paths: BuildPaths { BuildPaths(directory: manifest.directory, profile: profile) }

    /// How debugging information names the directories of sources.
    public var sourceMap: [SourceMapping] {
        [
            SourceMapping(
                directory: manifest.directory, name: "/marionette/\(manifest.name)"),
            SourceMapping(directory: data.slaveSources, name: "/marionette/runtime"),
        ]
            + SwiftRuntime.modules.map { module in
                SourceMapping(
                    directory: data.sources(ofModule: module), name: "/marionette/\(module)")
            }
    }

    /// Builds what changed. Cancelling the task ends the commands and removes what they had half
    /// written.
    ///
    /// - Parameters:
    ///   - onEvent: every event of the build, in order.
    ///   - onBundle: each bundle as soon as it is ready, while other targets still compile.
    ///   - goals: what is made, in words of `BuildGoals`; empty: everything.
    /// - Throws: `SlaveBuildError`; what failed steps printed comes with their events.
    public func run(
        goals: [String] = [], onEvent: (BuildEvent) -> Void = { _ in },
        onBundle: (BuiltSlave) -> Void = { _ in }
    ) async throws(SlaveBuildError) -> ApplicationProducts {
        // Once: Package.swift, which says where the master is built, may change in the meantime.
        let master = master
        let build = try makeBuild(master)
        let outputs = try BuildGoals(self, build.graph, master: master?.executable).outputs(goals)
        var bundles: [String: String] = [:]
        for target in targets { bundles[paths.bundle(target.name)] = target.name }
        let summary: BuildSummary
        do throws(GraphError) {
            summary = try await build.run(goals: outputs) { event in
                onEvent(event)
                // One that can't be read back is told at the end, where it can be thrown.
                if let output = event.validOutput, let target = bundles[output],
                    let slave = try? BuiltSlave(target: target, paths: paths)
                {
                    onBundle(slave)
                }
            }
        } catch {
            throw .graph(error)
        }
        if !isDryRun { writeCompilationDatabase(after: summary) }
        if summary.wasInterrupted { throw .interrupted }
        guard summary.isComplete else {
            throw .failed(
                summary.failures, skipped: summary.skipped, commandsShown: showsCommands)
        }
        if !isDryRun { master?.noteUse() }
        return try products(summary, outputs, master: master?.executable)
    }

    private var master: MasterStep? {
        guard buildsMaster else { return nil }
        return manifest.application.map {
            MasterStep(paths: paths, product: $0.masterProduct)
        }
    }

    /// Why goals would be made again now, or why not; nothing is changed.
    public func explain(_ goals: [String]) throws(SlaveBuildError) -> [Explanation] {
        let master = master
        let build = try makeBuild(master)
        let outputs = try BuildGoals(self, build.graph, master: master?.executable).outputs(goals)
        var explanations: [Explanation] = []
        do throws(GraphError) {
            for output in outputs ?? [] { explanations.append(try build.explain(output)) }
        } catch {
            throw .graph(error)
        }
        return explanations
    }

    /// The graph and what a build would do now with each step, in the language of dot(1).
    public func drawing() throws(SlaveBuildError) -> String {
        let build = try makeBuild(master)
        let prefix = "\(manifest.directory)/"
        do throws(GraphError) {
            let verdicts = try build.verdicts()
            return GraphDrawing { path in
                path.hasPrefix(prefix) ? String(path.dropFirst(prefix.count)) : path
            }.text(of: build.graph, verdicts: verdicts)
        } catch {
            throw .graph(error)
        }
    }

    /// The same as a page for a browser.
    public func page() throws(SlaveBuildError) -> String {
        let build = try makeBuild(master)
        let prefix = "\(manifest.directory)/"
        do throws(GraphError) {
            let verdicts = try build.verdicts()
            return GraphPage(title: "The build of \(manifest.name)") { path in
                path.hasPrefix(prefix) ? String(path.dropFirst(prefix.count)) : path
            }.text(of: build.graph, verdicts: verdicts)
        } catch {
            throw .graph(error)
        }
    }

    func makeBuild(_ master: MasterStep?) throws(SlaveBuildError) -> Build {
        let slaves = slaveGraph
        for target in targets {
            try slaves.checkLibraries(for: target.name)
            if target.toolchain != .zig { try slaves.checkWithoutZig(for: target.name) }
        }
        var steps = slaves.steps(for: compilers)
        if let master {
            guard master.hasPackage else { throw .noPackage(directory: manifest.directory) }
            // In front: it takes longest, and everything else can run beside it. But behind the
            // stubs: SwiftPM's plugin would find the interface's errors again, minutes later.
            steps.insert(contentsOf: master.steps(after: slaves.stub), at: 0)
        }
        do {
            return Build(
                graph: try Graph(steps: steps), log: paths.log,
                executor: executor(for: master), jobs: jobs, loadLimit: loadLimit,
                keepsGoing: keepsGoing)
        } catch {
            throw .graph(error)
        }
    }

    /// For the machine of whoever edits, where it is among the targets. That the file can't be written
    /// is no fault of a build.
    private func writeCompilationDatabase(after summary: BuildSummary) {
        let file = "\(manifest.directory)/\(CompilationDatabase.name)"
        let native = TargetCatalog.machineHere
        let target = targets.first { $0.machines.contains(native) } ?? targets.first
        guard let target else { return }
        // Most builds have nothing to do, and shall take no time.
        let note = "\(manifest.directory)/.marionette/compile-commands"
        let what = "\(profile.rawValue) \(target.name)\n"
        guard
            summary.stepsRun > 0 || access(file, F_OK) != 0
                || (try? String(contentsOfFile: note, encoding: .utf8)) != what
        else { return }
        guard let compiler = compilers.first(where: { $0.target.name == target.name }) else {
            return
        }
        try? writeAtomically(what.utf8, to: note)
        let steps = slaveGraph.steps(for: [compiler])
        try? CompilationDatabase(
            steps: steps, directory: manifest.directory, compiler: compiler
        ).write(in: manifest.directory)
    }

    private func executor(for master: MasterStep?) -> any StepExecutor {
        if isDryRun { return DryRunExecutor() }
        guard let master else { return LocalExecutor.ofBuilds }
        return MasterExecutor(
            scratch: master.scratch, temporaryDirectory: temporaryDirectory, onWait: onMasterWait,
            environment: master.environment, inputs: master.inputs)
    }

    private var slaveGraph: SlaveGraph {
        let runtime = data.slaveSources
        return SlaveGraph(
            manifest: manifest, paths: paths, runtime: runtime,
            runtimeSources: SourceGlob("**/*.c").matches(
                in: runtime, max: InventoryLimits.sourcesMax),
            tool: Self.ownProgram, swift: swift.map { SwiftRuntime(data: data, toolchain: $0) })
    }

    var compilers: [Compiler] {
        let scans = SourceScans()
        let graph = slaveGraph
        return targets.compactMap { target in
            toolchains[target.name].map { toolchain in
                Compiler(
                    target: target, toolchain: toolchain, cache: Compiler.sharedCache,
                    directory: manifest.directory,
                    sourceMap: sourceMap, linksCxx: graph.usesCxx(for: target.name),
                    scans: scans)
            }
        }
    }

    private func products(
        _ summary: BuildSummary, _ goals: [String]?, master: String?
    ) throws(SlaveBuildError) -> ApplicationProducts {
        var slaves: [BuiltSlave] = []
        if !isDryRun {
            for target in targets where goals?.contains(paths.bundle(target.name)) ?? true {
                slaves.append(try BuiltSlave(target: target.name, paths: paths))
            }
        }
        return ApplicationProducts(slaves: slaves, master: master, summary: summary)
    }

    private static var ownProgram: String {
        let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return link ?? CommandLine.arguments.first ?? ""
    }
}

/// What a build made.
public struct ApplicationProducts: Sendable {
    /// In the order of the targets; empty in a dry run.
    public var slaves: [BuiltSlave]
    /// The path of the master's executable.
    public var master: String?
    public var summary: BuildSummary
}

extension BuildEvent {
    /// The first output of a step that is now known to be as it should be.
    var validOutput: String? {
        switch self {
        case .upToDate(let step), .finished(let step, .succeeded): step.outputs.first
        default: nil
        }
    }
}
