import BuildGraph
import Foundation
import Inventory
import TestKit
import Testing

@testable import SlaveBuild

/// Random headers, options and data are changed in random ways; after each change an incremental
/// build must leave the objects of a build from scratch, and a further build must do nothing.
@Suite(.serialized) struct HeaderSearchTests {
    @Test(arguments: seedsOfThisRun(4))
    func `objects are those of a build from scratch, whatever appears, changes or goes`(
        seed: UInt64
    ) async throws {
        var random = SeededNumbers(seed)
        let project = try Project()
        let compiler = try #require(
            try project.build(targets: ["x86_64-linux-musl"]).compilers.first)
        try World.write(to: project)
        for turn in 0..<10 {
            let change = try turn == 0 ? "" : World.change(project, &random)
            let said: Comment = "seed \(seed), turn \(turn): \(change)"
            _ = try await build(project, compiler, "kept")
            try? FileManager.default.removeItem(atPath: project.path("fresh"))
            _ = try await build(project, compiler, "fresh")
            for source in World.sources.keys.sorted() {
                let objects = ["kept", "fresh"].map {
                    FileManager.default.contents(atPath: project.path("\($0)/\(source).o"))
                }
                #expect(objects[0] != nil && objects[0] == objects[1], said)
            }
            #expect(try await build(project, compiler, "kept") == [], said)
        }
    }

    private func build(
        _ project: Project, _ compiler: Compiler, _ place: String
    ) async throws -> [Reason] {
        let steps = World.sources.keys.sorted().map { source in
            var step = compiler.compile(
                project.path(source), to: project.path("\(place)/\(source).o"), includes: [],
                flags: World.flags)
            step.name = source
            return step
        }
        let summary = try await Build(
            graph: Graph(steps: steps), log: project.path("\(place)/log")
        ).run()
        #expect(summary.failures.map(\.output) == [])
        return summary.ran.map(\.reason)
    }
}

private enum World {
    static let flags = [
        "@options", "-iquote", "quoted", "-Ifirst", "-isystem", "system dir", "-idirafter", "after",
    ]

    static let directories = [
        "worker", "worker/part", "quoted", "first", "first/part", "second", "system dir",
        "system dir/part",
    ]

    static let headers = ["h0.h", "h1.h", "h2.h", "part/h3.h", "limits.h", "h4.h"]

    static let sources = [
        "worker/a.c": """
        #include "h0.h"
        #include <h1.h>
        #include <limits.h>
        #include "part/h3.h"
        #if __has_include(<h2.h>) && defined H0
        #include <h2.h>
        #endif
        int a[] = {H0, H1, H3, INT_MAX, X,
        #ifdef H2
            H2,
        #endif
        #ifdef LIMITS
            LIMITS,
        #endif
        };
        __asm__(".pushsection .rodata\\n.incbin \\"data.bin\\"\\n.popsection");

        """,
        "worker/b.c": """
        #define HEADER <h4.h>
        #include HEADER
        #define IN(file) __asm__(".pushsection .rodata\\n.incbin \\"" file "\\"\\n.popsection")
        IN("more.bin");
        int b[] = {H4, X};
        const char *where = __FILE__;

        """,
    ]

    static func header(_ name: String, _ value: Int) -> String {
        let macro = name.split(separator: "/").last?.dropLast(2).uppercased() ?? ""
        let next = name == "h0.h" ? "#include \"h1.h\"\n" : ""
        let inner = name == "limits.h" ? "#include_next <limits.h>\n" : ""
        return "\(next)\(inner)#undef \(macro)\n#define \(macro) \(value)\n"
    }

    /// What is behind everything else makes each compile possible.
    static func write(to project: Project) throws {
        for (name, text) in sources { try project.write(text, to: name) }
        for name in headers where name != "h2.h" && name != "limits.h" {
            try project.write(header(name, 1), to: "after/\(name)")
        }
        for name in ["data.bin", "more.bin"] { try project.write("1", to: "first/\(name)") }
        try project.write("-DX=1 -I second\n", to: "options")
    }

    /// Returns what was changed.
    static func change(_ project: Project, _ random: inout SeededNumbers) throws -> String {
        let value = Int.random(in: 2...9_999, using: &random)
        let name = headers.randomElement(using: &random) ?? ""
        let path = "\(directories.randomElement(using: &random) ?? "")/\(name)"
        let data =
            ["data.bin", "more.bin", "first/data.bin", "first/more.bin"]
            .randomElement(using: &random) ?? ""
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<5:
            try project.write(header(name, value), to: path)
            return "wrote \(path)"
        case 5:
            var gone: [String] = []
            for directory in directories {
                let path = "\(directory)/\(name)"
                guard FileManager.default.fileExists(atPath: project.path(path)) else { continue }
                try FileManager.default.removeItem(atPath: project.path(path))
                gone.append(path)
            }
            return "removed \(gone)"
        case 6:
            let more =
                ["-I second", "-iquote second", "\"-I\" 'first/part' -Isecond"]
                .randomElement(using: &random) ?? ""
            try project.write("-DX=\(value) \(more)\n", to: "options")
            return "options: \(value) \(more)"
        case 7:
            try project.write("\(value)", to: data)
            return "wrote \(data)"
        case 8 where !data.hasPrefix("first"):
            try? FileManager.default.removeItem(atPath: project.path(data))
            return "removed \(data)"
        default:
            let again = try String(contentsOfFile: project.path("after/h1.h"), encoding: .utf8)
            try project.write(again, to: "after/h1.h")
            return "touched after/h1.h"
        }
    }
}
