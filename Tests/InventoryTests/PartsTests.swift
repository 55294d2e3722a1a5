import Diagnostics
import Foundation
import TestKit
import Testing

@testable import Inventory

/// Programs, libraries and rules of a manifest.
@Suite struct PartsTests {
    let project: ManifestProject

    init() throws { project = try ManifestProject() }

    static let whole = """
        application: demo
        interface: demo.x
        master: { product: demo }
        worker:
          language: c
          sources: [worker/*.c, tool/main.cc, tool/start.S]
          flags: { all: [-Wall], c++: [-std=c++20], s390x-linux-musl: [-DBIG], debug: [-DCHECKS] }
          link-flags: ["-Wl,--gc-sections"]
          libraries: [z, m]
        programs:
          tool: { sources: [tool/*.cc, tool/fast.zig, "${OUT}/gen/table.c"], libraries: [own] }
          probe: { sources: [dir.x/inner.c], targets: [s390x-linux-musl], hosts: [a2] }
        libraries:
          own: { sources: [dir.x/*.c], flags: [-DOWN], include: [lib, .], libraries: [z] }
          z: { project: cmake, directory: zlib, options: [-DX=1], products: [lib/libz.a] }
          old:
            files: { s390x-linux-musl: [lib/s390x/libz.a] }
        rules:
          table:
            for: target
            inputs: [gen/*.py]
            outputs: [gen/table.c, "${OUT}/gen/table.h"]
            command: [python3, gen/table.py, "${OUT}/gen/table.c", "${TARGET}"]
            depfile: "${OUT}/table.d"
          line: { outputs: [line.h], command: "date > ${OUT}/line.h; echo ${HOME}" }
        hosts:
          a[1-2]: { target: aarch64-linux-musl }
          z: { target: s390x-linux-musl }

        """

