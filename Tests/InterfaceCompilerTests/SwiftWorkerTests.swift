import Foundation
import InterfaceCompiler
import TestKit
import Testing

@Test func `what a worker in Swift is built from is what its golden files say`() throws {
    let files = swiftWorkerStubs(try compiledGolden("application"), stem: "application")
    #expect(files.map(\.name) == ["application_operations.swift", "application_main.c"])
    try expectGolden(files[0].text, at: "application/expected_operations.swift")
    try expectGolden(files[1].text, at: "application/expected_worker_main.c")
}

@Test func `without an application a worker in Swift has the types alone`() throws {
    let model = try compiledGolden("recursive")
    let files = swiftWorkerStubs(model, stem: "recursive")
    let options = SwiftOptions(module: "MarionetteWorker", withoutClient: true)
    #expect(files == [swiftClient(model, options: options)])
}

/// The generated code, and XDRCoding under it, as Embedded Swift for a machine of 32 bits.
@Suite(.serialized) struct EmbeddedSwiftTests {
    private func compile(
        _ module: String, _ sources: [String], in work: TemporaryDirectory
    ) throws -> TestProcess {
        let interface = "\(work.path)/\(module).swiftmodule"
        let result = try TestProcess.run(
            [
                "swiftc", "-target", "armv7-none-none-eabi", "-Xcc", "-mfloat-abi=hard", "-Xcc",
                "-mfpu=vfpv3-d16", "-enable-experimental-feature", "Embedded", "-wmo",
                "-parse-as-library", "-swift-version", "6", "-warnings-as-errors", "-I", work.path,
                "-I", "\(Checkout.root)/Sources/CWorkerBridge/include", "-module-name", module,
                "-emit-module", "-emit-module-path", interface, "-c", "-o",
                "\(work.path)/\(module).o",
            ] + sources, within: 600)
        return result
    }

    @Test
    func `generated code compiles without a warning, and whoever implements it needs no more`()
        throws
    {
        let work = try TemporaryDirectory("embedded")
        for module in ["XDRCoding", "MarionetteWorker"] {
            let folder = "\(Checkout.root)/Sources/\(module)"
            let names = try FileManager.default.contentsOfDirectory(atPath: folder)
            let compiled = try compile(module, names.sorted().map { "\(folder)/\($0)" }, in: work)
            try #require(compiled.status == 0, "\(compiled.told)")
        }
        for name in ["zoo", "words", "recursive", "application"] {
            let file = "\(work.path)/\(name).swift"
            let stubs = swiftWorkerStubs(try compiledGolden(name), stem: name)
            try Data(stubs[0].text.utf8).write(to: URL(fileURLWithPath: file))
            var sources = [file]
            if let worker = Self.workers[name] {
                sources.append("\(work.path)/\(name)_worker.swift")
                try Data(worker.utf8).write(to: URL(fileURLWithPath: sources[1]))
            }
            let compiled = try compile("Module_\(name)", sources, in: work)
            #expect(compiled.status == 0, "\(name): \(compiled.told)")
        }
    }

    private static let workers = [
        "words": """
        import MarionetteWorker

        struct templateWorker: templateOperations {
            func switch_(`inout`: Int32, `nil`: `class`, `operator`: `protocol`) -> Int32_ {
                Int32_()
            }
            func `repeat`(_ `as`: `internal`) {}
        }

        """,
        "application": """
        import MarionetteWorker

        struct CurveFitWorker: CurveFitOperations {
            var title: Title = ""
            mutating func setTitle(_ title: Title) { self.title = title }
            mutating func reset() { self = CurveFitWorker() }
            mutating func weigh(values: [Float], second: [Float], mode: Mode) {}
            func fitOne(point: Point, degree: Int32, model: Model, mode: Mode) -> Double { 1 }
            func smooth(_ model: Model, mode: Mode, model model_: Model) -> Model { model }
            func emit(_ text: String) throws(OperationFailure) { throw OperationFailure(text) }
            func count() -> Int64 { 1 }
            func sign(key: Key, bytes: [UInt8], value: Int32?) -> Key { key }
            func describe(_ value: UInt64) -> String { "\\(value)" }
            func keys(keys: Keys, key: Key?) -> Keys { keys }
            func outline(_ values: [Key]) -> [Point] { [] }
            func sample(call: Int32, result: Int32) -> [Float] { [Float(call)] }
            func pure(_ value: Int32) -> pure { Module_application.pure(once: value) }
        }

        """,
    ]
}
