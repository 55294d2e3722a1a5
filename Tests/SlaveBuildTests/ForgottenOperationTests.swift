import BuildGraph
import Foundation
import Inventory
import Testing

@testable import SlaveBuild

/// A worker that lacks an operation, built by the real compilers.
@Suite(.serialized) struct ForgottenOperationTests {
    private static let target = "x86_64-linux-musl"

    /// What is shown of a build that fails.
    private func shown(
        _ build: ApplicationBuild, _ directory: String
    ) async throws -> String {
        var remarks = BuildRemarks(directory: directory)
        var texts: [String] = []
        let error = try await #require(throws: SlaveBuildError.self) {
            try await build.run(onEvent: { texts += remarks.apply($0) })
        }
        texts += remarks.finish()
        #expect(error.exitCode == .failed)
        return (texts + [error.diagnostic.rendered]).joined(separator: "\n")
    }

    private func build(
        _ project: Project, _ language: Manifest.Worker.Language, _ sources: [String: String]
    ) async throws -> String {
        for (name, text) in sources { try project.write(text, to: name) }
        var build = try project.build(targets: [Self.target])
        build.manifest.application?.worker = Manifest.Worker(
            language: language, code: Code(sources: sources.keys.sorted()))
        return try await shown(build, project.directory)
    }

    private static let prototype =
        "bool sums_add(struct mrn_call *call, const Pair *pair, int32_t *result)"
    private static let ending = """
        error: the build failed in 1 step
          note: x86_64: link: exit code 1
          note: 2 other steps were not tried
          help: marionette build -v shows the commands
        """

    @Test func `a forgotten operation is named with the prototype to implement`() async throws {
        let told = try await build(
            try Project(), .c, ["worker/empty.c": "#include \"sums.h\"\n"])
        #expect(
            told == """
                error: operation 'add' is not in the worker
                  note: to be written: \(Self.prototype)
                \(Self.ending)
                """)
    }

    @Test func `a misspelt operation is told with the one that was meant`() async throws {
        let source = """
            #include "sums.h"

            /* sums_ad(struct) { "sums_add() {" */
            bool sums_ad(struct mrn_call *call, const Pair *pair, int32_t *result)
            {
                (void)call;
                *result = pair->left;
                return true;
            }

            """
        let told = try await build(try Project(), .c, ["worker/add.c": source])
        #expect(
            told == """
                worker/add.c:4:6: error: operation 'add' is not in the worker
                 4 | bool sums_ad(struct mrn_call *call, const Pair *pair, int32_t *result)
                   |      ^~~~~~~
                  note: to be written: \(Self.prototype)
                  help: did you mean 'sums_add' by 'sums_ad'?
                \(Self.ending)
                """)
    }

    @Test func `an operation in C++ whose parameters differ is told with its place`() async throws {
        let source = """
            bool sums_add(int left, int right) { return left == right; }

            """
        let told = try await build(try Project(), .cxx, ["worker/add.cc": source])
        #expect(
            told == """
                worker/add.cc:1:6: error: 'sums_add' is not the function of operation 'add'
                 1 | bool sums_add(int left, int right) { return left == right; }
                   |      ^~~~~~~~
                  note: its parameters differ, or it is in a namespace or behind an #if
                  note: to be written: \(Self.prototype)
                \(Self.ending)
                """)
    }

    @Test func `a forgotten or misspelt operation in Swift is told with what is to be written`()
        async throws
    {
        let project = try SwiftProject()
        try project.write(
            """
            import MarionetteWorker

            struct MeansWorker: MeansOperations {
                func maen(_ sample: Sample) throws(OperationFailure) -> Double { 1 }
            }

            """, to: "worker/MeansWorker.swift")
        let told = try await shown(
            try project.build(targets: [Self.target]), project.directory)
        #expect(
            told.hasPrefix(
                """
                worker/MeansWorker.swift:3:8: error: type 'MeansWorker' does not conform to protocol \
                'MeansOperations'
                1 | import MarionetteWorker
                2 | 
                3 | struct MeansWorker: MeansOperations {
                """), "\(told)")
        #expect(
            told.contains(
                """

                  note: to be written: func mean(_ sample: Sample) throws(OperationFailure) -> Double; \
                did you mean it by 'maen' in worker/MeansWorker.swift:4?
                error: the build failed in 1 step
                """), "\(told)")

        try project.write("import MarionetteWorker\n", to: "worker/MeansWorker.swift")
        let missing = try await shown(
            try project.build(targets: [Self.target]), project.directory)
        #expect(
            missing.hasPrefix(
                """
                error: the worker has no type 'MeansWorker'
                  help: struct MeansWorker: MeansOperations { … }
                """), "\(missing)")
    }

    @Test func `an error of the interface is shown once, and before the master is compiled`()
        async throws
    {
        let project = try Project()
        try project.write("struct Pair { innt left; };\n", to: "sums.x")
        try project.write("// swift-tools-version: 6.0\n", to: "Package.swift")
        var build = try project.build(targets: [Self.target])
        build.buildsMaster = true
        var started: [String] = []
        var remarks = BuildRemarks(directory: project.directory)
        var texts: [String] = []
        _ = try? await build.run(onEvent: { event in
            if case .started(let step, _) = event { started.append(step.group) }
            texts += remarks.apply(event)
        })
        texts += remarks.finish()
        #expect(!started.contains("master"))
        #expect(texts.joined().ranges(of: "error: ").count == 1, "\(texts)")
        #expect(texts.first?.hasPrefix("sums.x:1:15: error: ") ?? false, "\(texts)")
    }

    @Test func `a warning of a compile that succeeds is shown`() async throws {
        let project = try Project()
        try project.write(
            "int other(void) { int unused; return 1; }\n", to: "worker/other.c")
        var build = try project.build(targets: [Self.target])
        build.manifest.application?.worker.code.flags = ["-Wall"]
        var remarks = BuildRemarks(directory: project.directory)
        var texts: [String] = []
        _ = try await build.run(onEvent: { texts += remarks.apply($0) })
        texts += remarks.finish()
        #expect(
            texts == [
                """
                worker/other.c:1:23: warning: unused variable 'unused' [-Wunused-variable]
                    1 | int other(void) { int unused; return 1; }
                      |                       ^~~~~~
                """
            ])
    }
}
