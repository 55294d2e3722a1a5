import Diagnostics
import Foundation
import InterfaceCompiler
import Inventory
import TestKit
import Testing

@testable import MarionetteCommand

/// What a user may call an application: by `PROJECT_NAME_SEED`, or always the same.
private let seed =
    ProcessInfo.processInfo.environment["PROJECT_NAME_SEED"].flatMap { UInt64($0) } ?? 9

/// SplitMix64.
private struct Random: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }
}

/// Words that mean something to one of the languages, tools and systems that meet the name.
private let words = """
    time string signal stdio errno poll marionette a--b my_app_ class init default if struct swift \
    9lives limits math stdint stddef stdlib ctype assert unistd locale fenv complex iso646 wait mman \
    int long char double float bool auto register template new delete namespace this operator and \
    typename main worker index modules test tests sources package plugins build release debug x a_b \
    go_2d A.B c++ foundation Glibc Swift Marionette XDRCoding MarionetteWorker CLibrary CWorkerBridge \
    Range Int32 Set Result Task Master SharedValue any some actor async await self Type protocol \
    repeat where inout yield get set lazy left right infix macro each count value call range primes \
    total first print ranges errno_ str_len mem-cpy size_t NULL EOF stdin unix linux i386 search
    """.split(separator: " ").map(String.init)

/// Names by the seed: words, alone and put together, and letters as they come.
private let names: [String] = {
    var random = Random(state: seed)
    let letters = Array("abcxyzABZ019-_. äßé$'%")
    let strange = (0..<30).map { _ in
        String(
            (0..<Int.random(in: 1...9, using: &random)).map { _ in
                letters.randomElement(using: &random) ?? "a"
            })
    }
    let joined = (0..<20).map { _ in
        let pair = (0..<2).map { _ in words.randomElement(using: &random) ?? "a" }
        return pair.joined(
            separator: ["-", "_", " ", ".", "", "--"].randomElement(using: &random) ?? "")
    }
    return words + joined + strange + [String(repeating: "n", count: 81), "-", "_", "ä"]
}()

@Suite struct ProjectNameTests {
    private let data: DataDirectory

    init() throws { data = try #require(DataDirectory(path: TestKit.Checkout.root)) }

    /// Where the project was made; nil where its name was refused.
    private func project(_ name: String, _ template: String, in directory: TemporaryDirectory)
        throws
        -> (name: String, path: String)?
    {
        let path = "\(directory.path)/\(name)"
        do {
            let project = try NewProject(template: template, directory: path, data: data)
            try project.write()
            return (project.name, path)
        } catch let error as NewProjectError {
            // Refused by its name, and by nothing else.
            let text = error.diagnostic.rendered
            #expect(text.hasPrefix("error: no application can be named "), "\(name): \(text)")
            let suggestion = try #require(text.firstMatch(of: #/for example '(.+)'/#)?.1)
            #expect(throws: Never.self, "\(name): \(suggestion)") {
                try ProjectName(directory: String(suggestion))
            }
            return nil
        }
    }

    /// Generates a language's files beside the project, in `stubs`.
    private func generate(
        _ language: StubLanguage, for project: (name: String, path: String)
    ) throws -> [String] {
        let interface = "\(project.path)/\(project.name).x"
        let model = try compileInterface(
            text: String(contentsOfFile: interface, encoding: .utf8), file: "\(project.name).x")
        let stubs = "\(project.path)/stubs"
        try FileManager.default.createDirectory(
            atPath: stubs, withIntermediateDirectories: true)
        return try language.files(of: model, name: project.name).map { file in
            try file.text.write(
                toFile: "\(stubs)/\(file.name)", atomically: true, encoding: .utf8)
            return "\(stubs)/\(file.name)"
        }
    }

    private func expectDone(_ command: [String], _ name: String) throws {
        let process = try TestProcess.run(command, within: 300)
        #expect(
            process.status == 0,
            "PROJECT_NAME_SEED=\(seed), \(name)\n\(process.errors.prefix(1500))")
    }

    @Test func `a name is refused at once, or its worker in C compiles`() throws {
        var made = 0
        for name in names where !name.allSatisfy({ $0 == "." }) {
            let directory = try TemporaryDirectory("names")
            guard let project = try project(name, "basic", in: directory) else { continue }
            made += 1
            let sources = try generate(.c, for: project).filter { $0.hasSuffix(".c") }
            // zig's compiler is clang. gcc forgets a directory that is named for both kinds.
            try expectDone(
                [
                    "clang", "-std=c99", "-Wall", "-Wextra", "-Werror", "-fsyntax-only",
                    "-iquote", "\(project.path)/stubs", "-I", "\(data.slaveSources)/include",
                    "-idirafter", "\(project.path)/stubs",
                    "\(project.path)/worker/\(project.name).c",
                ] + sources, name)
        }
        #expect(made > names.count / 4 && made < names.count)
    }

    /// The whole of Swift takes seconds for each: those of the fixed words that are Swift's own
    /// affair, and some by the seed.
    @Test func `a name is refused at once, or its master and its worker in Swift compile`() throws {
        var random = Random(state: seed)
        let own = ["a--b", "my_app_", "init", "if", "swift", "string", "time", "Foundation", "any"]
        for name in own + Array(names.shuffled(using: &random).prefix(8)) {
            let directory = try TemporaryDirectory("names")
            guard let project = try project(name, "swift", in: directory) else { continue }
            let client = try generate(.swift, for: project)
            let products = URL(fileURLWithPath: TestKit.Checkout.marionette)
                .deletingLastPathComponent().path
            let compiler =
                ["swiftc", "-typecheck", "-swift-version", "6", "-I", "\(products)/Modules"]
                + Self.moduleMaps
            try expectDone(
                compiler + ["-module-name", project.name] + client + [
                    "\(project.path)/Sources/\(project.name)/main.swift"
                ], name)
            let worker = try FileManager.default.contentsOfDirectory(
                atPath: "\(project.path)/worker"
            ).map { "\(project.path)/worker/\($0)" }
            let operations = try generate(.swiftWorker, for: project)
                .filter { $0.hasSuffix(".swift") }
            try expectDone(
                compiler + ["-parse-as-library", "-module-name", "Worker"] + worker + operations,
                name)
        }
    }

    /// Where the compiler finds the modules that are maps of C headers.
    private static let moduleMaps: [String] = {
        let sources = "\(TestKit.Checkout.root)/Sources"
        let modules = (try? FileManager.default.contentsOfDirectory(atPath: sources)) ?? []
        return modules.flatMap { ["\(sources)/\($0)", "\(sources)/\($0)/include"] }
            .filter { FileManager.default.fileExists(atPath: "\($0)/module.modulemap") }
            .flatMap { ["-I", $0] }
    }()
}
