import Foundation
import TestKit

/// Programs for libFuzzer, each with AddressSanitizer: every decoder in C (with
/// UndefinedBehaviorSanitizer too) and in Swift, and the compiler of interface files.
public enum FuzzProgram: String, CaseIterable, Sendable {
    case c
    case swift
    case parser

    /// Builds it, with everything that is to be explored instrumented, as `directory/fuzz-NAME`.
    public func build(in directory: String, subjects: [Subject]) throws {
        let program = "\(directory)/fuzz-\(rawValue)"
        switch self {
        case .c:
            let generated = try GeneratedC(subjects)
            let (files, flags) = generated.sources(driver: "fuzz.c")
            try Tools.run(
                [
                    "clang", "-O1", "-g", "-std=c99", "-fsanitize=fuzzer,address,undefined",
                    "-fno-sanitize-recover=all", "-fuse-ld=lld",
                ] + flags + files + ["-o", program])
        case .swift:
            let workshop = try SwiftFuzzBuild(program)
            try workshop.module("XDRCoding")
            for subject in subjects { try workshop.module(subject) }
            try workshop.table(GeneratedSwift.table(of: subjects))
            try workshop.link(driver: "fuzz.swift")
        case .parser:
            let workshop = try SwiftFuzzBuild(program)
            for module in ["Diagnostics", "Digests", "InterfaceCompiler"] {
                try workshop.module(module)
            }
            try workshop.link(driver: "fuzz_parser.swift", libraries: ["-lcrypto"])
        }
    }

    /// Writes inputs to begin with; an old one of the same name is replaced.
    public func writeSeeds(to directory: String, subjects: [Subject]) throws {
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        func write(_ bytes: [UInt8], _ name: String) throws {
            try Data(bytes).write(to: URL(fileURLWithPath: "\(directory)/seed-\(name)"))
        }
        guard self != .parser else {
            for seed in try Self.interfaces(of: subjects) { try write(seed.bytes, seed.name) }
            return
        }
        var number = 0
        for subject in subjects {
            for (index, type) in subject.types.enumerated() {
                var generator = ValueGenerator(subject.model, seed: Seed(1, type))
                for round in 0..<2 {
                    try write(
                        [UInt8(number >> 8), UInt8(number & 0xff)] + generator.value(of: type),
                        "\(subject.title(index))-\(round)")
                }
                number += 1
            }
        }
    }
}

extension FuzzProgram {
    /// Small: libFuzzer tries ten times as many inputs of 512 bytes as of 16 KiB. The mistakes of the
    /// compiler's tests, and what others wrote in pieces, cut where a definition ends.
    private static func interfaces(of subjects: [Subject]) throws -> [(
        name: String, bytes: [UInt8]
    )] {
        let mistakes = "\(Checkout.root)/Tests/InterfaceCompilerTests/Goldens/diagnostics"
        var seeds: [(name: String, bytes: [UInt8])] = []
        for file in try FileManager.default.contentsOfDirectory(atPath: mistakes).sorted() {
            let told = try String(contentsOfFile: "\(mistakes)/\(file)", encoding: .utf8)
            let text = told.split(separator: "----\n", maxSplits: 1)[0]
            seeds.append((file, Array(text.utf8.prefix(interfaceBytes))))
        }
        for subject in subjects {
            let text = try String(contentsOfFile: subject.file, encoding: .utf8)
            var piece: [UInt8] = []
            var pieces: [[UInt8]] = []
            for definition in text.split(separator: "\n\n") {
                if piece.count + definition.utf8.count + 2 > interfaceBytes {
                    pieces.append(piece)
                    piece = []
                }
                piece += Array((definition + "\n\n").utf8.prefix(interfaceBytes))
            }
            for (index, bytes) in (pieces + [piece]).enumerated() where !bytes.isEmpty {
                seeds.append(("\(subject.name)-\(index)", bytes))
            }
        }
        return seeds
    }

    /// Of a seed; `Tools/fuzz` tries longer ones.
    private static let interfaceBytes = 512
}

/// Swift modules with instrumentation, built one on the other.
private struct SwiftFuzzBuild {
    private let program: String
    private let directory: TemporaryDirectory

    init(_ program: String) throws {
        self.program = program
        directory = try TemporaryDirectory("proof-fuzz")
    }

    private var compiler: [String] {
        [
            "swiftc", "-swift-version", "6", "-parse-as-library", "-O", "-g", "-wmo",
            "-sanitize=fuzzer,address", "-I", directory.path,
        ] + Tools.moduleMaps
    }

    /// A module of this package.
    func module(_ name: String) throws {
        let root = "\(Checkout.root)/Sources/\(name)"
        let files = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
        try module(name, files.filter { $0.hasSuffix(".swift") }.sorted().map { "\(root)/\($0)" })
    }

    func module(_ subject: Subject) throws {
        let file = try directory.write(
            GeneratedSwift.source(of: subject), to: "\(subject.name).swift")
        try module(subject.name, [file])
    }

    private func module(_ name: String, _ files: [String]) throws {
        try Tools.run(
            compiler + [
                "-module-name", name, "-emit-module", "-emit-module-path",
                "\(directory.path)/\(name).swiftmodule", "-c", "-o", "\(directory.path)/\(name).o",
            ] + files)
    }

    func table(_ text: String) throws { try directory.write(text, to: "table.swift") }

    func link(driver: String, libraries: [String] = []) throws {
        let made = try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted()
        let table = made.contains("table.swift") ? ["\(directory.path)/table.swift"] : []
        try Tools.run(
            compiler + ["-module-name", "Fuzz", "-use-ld=lld", "-o", program]
                + ["\(GeneratedSwift.programs)/\(driver)"] + table
                + made.filter { $0.hasSuffix(".o") }.map { "\(directory.path)/\($0)" } + libraries)
    }
}
