import ArgumentParser
import Foundation
import InterfaceCompiler
import Testing

@testable import MarionetteCommand

/// The command as it is installed, on files of a directory that goes with the test.
@Suite final class InterfaceCommandTests {
    private let directory = FileManager.default.temporaryDirectory
        .appending(path: "marionette-interface-\(UUID().uuidString)")

    init() throws {
        try FileManager.default.createDirectory(
            at: directory.appending(path: "shared"), withIntermediateDirectories: true)
        try write("const SIDE = 3;\nstruct Point { int at[SIDE]; };\n", to: "shared/point.x")
        try write(Self.good, to: "good.x")
        try write("struct Tile { Piont corner; };\n#include <stdio.h>\n", to: "bad.x")
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    private static let good = """
        #include "point.x"
        /* A tile. */
        struct Tile { Point corner; opaque rgb<>; };
        application Painter {
            shared Tile ground;
            context replacing void setBrush(int width);
            worker Tile paint(Point, float strength) reads ground;
        } = 0x20000001;
        """

    private func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: directory.appending(path: name))
    }

    private struct Output {
        var status: Int32
        var standard: String
        var errors: String
    }

    private func marionette(_ arguments: String...) throws -> Output {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
            .resolvingSymlinksInPath().deletingLastPathComponent().appending(path: "marionette")
        process.arguments = arguments
        process.currentDirectoryURL = directory
        let streams = ["out", "err"].map { directory.appending(path: $0) }
        for stream in streams { try Data().write(to: stream) }
        process.standardOutput = try FileHandle(forWritingTo: streams[0])
        process.standardError = try FileHandle(forWritingTo: streams[1])
        try process.run()
        process.waitUntilExit()
        let texts = try streams.map { try String(contentsOf: $0, encoding: .utf8) }
        return Output(status: process.terminationStatus, standard: texts[0], errors: texts[1])
    }

    @Test func `check tells what an interface has`() throws {
        let output = try marionette("interface", "check", "-I", "shared", "good.x")
        #expect(output.errors == "")
        #expect(
            output.standard
                == "good.x: no errors; 2 types, application Painter with 2 operations\n")
        #expect(output.status == 0)
    }

    @Test func `check tells every mistake of every file`() throws {
        let output = try marionette("interface", "check", "bad.x", "good.x", "missing.x")
        #expect(
            output.errors == """
                bad.x:1:15: error: 'Piont' is no type
                 1 | struct Tile { Piont corner; };
                   |               ^~~~~
                  help: C headers are not read: define it in a file of your own, and include this \
                one there
                good.x:1:10: error: there is no interface file 'point.x'
                 1 | #include "point.x"
                   |          ^~~~~~~~~
                  note: looked in '.'
                good.x:3:15: error: 'Point' is no type
                 3 | struct Tile { Point corner; opaque rgb<>; };
                   |               ^~~~~
                good.x:7:23: error: 'Point' is no type
                 7 |     worker Tile paint(Point, float strength) reads ground;
                   |                       ^~~~~
                error: 'missing.x' can't be read

                """)
        #expect(output.standard == "")
        #expect(output.status == 1)
    }

    @Test func `check warns of a header that is not read`() throws {
        try write("#include <stdio.h>\nstruct A { int x; };\n", to: "header.x")
        let output = try marionette("interface", "check", "header.x")
        #expect(
            output.errors == """
                header.x:1:10: warning: 'stdio.h' is no interface and is not read
                 1 | #include <stdio.h>
                   |          ^~~~~~~~~

                """)
        #expect(output.standard == "header.x: no errors; 1 type\n")
        #expect(output.status == 0)
    }

    @Test func `check writes JSON`() throws {
        let output = try marionette("interface", "check", "--json", "bad.x")
        #expect(
            output.standard == """
                [
                  {
                    "column" : 15,
                    "file" : "bad.x",
                    "line" : 1,
                    "notes" : [

                    ],
                    "remedy" : "C headers are not read: define it in a file of your own, and \
                include this one there",
                    "severity" : "error",
                    "summary" : "'Piont' is no type"
                  }
                ]

                """)
        #expect(output.errors == "")
        #expect(output.status == 1)
    }

    @Test func `show prints hash, canonical form and plain program`() throws {
        let output = try marionette("interface", "show", "--include", "shared", "good.x")
        let model = try compileInterface(
            text: Self.good, file: "good.x",
            files: .onDisk(in: directory.path, searched: ["shared"]))
        #expect(
            output.standard == """
                hash \(model.hash)

                interface 1
                struct Point
                  at: int[3]
                struct Tile
                  corner: Point
                  rgb: opaque<4294967295>
                application Painter 536870913 1
                shared ground: Tile
                context replacing 1 setBrush(width: int) void
                worker 2 paint(point: Point, strength: float) Tile reads 0

                /* The RPC program of good.x, for rpcgen -N. */
                const SIDE = 3;

                struct Point {
                    int at[3];
                };

                struct Tile {
                    Point corner;
                    opaque rgb<>;
                };

                /* shared data 0: Tile ground */

                program PAINTER_PROGRAM {
                    version PAINTER_VERSION {
                        void PAINTER_SET_BRUSH(int) = 1; /* context replacing */
                        Tile PAINTER_PAINT(Point, float) = 2; /* worker reads ground */
                    } = 1;
                } = 536870913;

                """)
        #expect(output.status == 0)
        let program = try marionette("interface", "show", "-I", "shared", "--program", "good.x")
        #expect(program.standard == rpcProgram(model))
    }

    @Test(arguments: StubLanguage.allCases)
    func `generate writes what the language has`(language: StubLanguage) throws {
        let output = try marionette(
            "interface", "generate", "--language", language.rawValue, "--out", "made/here",
            "-I", "shared", "good.x")
        #expect(output.errors == "")
        let model = try compileInterface(
            text: Self.good, file: "good.x",
            files: .onDisk(in: directory.path, searched: ["shared"]))
        let files = language.files(of: model)
        #expect(output.standard == files.map { "made/here/\($0.name)\n" }.joined())
        for file in files {
            let path = directory.appending(path: "made/here/\(file.name)")
            #expect(try String(contentsOf: path, encoding: .utf8) == file.text)
        }
        let again = try marionette(
            "interface", "generate", "--language", language.rawValue, "--out", "made/here",
            "-I", "shared", "good.x")
        #expect(again.standard == "")
        #expect(again.status == 0)
    }

    @Test func `generate into a file's place is refused`() throws {
        let output = try marionette(
            "interface", "generate", "--language", "c", "--out", "bad.x/in", "-I", "shared",
            "good.x")
        #expect(output.errors.hasPrefix("error: 'bad.x/in/good.h' can't be written\n  note: "))
        #expect(output.status == 1)
    }

    @Test func `an unknown language is a fault of usage`() throws {
        let output = try marionette(
            "interface", "generate", "--language", "pascal", "--out", "made", "good.x")
        #expect(output.errors.contains("'pascal' is invalid for '--language <language>'"))
        #expect(output.status == 64)
    }
}
