import Foundation
import InterfaceCompiler
import TestKit

/// A worker in Embedded Swift that echoes values of every type of the interface language and works
/// on lists, in slaves that `marionette build` makes as it does for everybody.
public struct GeneratedWorker: Sendable {
    public let model: InterfaceModel
    /// `echo0` takes and returns the first.
    public let types: [String]
    private let project: TemporaryDirectory

    private static let programs = "\(Checkout.root)/Tests/InterfaceProof/Programs"
    private static let goldens = "\(Checkout.root)/Tests/InterfaceCompilerTests/Goldens"

    public init() throws {
        let parts =
            ["\(Self.programs)/lists.x"]
            + ["recursive", "zoo"].map {
                "\(Self.goldens)/\($0)/input.x"
            }
        let text = try parts.map { try String(contentsOfFile: $0, encoding: .utf8) }
            .joined(separator: "\n")
        types = try compileInterface(text: text, file: "proof.x").types.map(\.name)
        let echoes = types.enumerated().map { "    worker pure \($1) echo\($0)(\($1) value);\n" }
        let interface = """
            \(text)
            application Proof {
                worker pure int sum(Node *list);
                worker pure List<> share(List lists<>, ListStep steps<>);
            \(echoes.joined())} = 0x20004321;

            """
        model = try compileInterface(text: interface, file: "proof.x")
        project = try TemporaryDirectory("proof-worker")
        try project.write(interface, to: "proof.x")
        try project.write(
            String(contentsOfFile: "\(Self.programs)/worker.swift", encoding: .utf8),
            to: "worker/lists.swift")
        let functions = types.enumerated().map {
            "    func echo\($0)(_ value: \($1)) -> \($1) { value }\n"
        }
        try project.write(
            "struct ProofWorker: ProofOperations {\n\(functions.joined())}\n",
            to: "worker/echo.swift")
        try project.write(
            """
            application: proof
            interface: proof.x
            master: { product: none }
            worker: { language: swift, sources: [worker/*.swift] }

            """, to: "marionette.yaml")
    }

    /// Built for this target; again only after a change.
    public func slave(for target: String) throws -> String {
        let built = try TestProcess.run(
            [Checkout.marionette, "build", "-C", project.path, "--target", target], within: 1_200)
        guard built.status == 0 else { throw TestProcess.Failure(description: built.told) }
        return "\(project.path)/.marionette/build/\(target)/slave"
    }

    /// Random values of each type: the number of its type, and bytes.
    public func values(ofEach count: Int, seed: UInt64) -> [Request] {
        types.enumerated().flatMap { index, type in
            var generator = ValueGenerator(model, seed: Seed(seed, type))
            return (0..<count).map { _ in Request(type: index, bytes: generator.value(of: type)) }
        }
    }
}
