import Foundation
import TestKit
import Testing

@testable import MarionetteCommand

/// Compilers that are executed on a host.
@Suite(.timeLimit(.minutes(10))) struct HostCompilerTests {
    private static func write(_ text: String, to path: String) throws {
        let url = URL(fileURLWithPath: path)
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: url, atomically: true, encoding: .utf8)
    }

    // MARK: The command line

    @Test func `what is here goes along, and what is the host's stays as it is`() throws {
        let base = try TemporaryDirectory("tool")
        let (here, data) = ("\(base.path)/project", "\(base.path)/data")
        for file in [
            "\(here)/src/main.c", "\(here)/include/a.h", "\(here)/x.ld", "\(here)/options",
            "\(data)/slave.c", "\(base.path)/shared/s.h", "\(here)/lib/libown.a",
        ] { try Self.write("", to: file) }
        let tool = ToolFiles(
            [
                "-O2", "-D", "src/main.c", "-Iinclude", "-I", "../shared", "-isystem",
                "/usr/include/other", "-L/usr/lib/other", "-Llib", "-lown", "@options",
                "-Wl,-T,x.ld", "-Wl,--build-id=sha1", "-ffile-prefix-map=\(here)=/m/app",
                "-ffile-prefix-map=/=/", "-MF", "obj/main.d", "-c", "src/main.c", "\(data)/slave.c",
                "-o", "\(here)/obj/main.o",
            ], in: here, roots: [data], root: "/tmp/r")
        #expect(
            tool.words == [
                "-O2", "-D", "src/main.c", "-Iinclude", "-I", "../shared", "-isystem",
                "/usr/include/other", "-L/usr/lib/other", "-Llib", "-lown", "@options",
                "-Wl,-T,x.ld", "-Wl,--build-id=sha1", "-ffile-prefix-map=/tmp/r\(here)=/m/app",
                "-ffile-prefix-map=/=/", "-MF", "obj/main.d", "-c", "src/main.c",
                "/tmp/r\(data)/slave.c", "-o", "/tmp/r\(here)/obj/main.o",
            ])
        #expect(tool.depfile == "\(here)/obj/main.d")
        #expect(tool.outputs.contains("\(here)/obj/main.o"))
        let files = try tool.files().map { URL(fileURLWithPath: $0).standardizedFileURL.path }
        #expect(
            Set(files) == [
                "\(here)/src/main.c", "\(here)/include/a.h", "\(here)/x.ld", "\(here)/options",
                "\(here)/lib/libown.a", "\(data)/slave.c", "\(base.path)/shared/s.h",
            ])
    }

    @Test func `headers beside a source go along, and hidden directories and circles do not`()
        throws
    {
        let base = try TemporaryDirectory("tool")
        let here = base.path
        try Self.write("#include \"../own/one.h\"\n# include <two.h>\n", to: "\(here)/src/main.c")
        try Self.write("#include \"two.h\"\n", to: "\(here)/own/one.h")
        try Self.write("#include \"one.h\"\n", to: "\(here)/own/two.h")
        try Self.write("", to: "\(here)/include/deep/er/a.h")
        try Self.write("", to: "\(here)/include/.git/b.h")
        try FileManager.default.createSymbolicLink(
            atPath: "\(here)/include/deep/loop", withDestinationPath: "..")
        let tool = ToolFiles(
            ["-Iinclude", "-c", "src/main.c"], in: here, roots: [], root: "/tmp/r")
        let files = try tool.files().map { URL(fileURLWithPath: $0).standardizedFileURL.path }
        #expect(
            Set(files) == [
                "\(here)/src/main.c", "\(here)/own/one.h", "\(here)/own/two.h",
                "\(here)/include/deep/er/a.h",
            ])
    }

    @Test func `a directory that is too large is named`() throws {
        let base = try TemporaryDirectory("tool")
        try Self.write("", to: "\(base.path)/big/data")
        #expect(truncate("\(base.path)/big/data", off_t(ToolFiles.bytesMax + 1)) == 0)
        let tool = ToolFiles(["-Ibig", "-c", "x.c"], in: base.path, roots: [], root: "/tmp/r")
        #expect(throws: HostToolError.tooLarge(directory: "\(base.path)/big")) { try tool.files() }
    }

    @Test func `a depfile has names of this machine alone`() {
        let text = "obj/a.o: src/a.c /tmp/r/home/p/a\\ b.h \\\n /usr/include/stdio.h src/b.h\n"
        #expect(
            ToolFiles.depfile(text, from: "/tmp/r")
                == "obj/a.o: src/a.c /home/p/a\\ b.h \\\n src/b.h\n")
    }

    // MARK: The answer

    @Test(arguments: seedsOfThisRun(20))
    func `an answer that is not whole, or is no answer, is none`(seed: UInt64) {
        var random = SeededNumbers(seed)
        let outputs = (0..<random.within(1...5)).map { "/p/\($0)" }
        var answer = Array("status \(random.below(3))\n".utf8)
        func add(_ name: String, _ word: String) {
            let bytes = (0..<random.below(300)).map { _ in UInt8(random.below(256)) }
            answer += Array("\(name) \(bytes.count) \(word)\n".utf8) + bytes
        }
        add("output", "-")
        add("errors", "-")
        for number in outputs.indices where random.below(2) == 0 { add("file-\(number)", "x") }
        answer += Array("complete 0 -\n".utf8)
        #expect(RemoteTool.outcome(answer, outputs) != nil, "seed \(seed)")
        for length in answer.indices {
            #expect(RemoteTool.outcome(Array(answer[..<length]), outputs) == nil, "seed \(seed)")
        }
        for _ in 0..<200 {
            var damaged = answer
            damaged[random.below(damaged.count)] = UInt8(random.below(256))
            // Whatever comes of it, no other file is written.
            let files = RemoteTool.outcome(damaged, outputs)?.files.keys.map { $0 } ?? []
            #expect(Set(files).isSubset(of: outputs), "seed \(seed)")
        }
    }

    // MARK: A host

    @Test func `a program is compiled on a host by ssh, and built again when a header changes`()
        throws
    {
        let server = try TestSSHServer(alias: "sparky")
        let base = try TemporaryDirectory("hosted")
        let project = "\(base.path)/a b"
        func marionette(_ words: [String]) throws -> TestProcess {
            try TestProcess.run([Checkout.marionette] + words, directory: project)
        }
        try Self.write(
            """
            ssh: { configuration: '\(server.configuration)' }
            programs:
              hello: { sources: [src/hello.c], flags: [-Iinclude] }
            hosts:
              sparky: { target: sparky }

            """, to: "\(project)/marionette.yaml")
        try Self.write(
            """
            #include <stdio.h>
            #include "value.h"
            int main(void) { printf("%d\\n", VALUE); return 0; }

            """, to: "\(project)/src/hello.c")
        try Self.write("#define VALUE 42\n", to: "\(project)/include/value.h")
        // As Documentation/Building.md has it.
        let made = try marionette(["host-compiler", "sparky"])
        #expect(made.output.hasPrefix("wrote Targets/sparky.yaml, for gcc"), "\(made.told)")

        let program = "\(project)/.marionette/build/sparky/bin/hello"
        let first = try marionette(["build"])
        #expect(first.status == 0, "\(first.told)")
        #expect(try TestProcess.run([program]).output == "42\n")
        #expect(try marionette(["build"]).errors.contains("nothing to do"))

        try Self.write("#define VALUE 43\n", to: "\(project)/include/value.h")
        #expect(try marionette(["build"]).status == 0)
        #expect(try TestProcess.run([program]).output == "43\n")

        try Self.write("#define VALUE none\n", to: "\(project)/include/value.h")
        let failed = try marionette(["build"])
        #expect(failed.status == 1)
        #expect(
            failed.errors.contains("include/value.h:1:15: error: 'none' undeclared"),
            "\(failed.told)")

        server.end()
        try Self.write("#define VALUE 44\n", to: "\(project)/include/value.h")
        let unreached = try marionette(["build"])
        #expect(unreached.status == 1)
        #expect(
            unreached.errors.contains("gcc --version' fails: error: host 'sparky'"),
            "\(unreached.told)")
    }
}
