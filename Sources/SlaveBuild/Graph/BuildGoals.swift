import BuildGraph
import Diagnostics
import Foundation
import Inventory

/// What a user names to be built: a target, a host, a program, `master`, or a file that the build makes.
struct BuildGoals {
    private let build: ApplicationBuild
    private let graph: Graph
    /// The path of the master's executable, where it is built.
    private let master: String?

    init(_ build: ApplicationBuild, _ graph: Graph, master: String?) {
        (self.build, self.graph, self.master) = (build, graph, master)
    }

    /// The files that goals stand for; nil: no goal, and so everything.
    func outputs(_ goals: [String]) throws(SlaveBuildError) -> [String]? {
        guard !goals.isEmpty else { return nil }
        var outputs: [String] = []
        for goal in goals { outputs += try files(of: goal) }
        return outputs
    }

    private func files(of goal: String) throws(SlaveBuildError) -> [String] {
        let paths = build.paths
        let targets = build.targets.filter { $0.name == goal || $0.architecture == goal }
        if !targets.isEmpty { return targets.map { paths.bundle($0.name) } }
        if let host = build.manifest.hosts.first(where: { $0.name == goal }) {
            return [paths.bundle(host.target)]
        }
        if let program = build.manifest.programs.first(where: { $0.name == goal }) {
            return build.targets.filter { program.isFor($0.name) }
                .map { paths.program($0.name, program.name) }
        }
        if goal == "master", let master { return [master] }
        // As the shell completes it, or as the build prints it.
        let here = URL(fileURLWithPath: goal).standardizedFileURL.path
        let base = URL(fileURLWithPath: build.manifest.directory, isDirectory: true)
        let there = URL(fileURLWithPath: goal, relativeTo: base).standardizedFileURL.path
        if let path = [here, there].first(where: { graph.step(making: $0) != nil }) {
            return [path]
        }
        throw .unknownGoal(goal, known: known)
    }

    private var known: [String] {
        build.targets.map(\.name) + build.manifest.hosts.map(\.name)
            + build.manifest.programs.map(\.name) + (master == nil ? [] : ["master"])
    }
}
