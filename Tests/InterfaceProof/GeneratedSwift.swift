import Foundation
import InterfaceCompiler
import TestKit

/// The Swift of several interfaces as one program: each is a module of its own, for their types
/// have the same names.
public struct GeneratedSwift: Sendable {
    public let subjects: [Subject]
    let directory: TemporaryDirectory

    static let programs = "\(Checkout.root)/Tests/InterfaceProof/Programs"

    public init(_ subjects: [Subject]) throws {
        self.subjects = subjects
        directory = try TemporaryDirectory("proof-swift")
        for subject in subjects {
            try directory.write(Self.source(of: subject), to: "\(subject.name).swift")
        }
        try directory.write(Self.table(of: subjects), to: "table.swift")
    }

    /// The module's text: generated code, and its types by number.
    public static func source(of subject: Subject) -> String {
        let options = SwiftOptions(module: "XDRCoding", withoutClient: true)
        let types = subject.types.indices.map { "        Proof\($0).self,\n" }.joined()
        return swiftClient(subject.model, options: options).text
            + "\npublic func proofTypes() -> [any XDRCodable.Type] {\n    [\n\(types)    ]\n}\n"
    }

    public static func table(of subjects: [Subject]) -> String {
        "import XDRCoding\n" + subjects.map { "import \($0.name)\n" }.joined()
            + "\nfunc proofTypes() -> [any XDRCodable.Type] {\n    [\n"
            + subjects.map { "        \($0.name).proofTypes(),\n" }.joined()
            + "    ].flatMap { $0 }\n}\n"
    }

    /// Compiles the generated code of one interface alone, with every warning an error.
    public func compile(_ subject: Subject) throws {
        try Tools.run(
            Self.compiler + [
                "-wmo", "-module-name", subject.name, "-emit-module", "-emit-module-path",
                path("\(subject.name).swiftmodule"), "-c", path("\(subject.name).swift"), "-o",
                path("\(subject.name).o"),
            ])
    }

    public func echoProgram() throws -> EchoProgram {
        let runtime = "\(Tools.products)/XDRCoding.build"
        let objects = try FileManager.default.contentsOfDirectory(atPath: runtime)
            .filter { $0.hasSuffix(".o") }.sorted().map { "\(runtime)/\($0)" }
        try Tools.run(
            Self.compiler + [
                "-I", directory.path, "\(Self.programs)/echo.swift", path("table.swift"), "-o",
                path("echo"), "-module-name", "ProofEcho",
            ] + subjects.map { path("\($0.name).o") } + objects)
        return EchoProgram(command: [path("echo")], keeping: directory)
    }

    /// With the module that the build of the tests made.
    private static let compiler =
        [
            "swiftc", "-swift-version", "6", "-parse-as-library", "-warnings-as-errors", "-Onone",
            "-I", "\(Tools.products)/Modules",
        ] + Tools.moduleMaps

    private func path(_ name: String) -> String { "\(directory.path)/\(name)" }
}
