import Archives
import BuildGraph
import Foundation
import Inventory
import TestKit
import Testing

@testable import SlaveBuild

/// Programs, libraries and rules: a project that has no interface, no master and no worker.
@Suite(.serialized) struct ProgramsTests {
    private static let target = "x86_64-linux-musl"

    private static let files = [
        "marionette.yaml": """
        programs:
          tool:
            sources: [tool/*.c, tool/*.s, tool/scale.zig, "${OUT}/table.c"]
            flags: [-Wall, -Llib, -lthird]
            link-flags: ["-Wl,--gc-sections"]
            libraries: [own, made, m]
          other: { sources: [other.c], targets: [s390x-linux-musl] }
        libraries:
          own: { sources: [own/*.c], include: [own], flags: [-DBIAS=1] }
          made: { project: make, directory: made, products: [lib/libmade.a] }
        rules:
          table:
            inputs: [numbers]
            outputs: [table.c]
            command: "(printf 'int table = '; cat numbers; echo ';') > ${OUT}/table.c"
          third:
            for: target
            inputs: [third/third.c]
            outputs: [third.o]
            command: "${CC} -c third/third.c -o ${OUT}/third.o"

        """,
        "tool/main.c": """
        #include "made.h"
        #include "own.h"
        #include <math.h>
        #include <stdio.h>

        extern int plus(int), scale(int), table, third(void);

        int main(int argc, char **argv)
        {
            (void)argv;
            printf("%d %d %d %d %d %d %.0f\\n", own(), plus(1), scale(2), table, made(), third(),
                   sqrt(argc * 4.0));
            return 0;
        }

        """,
        "tool/plus.s": """
        .globl plus
        plus:
            leal 40(%rdi), %eax
            ret
        .section .note.GNU-stack,"",@progbits

        """,
        "tool/scale.zig": """
        export fn scale(value: c_int) c_int {
            return value * @import("factor.zig").factor;
        }

        """,
        "tool/factor.zig": "pub const factor = 3;\n",
        "other.c": "int main(void) { return 0; }\n",
        "own/own.h": "int own(void);\n",
        "own/own.c": "#include \"own.h\"\nint own(void) { return 10 + BIAS; }\n",
        "numbers": "99\n",
        "made/made.h": "int made(void);\n",
        "made/made.c": "int made(void) { return 5; }\n",
        "made/Makefile": """
        libmade.a: made.o
        \t$(AR) rcs $@ made.o
        install: libmade.a
        \tmkdir -p $(PREFIX)/lib $(PREFIX)/include
        \tcp libmade.a $(PREFIX)/lib/ && cp made.h $(PREFIX)/include/

        """,
        "third/third.c": "int third(void) { return 33; }\n",
    ]

    private final class Fleet: Sendable {
        let directory: String

        init() throws {
            directory =
                FileManager.default.temporaryDirectory
                .appending(path: "marionette-fleet-\(UUID().uuidString)").path
            for (name, text) in ProgramsTests.files { try write(text, to: name) }
        }

        deinit { try? FileManager.default.removeItem(atPath: directory) }

        func write(_ text: String, to name: String) throws {
            let url = URL(fileURLWithPath: "\(directory)/\(name)")
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: url, atomically: true, encoding: .utf8)
        }

        func makeBuild(targets: [String]) throws -> ApplicationBuild {
            let checkout = try Checkout.shared.get()
            let data = try checkout.install(at: "\(directory)/installation")
            let catalog = try TargetCatalog.load(data: data)
            let zig = try #require(checkout.zig, "no zig: 'make setup' installs it")
            return ApplicationBuild(
                manifest: try Manifest.load(directory: directory, catalog: catalog),
                targets: try targets.map { try catalog.target(named: $0) },
                toolchains: [.zig: zig], data: data)
        }

        func build(
            targets: [String] = [target], profile: Profile = .release
        ) async throws -> (slaves: [BuiltSlave], ran: [String]) {
            var build = try makeBuild(targets: targets)
            build.profile = profile
            var printed = ""
            do {
                let products = try await build.run(onEvent: { event in
                    if case .finished(_, .failed(let output, _)) = event { printed += output }
                })
                return (products.slaves, products.summary.ran.map(\.step.name).sorted())
            } catch {
                Issue.record("\(error.diagnostic.rendered)\n\(printed)")
                throw error
            }
        }