    @Test func `a manifest with programs, libraries and rules is read`() throws {
        let manifest = try project.load(Self.whole)
        let code = try #require(manifest.application?.worker.code)
        #expect(code.sources == ["tool/main.cc", "tool/start.S", "worker/main.c"])
        #expect(code.flags.values() == ["-Wall"])
        #expect(
            code.flags.values(holding: ["c++", "s390x-linux-musl"])
                == ["-Wall", "-std=c++20", "-DBIG"])
        #expect(code.flags.values(holding: ["c", "debug"]) == ["-Wall", "-DCHECKS"])
        #expect(code.linkFlags == ["-Wl,--gc-sections"])
        #expect(code.libraries == ["z", "m"])
        #expect(
            manifest.programs == [
                Program(
                    name: "tool",
                    code: Code(
                        sources: ["${OUT}/gen/table.c", "tool/fast.zig", "tool/main.cc"],
                        libraries: ["own"])),
                Program(
                    name: "probe", code: Code(sources: ["dir.x/inner.c"]),
                    targets: ["s390x-linux-musl", "aarch64-linux-musl"]),
            ])
        #expect(
            manifest.libraries == [
                Library(
                    name: "own",
                    origin: .code(
                        Code(sources: ["dir.x/inner.c"], flags: ["-DOWN"], libraries: ["z"])),
                    includes: ["lib", "."], libraries: ["z"]),
                Library(
                    name: "z",
                    origin: .project(
                        Library.Project(
                            tool: .cmake, directory: "zlib", options: ["-DX=1"],
                            products: ["lib/libz.a"]))),
                Library(
                    name: "old", origin: .files(["s390x-linux-musl": ["lib/s390x/libz.a"]])),
            ])
        #expect(
            manifest.rules == [
                Rule(
                    name: "table", scope: .target, inputs: ["gen/table.py"],
                    outputs: ["gen/table.c", "gen/table.h"],
                    command: ["python3", "gen/table.py", "${OUT}/gen/table.c", "${TARGET}"],
                    depfile: "table.d"),
                Rule(
                    name: "line", outputs: ["line.h"],
                    command: ["sh", "-ec", "date > ${OUT}/line.h; echo ${HOME}"]),
            ])
        #expect(
            manifest.rules[0].command([.out: "out", .target: "t"])
                == ["python3", "gen/table.py", "out/gen/table.c", "t"])
        #expect(manifest.rules[1].command([.out: "o"])[2] == "date > o/line.h; echo ${HOME}")
    }

    @Test func `a manifest may have programs alone`() throws {
        let manifest = try project.load("programs: { tool: { sources: [tool/*.cc] } }\n")
        #expect(manifest.application == nil)
        #expect(manifest.name == "project")
        #expect(manifest.programs.map(\.name) == ["tool"])
        #expect(manifest.programs[0].isFor("s390x-linux-musl"))
        let named = try project.load(
            "application: fleet\nprograms: { tool: { sources: [tool/*.cc] } }\n")
        #expect(named.name == "fleet")
    }

    private static let head = """
        application: demo
        interface: demo.x
        master: { product: demo }
        worker: { language: c, sources: [worker/*.c] }

        """

    /// What follows such a head, or stands alone.
    private static let faulty: [(name: String, yaml: String)] = [
        (
            "programs and half an application",
            "interface: demo.x\nprograms: { t: { sources: [tool/*.cc] } }"
        ),
        ("no programs", head + "programs: {}"),
        ("programs in a list", head + "programs: [tool]"),
        ("a name that is a path", head + "programs: { ../tool: { sources: [tool/*.cc] } }"),
        ("a program without sources", head + "programs: { tool: { flags: [-O1] } }"),
        (
            "an unknown target and host",
            head
                + "programs: { t: { sources: [tool/*.cc], targets: [s390x-linux-mus], hosts: [locl] } }"
        ),
        ("a source of no language", head + "programs: { t: { sources: [tool/README] } }"),
        ("a pattern that takes in too much", head + "programs: { t: { sources: [tool/*] } }"),
        ("a source in Swift", head + "programs: { t: { sources: [swift/Main.swift] } }"),
        (
            "a library by its file",
            head + "programs: { t: { sources: [tool/*.cc], libraries: [lib/s390x/libz.a, -lm] } }"
        ),
        (
            "a flag that a comma parts",
            head + "programs: { t: { sources: [tool/*.cc], link-flags: [-Wl,--gc-sections] } }"
        ),
        (
            "flags for what does not exist",
            head + "programs: { t: { sources: [tool/*.cc], flags: { s390x: [-DX], cxx: [-DY] } } }"
        ),
        (
            "what no rule makes",
            head
                + "rules: { a: { outputs: [table.c], command: [cp, a, b] } }\n"
                + "programs: { t: { sources: [\"${OUT}/tabel.c\"] } }"
        ),
        ("a library from nowhere", head + "libraries: { z: { include: [lib] } }"),
        (
            "a library from everywhere",
            head + "libraries: { z: { sources: [tool/*.cc], project: cmake } }"
        ),
        (
            "a library that stands on itself",
            head
                + "libraries:\n  a: { sources: [tool/*.cc], libraries: [b] }\n"
                + "  b: { sources: [tool/*.cc], libraries: [a] }"
        ),
        (
            "a project of another tool",
            head + "libraries: { z: { project: meson, directory: zlib, products: [lib/libz.a] } }"
        ),
        (
            "a project without products",
            head + "libraries: { z: { project: cmake, directory: zlib } }"
        ),
        (
            "a project in a file",
            head + "libraries: { z: { project: cmake, directory: demo.x, products: [libz.a] } }"
        ),
        (
            "a project outside",
            head
                + "libraries: { z: { project: cmake, directory: ../zlib, products: [/usr/lib/libz.a] } }"
        ),
        (
            "a project that is not there",
            head + "libraries: { z: { project: cmake, directory: zlob, products: [libz.a] } }"
        ),
        (
            "keys of another origin",
            head
                + "libraries: { z: { project: cmake, directory: zlib, products: [libz.a], flags: [-O3] } }"
        ),
        ("files without targets", head + "libraries: { z: { files: [lib/s390x/libz.a] } }"),
        (
            "files of an unknown target",
            head + "libraries: { z: { files: { s390: [lib/s390x/libz.a] } } }"
        ),
        (
            "an include that is not there",
            head + "libraries: { z: { sources: [tool/*.cc], include: [inc] } }"
        ),
        (
            "two rules for one file",
            head
                + "rules:\n  a: { outputs: [t.c], command: [cp, a, b] }\n"
                + "  b: { outputs: [t.c], command: [cp, a, b] }"
        ),
        ("a rule that makes nothing", head + "rules: { a: { outputs: [], command: [] } }"),
        (
            "variables that are none",
            head + "rules: { a: { outputs: [t.c], command: [cp, x, \"${OUTPUT}/t.c\"] } }"
        ),
        (
            "a target where there is none",
            head + "rules: { a: { outputs: [t.c], command: \"gen ${TARGET} ${HOME}\" } }"
        ),
        (
            "an input that is not there",
            head + "rules: { a: { inputs: [gen/tabel.py], outputs: [t.c], command: [cp, a, b] } }"
        ),
        (
            "rules in a circle",
            head
                + "rules:\n  a: { inputs: [\"${OUT}/c\"], outputs: [a], command: [x] }\n"
                + "  b: { inputs: [\"${OUT}/a\"], outputs: [b], command: [x] }\n"
                + "  c: { inputs: [\"${OUT}/b\"], outputs: [c], command: [x] }\n"
                + "  d: { inputs: [\"${OUT}/c\"], outputs: [d], command: [x] }"
        ),
        (
            "a rule that needs itself",
            head + "rules: { a: { inputs: [\"${OUT}/a\"], outputs: [a], command: [x] } }"
        ),
        (
            "a rule for all that needs one for each target",
            head
                + "rules:\n  a: { for: target, outputs: [a], command: [x] }\n"
                + "  b: { inputs: [\"${OUT}/a\"], outputs: [b], command: [x] }"
        ),
        (
            "variables without braces",
            head
                + "rules:\n  a: { inputs: [$OUT/b], outputs: [$OUT/a], command: [cp, x, $OUT/a] }\n"
                + "  c: { outputs: [c], command: \"gen >$OUT/c; CC=x; $CC\" }"
        ),
        (
            "a variable without quotes",
            head + "rules:\n  a: { outputs: [a], command: [cp, x, ${OUT}/a] }"
        ),
        (
            "a name that is too long",
            "programs: { \(String(repeating: "a", count: 65)): { sources: [tool/*.cc] } }"
        ),
        (
            "libraries that are none",
            "programs: { t: { sources: [tool/*.cc], libraries: [\"-x\", \"a b\", -pthread] } }"
        ),
        (
            "an architecture for a target",
            "programs: { t: { sources: [tool/*.cc], targets: [s390x, aarch64-linux] } }"
        ),
        (
            "an unknown scope",
            head + "rules: { a: { for: targets, outputs: [t.c], command: [cp, a, b] } }"
        ),
    ]

    @Test func `what is wrong with programs, libraries and rules is told`() throws {
        var text = ""
        for (name, yaml) in Self.faulty {
            let told = try project.told(yaml + "\n")
            #expect(!told.isEmpty, "\(name)")
            text += "## \(name)\n\(told)\n\n"
        }
        try expectGolden(text, at: "faulty_parts.txt")
    }
}
