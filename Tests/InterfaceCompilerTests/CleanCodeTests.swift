import Foundation
import InterfaceCompiler
import TestKit
import Testing

private let names = ["zoo", "application", "words", "recursive", "whole", "borrowed"]

private func withGeneratedC(_ name: String, _ body: (URL) throws -> Void) throws {
    try withTemporaryDirectory { directory in
        for file in cStubs(try compiledGolden(name), stem: name) {
            try Data(file.text.utf8).write(to: directory.appendingPathComponent(file.name))
        }
        try body(directory)
    }
}

private let runtime = projectRoot.appendingPathComponent("Sources/CSlave/include").path

@Test(needs("gcc", "clang"), arguments: names, ["gcc", "clang"])
func `generated C has no warnings under strict flags`(name: String, compiler: String) throws {
    try withGeneratedC(name) { directory in
        for source in try FileManager.default.contentsOfDirectory(atPath: directory.path)
        where source.hasSuffix(".c") {
            try run(
                [compiler] + EchoProgram.strict + [
                    "-Wshadow", "-I\(runtime)", "-c",
                    directory.appendingPathComponent(source).path, "-o",
                    directory.appendingPathComponent("out.o").path,
                ])
        }
    }
}

@Test(needs("g++", "clang++"), arguments: names, ["g++", "clang++"])
func `the generated header is one of C++ as well`(name: String, compiler: String) throws {
    try withGeneratedC(name) { directory in
        let source = directory.appendingPathComponent("worker.cc")
        try Data("#include \"\(name).h\"\n".utf8).write(to: source)
        try run([
            compiler, "-std=c++17", "-pedantic", "-Wall", "-Wextra", "-Werror",
            "-I\(runtime)", "-fsyntax-only", source.path,
        ])
    }
}

@Test(arguments: names)
func `generated Swift is formatted as ours is`(name: String) throws {
    let configuration = projectRoot.appendingPathComponent(".swift-format").path
    try run([
        "swift", "format", "lint", "--strict", "--configuration", configuration,
        goldens.appendingPathComponent("\(name)/expected.swift").path,
    ])
}
