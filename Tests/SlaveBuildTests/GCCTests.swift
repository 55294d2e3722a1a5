import BuildGraph
import Foundation
import Inventory
import TestKit
import Testing

@testable import Inventory
@testable import SlaveBuild

/// A slave that this machine's gcc builds, for a target of the project's own.
@Suite(.serialized) struct GCCTests {
    private static func build(
        _ project: Project, compiler: String = "gcc"
    ) throws -> ApplicationBuild {
        var build = try project.build(targets: [])
        try project.write(
            """
            machines: [\(Machine.here.name)]
            endianness: \(Machine.here.isBigEndian ? "big" : "little")
            word-bits: \(Machine.here.wordBits)
            toolchain: gcc
            compiler: \(compiler)
            flags: [-O1, -g, -std=c99, -ffp-contract=off]

            """, to: "Targets/own.yaml")
        let catalog = try TargetCatalog.load(data: build.data, project: project.directory)
        build = try ApplicationBuild(
            manifest: project.manifest, targets: [catalog.target(named: "own")], data: build.data)
        build.buildsMaster = false
        return build
    }

    private static func run(_ build: ApplicationBuild) async throws -> (BuiltSlave?, String) {
        var printed = ""
        let products = try? await build.run(onEvent: { event in
            if case .finished(_, .failed(let output, _)) = event { printed += output }
        })
        return (products?.slaves.first, printed)
    }

    @Test func `gcc builds a slave that runs, equal in every directory, and once`() async throws {
        let projects = try [Project(), Project()]
        var slaves: [BuiltSlave] = []
        for project in projects {
            let (slave, printed) = try await Self.run(Self.build(project))
            slaves.append(try #require(slave, "\(printed)"))
        }
        let facts = try output(of: [slaves[0].slave, "--identify"])
        #expect(facts.contains("build=\(slaves[0].bundle.identity.build)\n"))
        #expect(slaves[0].bundle.digest == slaves[1].bundle.digest)
        let debug = try Data(contentsOf: URL(filePath: slaves[0].debugFile))
        #expect(debug.range(of: Data("/marionette/sums".utf8)) != nil)
        #expect(debug.range(of: Data(projects[0].directory.utf8)) == nil)

        #expect(try await Self.build(projects[0]).run().summary.stepsRun == 0)
        // What a header of the project is, gcc reports as zig does.
        try projects[0].write(
            "#define SUM_BIAS 1\nint sum(int left, int right);\n", to: "worker/sum.h")
        let ran = try await Self.build(projects[0]).run().summary.ran.map(\.step.name)
        #expect(ran.filter { $0.hasPrefix("compile worker/") }.count == 2, "\(ran)")

        try projects[0].write("int other(void) { return x; }\n", to: "worker/other.c")
        let (failed, printed) = try await Self.run(Self.build(projects[0]))
        #expect(failed == nil)
        #expect(printed.contains("worker/other.c:1:26: error: 'x' undeclared"), "\(printed)")

        try projects[0].write("int other(void) { return 1; }\n", to: "worker/other.c")
        try projects[0].write("int unrelated(void) { return 1; }\n", to: "worker/add.c")
        let (_, missing) = try await Self.run(Self.build(projects[0]))
        #expect(missing.hasPrefix("error: operation 'add' is not in the worker\n"), "\(missing)")
    }

    @Test func `a compiler that is not there ends the build before it begins`() throws {
        let error = #expect(throws: InventoryError.self) {
            try Self.build(Project(), compiler: "tools/no-cc")
        }
        #expect(
            error?.diagnostic.summary == "this machine can't build 'own'")
        #expect(error?.exitCode == .failed)
    }

    @Test func `GNU ld's missing symbols are told as lld tells them`() {
        let output = """
            /usr/bin/ld: obj/sums.o: in function `execute':
            stubs/sums.c:12: undefined reference to `sums_add'
            /usr/bin/ld: stubs/sums.c:14: undefined reference to `sums_add'
            /usr/bin/ld: obj/other.o:other.c:(.text+0x5): undefined reference to `ns::f(int)'
            /usr/bin/ld: warning: something else
            collect2: error: ld returned 1 exit status

            """
        #expect(
            GNULinkerOutput.rewritten(output) == """
                ld: error: undefined symbol: sums_add
                >>> referenced by stubs/sums.c:12
                >>> referenced by /usr/bin/ld: stubs/sums.c:14
                ld: error: undefined symbol: ns::f(int)
                >>> referenced by /usr/bin/ld: obj/other.o:other.c:(.text+0x5)
                /usr/bin/ld: warning: something else

                """)
        #expect(GNULinkerOutput.rewritten("ld.lld: error: x\n") == "ld.lld: error: x\n")
    }
}
