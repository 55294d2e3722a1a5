import Foundation
import TestKit
import Testing

@testable import SlaveBuild

@Suite(.timeLimit(.minutes(10))) struct BacktracerTests {
    private static let environment = ProcessInfo.processInfo.environment

    /// As masters are built: optimised, with Swift's libraries in itself.
    @Test func `a program that crashes names its own line`() async throws {
        let setting = try #require(
            Backtracer.setting(environment: Self.environment), "this toolchain has no backtracer")
        let directory = try TemporaryDirectory("backtrace")
        let source = """
            @inline(never) func part(_ parts: [Int], _ number: Int) -> Int { parts[number] }
            let numbers = Array(CommandLine.arguments.indices)

            print(part(numbers, 7))
            """
        try source.write(toFile: "\(directory.path)/main.swift", atomically: true, encoding: .utf8)
        let built = try TestProcess.run([
            "swiftc", "-O", "-g", "-static-stdlib", "\(directory.path)/main.swift", "-o",
            "\(directory.path)/main",
        ])
        try #require(built.status == 0, "\(built.output)")
        let crashed = try TestProcess.run([
            "env", "\(Backtracer.variable)=\(setting)", "\(directory.path)/main",
        ])
        #expect(crashed.status != 0)
        #expect(crashed.errors.contains("main.swift:1:"), "\(crashed.errors)")
        #expect(!crashed.errors.contains("Registers"), "\(crashed.errors)")
    }

    @Test func `the user's own setting stays, and without a toolchain there is none`() {
        var environment = Self.environment
        environment[Backtracer.variable] = "enable=no"
        #expect(Backtracer.setting(environment: environment) == nil)
        #expect(Backtracer.setting(environment: ["PATH": "/nowhere"]) == nil)
        #expect(Backtracer.setting(environment: [:]) == nil)
    }
}
