import Foundation
import InterfaceCompiler
import TestKit
import Testing

@Test(arguments: ["zoo", "application", "words", "recursive", "whole", "borrowed"])
func `generated code is what its golden files say`(name: String) throws {
    let model = try compiledGolden(name)
    try expectGolden(swiftClient(model).text, at: "\(name)/expected.swift")
    for file in cStubs(model, stem: name) {
        let suffix = file.name.dropFirst(name.count)
        try expectGolden(file.text, at: "\(name)/expected\(suffix)")
    }
}

@Test(arguments: ["zoo", "application", "words", "recursive", "whole", "borrowed"])
func `the plain program is what its golden file says`(name: String) throws {
    let model = try compiledGolden(name)
    try expectGolden(model.canonicalText, at: "\(name)/canonical.txt")
    try expectGolden(rpcProgram(model), at: "\(name)/program.x")
}

@Test(
    needs("rpcgen"),
    arguments: ["zoo", "application", "words", "recursive", "whole", "borrowed"])
func `rpcgen takes the plain program`(name: String) throws {
    let model = try compiledGolden(name)
    try withTemporaryDirectory { directory in
        let file = directory.appendingPathComponent("plain.x")
        try Data(rpcProgram(model).utf8).write(to: file)
        for (option, output) in [("-h", "plain.h"), ("-c", "plain_xdr.c")] {
            let output = directory.appendingPathComponent(output).path
            try run(["rpcgen", "-N", option, "-o", output, file.path])
        }
        // In the C of rpcgen a union can't hold itself, which XDR allows where a case ends it.
        guard name != "borrowed" else { return }
        let source = directory.appendingPathComponent("plain_xdr.c").path
        try run([
            "gcc", "-w", "-fsyntax-only", "-I/usr/include/tirpc", "-I\(directory.path)",
            "-include", directory.appendingPathComponent("plain.h").path, source,
        ])
    }
}

@Test(arguments: ["zoo", "words", "recursive", "whole", "borrowed"])
func `the Swift that these tests are built with is up to date`(name: String) throws {
    let options = SwiftOptions(module: "XDRCoding", withoutClient: true)
    let text = swiftClient(try compiledGolden(name), options: options).text
    try expectGolden(text, at: "../Generated/\(name).swift")
}

@Test(needs("swift-format"))
func `swift-format has nothing to change in generated Swift`() throws {
    let files = try generatedFiles(withSuffix: "swift")
    try #require(files.count > 8)
    let configuration = projectRoot.appendingPathComponent(".swift-format").path
    for file in files {
        let formatted = try run(["swift-format", "--configuration", configuration, file.path])
        #expect(String(decoding: formatted, as: UTF8.self) == (try text(file)), "\(file.path)")
    }
}

@Test(needs("clang-format"))
func `clang-format has nothing to change in generated C`() throws {
    let files = try generatedFiles(withSuffix: "c") + generatedFiles(withSuffix: "h")
    try #require(files.count > 8)
    for file in files {
        let formatted = try run(["clang-format", "--style=file", file.path])
        #expect(String(decoding: formatted, as: UTF8.self) == (try text(file)), "\(file.path)")
    }
}

private func text(_ file: URL) throws -> String { try String(contentsOf: file, encoding: .utf8) }

private func generatedFiles(withSuffix suffix: String) throws -> [URL] {
    let folders = ["application", "borrowed", "recursive", "whole", "words"].map { "Goldens/\($0)" }
    let own = (folders + ["Goldens/zoo", "Generated"]).map(testDirectory.appendingPathComponent)
    let ours =
        [
            "WireProtocol/Generated/SlaveProtocol.swift",
            "WireProtocol/Generated/CapsuleFormat.swift",
        ]
        + ["CSlave/protocol/slave_protocol.c", "CSlave/protocol/slave_protocol.h"]
    let files = try own.flatMap { folder in
        try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    }
    return (files + ours.map { projectRoot.appendingPathComponent("Sources/\($0)") })
        .filter { $0.pathExtension == suffix }
}

/// Of our own interfaces. Slaves write no capsules: no C is made for them.
@Test(arguments: [
    ("slave.x", "SlaveProtocol.swift", true), ("capsule.x", "CapsuleFormat.swift", false),
])
func `our own generated files are up to date`(
    interface: String, swiftFile: String, withC: Bool
) throws {
    let path = "Interfaces/\(interface)"
    let text = try String(
        contentsOf: projectRoot.appendingPathComponent(path), encoding: .utf8)
    let model = try compileInterface(text: text, file: path)
    let options = SwiftOptions(module: "XDRCoding", withoutClient: true)
    try expectGenerated(
        swiftClient(model, options: options).text,
        at: "Sources/WireProtocol/Generated/\(swiftFile)", remedy: "make generate")
    guard withC else { return }
    for file in cStubs(model, stem: "slave_protocol") {
        try expectGenerated(
            file.text, at: "Sources/CSlave/protocol/\(file.name)", remedy: "make generate")
    }
}

@Test func `comments, layout and the spelling of constants leave the hash alone`() throws {
    let one = "const N = 16; struct A { int x[N]; }; struct B { A a; };"
    let two = "/* the same */ struct B { A a; };\nstruct A {\n  int x[0x10]; /* sixteen */ };"
    let other = "struct A { int x[15]; }; struct B { A a; };"
    #expect(try hash(one) == hash(two))
    #expect(try hash(one) != hash(other))
}

private func hash(_ text: String) throws -> String {
    try compileInterface(text: text, file: "a.x").hash.description
}
