import BuildGraph
import Foundation
import Inventory
import TestKit
import Testing

@testable import SlaveBuild

/// Where a project lies is no part of what is built, and no reason to fail.
@Suite(.serialized) struct DirectoryTests {
    static let target = "x86_64-linux-musl"

    /// A project whose worker uses headers by a relative flag, in quotes and in angle brackets.
    private static func project(in directory: String? = nil) throws -> Project {
        let project = try Project(directory: directory)
        try project.write(
            "#define LIMIT 7\nstatic inline const char *here(void) { return __FILE__; }\n",
            to: "include/limit.h")
        try project.write(
            """
            #include <limit.h>

            const char *const other_places[] = {__FILE__, __BASE_FILE__};
            const char *other(void) { return LIMIT == 7 ? here() : other_places[0]; }

            """, to: "worker/other.c")
        return project
    }

    private static func build(_ project: Project) async throws -> BuiltSlave {
        try await build(project, targets: [target], jobs: 2)[0]
    }

    private static func build(
        _ project: Project, targets: [String], jobs: Int
    ) async throws -> [BuiltSlave] {
        var build = try project.build(targets: targets)
        build.jobs = jobs
        build.manifest.application?.worker.code.flags = ["-Iinclude"]
        var printed = ""
        let products = try? await build.run(onEvent: { event in
            if case .finished(_, .failed(let output, _)) = event { printed += output }
        })
        return try #require(products?.slaves, "\(project.directory): \(printed)")
    }

    /// Where the name has letters alone.
    private static let plain = Task {
        try await build(try project(), targets: Project.targets, jobs: 8)
    }

    @Test
    func `a relative name in a flag is one of the project, and no name of this machine is kept`()
        async throws
    {
        let (first, second) = (try Self.project(), try Self.project())
        let slaves = [try await Self.build(first), try await Self.build(second)]
        #expect(slaves[0].bundle.digest == slaves[1].bundle.digest)
        let whole = try [first, second].map { project in
            let object = BuildPaths(directory: project.directory)
                .object(Self.target, "worker/worker/other.c")
            return try Data(contentsOf: URL(filePath: object))
        }
        #expect(whole[0] == whole[1])
        for name in ["/marionette/sums/worker/other.c", "/marionette/sums/include/limit.h"] {
            #expect(whole[0].range(of: Data(name.utf8)) != nil, "\(name)")
        }
        let debug = try Data(contentsOf: URL(filePath: slaves[0].debugFile))
        #expect(debug.range(of: Data(first.directory.utf8)) == nil)
    }

    @Test(arguments: seedsOfThisRun(2))
    func `a directory of any name and any number of jobs give the same bundles`(seed: UInt64)
        async throws
    {
        var random = SeededNumbers(seed)
        let base = FileManager.default.temporaryDirectory.path
        let directory = "\(base)/marionette-project-\(UUID().uuidString)/\(Self.name(&random))"
        let slaves = try await Self.build(
            try Self.project(in: directory), targets: Project.targets, jobs: 1)
        let plain = try await Self.plain.value
        #expect(
            slaves.map(\.bundle.digest) == plain.map(\.bundle.digest), "seed \(seed): \(directory)")
        #expect(slaves.map(\.buildId) == plain.map(\.buildId), "seed \(seed): \(directory)")
    }

    /// With the signs that shells, Makefiles, compilers and linkers take for theirs.
    private static func name(_ random: inout SeededNumbers) -> String {
        var signs = ["%", "=", " ", "'", "\"", ",", "#", "$", "ü", "日", "%2F", ":", "\\", "@", "-"]
        var name = ""
        while !signs.isEmpty {
            name += signs.remove(at: random.below(signs.count)) + "ab".prefix(random.below(3))
            if random.below(5) == 0 { name += "/" }
        }
        return "\(name)/\(["@", "-", "="][random.below(3)])end"
    }
}