        /// `tool` reads the archive that another build of the user's left in `lib`.
        func makeThird() throws {
            let zig = try #require(try Checkout.shared.get().zig)
            let script = """
                cd '\(directory)' && mkdir -p lib && '\(zig.path)' cc -target \(target) -g0 -c \
                third/third.c -o lib/third.o && rm -f lib/libthird.a && \
                '\(zig.path)' ar rcs lib/libthird.a lib/third.o
                """
            _ = try output(of: ["sh", "-c", script])
        }
    }

    @Test func `programs are built from all that a driver links, and rebuilt by what changed`()
        async throws
    {
        let fleet = try Fleet()
        try fleet.makeThird()
        let (slaves, _) = try await fleet.build()
        let slave = try #require(slaves.first)
        #expect(slave.programs.map(\.name) == ["tool"])
        #expect(slave.bundle.files.map(\.path) == ["bin/tool", "slave"])
        let tool = slave.programs[0]
        #expect(try output(of: [tool.path]) == "11 41 6 99 5 33 2\n")
        let whole = try ElfFile([UInt8](Data(contentsOf: URL(filePath: tool.debugFile))))
        #expect(try whole.buildId() == tool.buildId)
        // Whoever installs the bundle on a host executes nothing.
        #expect(try output(of: [slave.slave, "--identify"]).contains("application=project\n"))
        #expect(try await fleet.build().ran == [])

        let linking = ["identify tool", "link tool", "pack", "strip tool"]
        try fleet.write("pub const factor = 4;\n", to: "tool/factor.zig")
        #expect(try await fleet.build().ran == (["compile tool/scale.zig"] + linking).sorted())
        try fleet.write("98\n", to: "numbers")
        #expect(
            try await fleet.build().ran == (["compile table.c", "make table"] + linking).sorted())
        try fleet.write("#define M 6\nint made(void);\n", to: "made/made.h")
        try fleet.write("#include \"made.h\"\nint made(void) { return M; }\n", to: "made/made.c")
        #expect(
            try await fleet.build().ran
                == (["build made with make", "compile tool/main.c"] + linking).sorted())
        try fleet.write("int third(void) { return 34; }\n", to: "third/third.c")
        // What an installation wrote during the last build may be compared once more.
        let ran = try await fleet.build().ran.filter { $0 != "compile tool/main.c" }
        #expect(ran == ["make third"])
        try fleet.makeThird()
        #expect(
            try await fleet.build().ran == ["link tool", "pack", "strip tool"])
        #expect(try output(of: [tool.path]) == "11 41 8 98 6 34 2\n")
    }

    @Test func `projects find the libraries beside them, and say what they installed`() async throws
    {
        let fleet = try Fleet()
        let manifest = """
            programs: { tool: { sources: [own/main.c], libraries: [made] } }
            libraries:
              own: { sources: [own/own.c], include: [own], flags: [-DBIAS=1] }
              made: { project: cmake, directory: made, products: [lib/libmade.a], libraries: [own] }
              asked: { project: make, directory: asked, products: [lib/libmad.a], libraries: [own] }

            """
        try fleet.write(manifest, to: "marionette.yaml")
        try fleet.write(
            """
            cmake_minimum_required(VERSION 3.10)
            project(made C)
            find_library(OWN own REQUIRED)
            find_path(HEADERS own.h REQUIRED)
            find_package(PkgConfig)
            if(PKG_CONFIG_FOUND)
              pkg_check_modules(PACKAGE REQUIRED own)
              if(NOT PACKAGE_LINK_LIBRARIES MATCHES "own")
                message(FATAL_ERROR "pkg-config says '${PACKAGE_LINK_LIBRARIES}'")
              endif()
            endif()
            add_library(made made.c)
            target_include_directories(made PRIVATE ${HEADERS})
            install(TARGETS made DESTINATION lib)
            install(FILES made.h DESTINATION include)

            """, to: "made/CMakeLists.txt")
        try fleet.write(
            "#include <own.h>\nint made(void) { return own() + 5; }\n", to: "made/made.c")
        try fleet.write(
            "int made(void);\nint main(void) { return made(); }\n", to: "own/main.c")
        try fleet.write("all:\n\ttouch libmade.a\n", to: "asked/Makefile")
        let tool = try #require(try await fleet.build().slaves.first).programs[0]
        #expect(try TestProcess.run([tool.path]).status == 16)

        // The commands for editors are those of the target that was built last.
        let commands = {
            try String(contentsOfFile: "\(fleet.directory)/compile_commands.json", encoding: .utf8)
        }
        #expect(try commands().contains("x86_64-linux-musl"))
        _ = try await fleet.build(profile: .debug)
        _ = try await fleet.build()
        #expect(try !commands().contains("build-debug"))

        try fleet.write(
            manifest.replacing("libraries: [made]", with: "libraries: [asked]"),
            to: "marionette.yaml")
        let build = try fleet.makeBuild(targets: [Self.target])
        let failed = await #expect(throws: SlaveBuildError.self) { try await build.run() }
        guard case .failed(let failures, _, _) = failed else { return }
        #expect(
            failures.first?.output.contains(
                """
                error: the build installed no lib/libmad.a
                  note: archives that it installed: libmade.a
                  help: correct 'products' in marionette.yaml

                """) == true, "\(failures)")
    }

    @Test func `another directory and another profile: the same bytes, and others`() async throws {
        var digests: [String] = []
        for profile in [Profile.release, .release, .debug] {
            let fleet = try Fleet()
            try fleet.makeThird()
            let slaves = try await fleet.build(profile: profile).slaves
            digests.append(try #require(slaves.first).bundle.digest.description)
            let isThere = FileManager.default.fileExists(
                atPath: "\(fleet.directory)/.marionette/build-debug/log")
            #expect(isThere == (profile == .debug))
        }
        #expect(digests[0] == digests[1])
        #expect(digests[0] != digests[2])
    }

    @Test(arguments: [
        (["-DA", "-Ldir", "-lx", "-O2"], ["-DA", "-O2"], ["-Ldir", "-lx"]),
        (["-L", "dir", "-I", "-Lfoo"], ["-I", "-Lfoo"], ["-L", "dir"]),
        (
            ["-Wl,-T,x.ld", "-fsanitize=undefined"], ["-fsanitize=undefined"],
            ["-Wl,-T,x.ld", "-fsanitize=undefined"]
        ),
        (["-flto", "-pthread", "-Wall"], ["-flto", "-pthread", "-Wall"], ["-flto", "-pthread"]),
        (["-static", "-u", "main", "-D", "-lx"], ["-D", "-lx"], ["-static", "-u", "main"]),
        (["-L"], [], ["-L"]),
    ])
    func `flags go to whom they concern`(
        flags: [String], compiler: [String], linker: [String]
    ) {
        let parts = LinkFlags.split(flags)
        #expect(parts.compiler == compiler)
        #expect(parts.linker == linker)
    }

    @Test func `a goal is a target, a host, a program or a file that is made`() throws {
        let fleet = try Fleet()
        let targets = [Self.target, "s390x-linux-musl"]
        let build = try fleet.makeBuild(targets: targets)
        let goals = BuildGoals(build, try build.makeBuild(nil).graph, master: nil)
        let root = "\(fleet.directory)/.marionette/build"
        #expect(try goals.outputs([]) == nil)
        let bundles = try goals.outputs(["s390x", "local"])
        let native = build.manifest.hosts[0].target
        #expect(bundles == ["s390x-linux-musl", native].map { "\(root)/\($0)/bundle.tar.gz" })
        #expect(try goals.outputs(["tool"]) == targets.map { "\(root)/\($0)/bin/tool" })
        #expect(try goals.outputs(["other"]) == ["\(root)/s390x-linux-musl/bin/other"])
        let table = ".marionette/build/generated/table/table.c"
        #expect(
            try goals.outputs([table, "\(root)/generated/table/table.c"]).map { Set($0).count } == 1
        )
        let error = #expect(throws: SlaveBuildError.self) { try goals.outputs(["toll"]) }
        #expect(
            error?.diagnostic.rendered == """
                error: nothing makes 'toll'
                  note: a goal is a target, a host, a program, 'master', or a file that the build makes
                  help: did you mean 'tool'?
                """)
    }

    @Test func `the linker's files are inputs`() throws {
        let fleet = try Fleet()
        try fleet.write("", to: "lib/libthird.a")
        try fleet.write("", to: "x.ld")
        let flags = LinkFlags(
            ["-Llib", "-lthird", "-l:libthird.a", "-Wl,-T,x.ld", "-lnone"],
            directory: fleet.directory)
        #expect(
            flags.files == ["\(fleet.directory)/x.ld", "\(fleet.directory)/lib/libthird.a"])
    }
}
