import Foundation
import InterfaceCompiler
import TestKit
import Testing

/// Random interfaces, each of whose names may stand in every position beside each other one, by the
/// compilers that their users have. `NAMES_SEED=n` repeats a failure.
@Suite(.timeLimit(.minutes(20))) struct NamingTests {
    private static let seed =
        ProcessInfo.processInfo.environment["NAMES_SEED"].flatMap { UInt64($0) } ?? 4_506

    private struct Sample {
        let name: String
        let text: String
        let model: InterfaceModel
    }

    /// The first ones that the checker takes.
    private static func samples(_ count: Int) throws -> [Sample] {
        var samples: [Sample] = []
        for seed in seed..<seed + 100 where samples.count < count {
            var names = RandomNames(seed: seed)
            let text = names.interface()
            let name = "names\(seed)"
            guard let model = try? compileInterface(text: text, file: "\(name).x") else { continue }
            samples.append(Sample(name: name, text: text, model: model))
        }
        try #require(samples.count == count, "most interfaces are refused")
        return samples
    }

    private static var repeats: String { "to repeat: NAMES_SEED=\(seed)" }

    @Test func `any names beside each other compile in C and C++`() throws {
        let runtime = "\(SlaveSources.directory)/include"
        let samples = try Self.samples(24)
        try withTemporaryDirectory { directory in
            for sample in samples {
                for file in cStubs(sample.model, stem: sample.name) {
                    try Data(file.text.utf8).write(to: directory.appendingPathComponent(file.name))
                }
                let headers = [
                    "ctype", "errno", "float", "limits", "math", "stdio", "stdlib", "time",
                ]
                let user =
                    headers.map { "#include <\($0).h>\n" }.joined()
                    + "#include \"\(sample.name).h\"\n"
                for suffix in ["user.c", "user.cpp"] {
                    let file = directory.appendingPathComponent("\(sample.name)_\(suffix)")
                    try Data(user.utf8).write(to: file)
                }
            }
            let strict = [
                "-pedantic", "-Wall", "-Wextra", "-Werror", "-I\(runtime)", "-fsyntax-only",
            ]
            func expect(_ compiler: [String], _ suffixes: [String]) {
                let files = samples.flatMap { sample in
                    suffixes.map { "\(directory.path)/\(sample.name)\($0)" }
                }
                #expect(throws: Never.self, "\(Self.repeats)") {
                    try run(compiler + strict + files)
                }
            }
            expect(["gcc", "-std=c99", "-Wconversion"], [".c", "_main.c"])
            expect(["gcc", "-std=gnu11"], ["_user.c"])
            expect(["g++", "-std=c++20"], ["_user.cpp"])
        }
    }

    @Test func `any names beside each other compile in Swift, client and worker`() throws {
        try withTemporaryDirectory { directory in
            for sample in try Self.samples(8) {
                let client = swiftClient(sample.model).text
                let worker = swiftWorkerStubs(sample.model, stem: sample.name)[0].text
                for (part, files) in [
                    ("client", [client]),
                    ("worker", [worker, try Self.implementation(of: worker)]),
                ] {
                    let paths = try files.enumerated().map { index, text in
                        let file = directory.appendingPathComponent(
                            "\(sample.name)_\(part)\(index).swift")
                        try Data(text.utf8).write(to: file)
                        return file.path
                    }
                    #expect(throws: Never.self, "\(part) of \(sample.text)\n\(Self.repeats)") {
                        try Self.typecheck(paths)
                    }
                }
            }
        }
    }

    @Test func `a parameter that is called like its type compiles`() throws {
        let text = """
            struct pair { int a; int b; };
            application Swap { worker pair swap(pair); } = 0x20000334;

            """
        let model = try compileInterface(text: text, file: "swap.x")
        let header = cStubs(model, stem: "swap")[0].text
        #expect(
            header.contains(
                "bool swap_swap(struct mrn_call *call, const pair *pair_, pair *result);"))
        #expect(swiftClient(model).text.contains("func swap(_ pair: pair) async throws -> pair"))
    }

    /// Each word of the language that a type can be called after, in capitals.
    @Test func `a parameter without a name compiles whatever its type is called`() throws {
        let words =
            "bool case const default double quadruple enum float hyper int opaque string struct "
            + "switch typedef union unsigned void"
        for word in words.split(separator: " ") {
            let type = word.prefix(1).uppercased() + word.dropFirst()
            let text = """
                struct \(type) { int a; };
                application Court { worker int decide(\(type)); } = 0x20000334;

                """
            let model = try compileInterface(text: text, file: "court.x")
            let header = cStubs(model, stem: "court")[0].text
            #expect(!header.contains("*\(word),"), "\(header)")
            #expect(header.contains("*value, int32_t *result);"), "\(header)")
        }
    }

    /// What an author writes: the protocol's requirements with bodies.
    private static func implementation(of worker: String) throws -> String {
        let pattern = #/public protocol (?<name>\w+?)Operations(?<tail>_*) \{\n(?<body>.*?)\n\}\n/#
            .dotMatchesNewlines()
        let declared = try #require(try pattern.firstMatch(in: worker))
        let made = try #require(try #/ var \w+ = (?<type>\w+)\(\)/#.firstMatch(in: worker))
        var text = "import MarionetteWorker\n\nstruct \(made.type): "
        text += "\(declared.name)Operations\(declared.tail) {\n"
        var isOpen = false
        for line in declared.body.split(separator: "\n") {
            let start = line.drop { $0 == " " }
            if start.hasPrefix("///") { continue }
            let begins = ["init()", "func ", "mutating func "].contains { start.hasPrefix($0) }
            if begins, isOpen { text += " { fatalError() }\n" }
            text += begins ? "\(line)" : " \(start)"
            isOpen = true
        }
        return text + " { fatalError() }\n}\n"
    }

    private static func typecheck(_ files: [String]) throws {
        let modules = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
            .deletingLastPathComponent().appendingPathComponent("Modules").path
        let sources = projectRoot.appendingPathComponent("Sources").path
        let maps = try FileManager.default.contentsOfDirectory(atPath: sources).sorted()
            .flatMap { ["\(sources)/\($0)", "\(sources)/\($0)/include"] }
            .filter { FileManager.default.fileExists(atPath: "\($0)/module.modulemap") }
        try run(
            ["swiftc", "-typecheck", "-swift-version", "6", "-warnings-as-errors"]
                + ["-parse-as-library", "-I", modules] + maps.flatMap { ["-I", $0] } + files)
    }
}
