import Foundation
import TestKit
import Testing

extension EndToEndTests {
    /// The example that is all Swift, on this machine and under four emulators; no SSH.
    @Suite(.serialized) struct SwiftWorkerTests {
        private static let directory = "\(Checkout.root)/.build-e2e/options"
        private static let hosts = ["xeon", "pc", "pi64", "pi32", "board"]

        /// Beside what earlier runs of the tests built.
        private func prepare(hosts: [String]) throws {
            let example = "\(Checkout.root)/Examples/Options"
            try FileManager.default.createDirectory(
                atPath: Self.directory, withIntermediateDirectories: true)
            for name in ["Package.swift", "Sources", "worker", "options.x"] {
                let from = "\(example)/\(name)"
                let copied = try TestProcess.run(
                    ["cp", "-Rpu", "-T", from, "\(Self.directory)/\(name)"])
                try #require(copied.status == 0, "\(copied.told)")
            }
            let lines = try String(contentsOfFile: "\(example)/marionette.yaml", encoding: .utf8)
                .split(separator: "\n", omittingEmptySubsequences: false)
            let kept = lines.filter { line in
                !line.hasPrefix("  ") || hosts.contains { line.hasPrefix("  \($0):") }
            }
            try kept.joined(separator: "\n").write(
                toFile: "\(Self.directory)/marionette.yaml", atomically: true, encoding: .utf8)
        }

        private func table(_ flags: [String] = [], in work: TemporaryDirectory) throws -> (
            text: String, run: TestProcess
        ) {
            let output = "\(work.path)/table"
            let run = try TestProcess.run(
                [Checkout.marionette, "run"] + flags
                    + ["--", "--paths", "3000", "--batch", "500", "--output", output],
                directory: Self.directory, within: 1_800)
            try #require(run.status == 0, "\(run.told)")
            return (try String(contentsOfFile: output, encoding: .utf8), run)
        }

        @Test func `five architectures and a serial run give the same bytes`() throws {
            let work = try TemporaryDirectory("options")
            try prepare(hosts: Self.hosts)
            let together = try table(in: work)
            let rows = FinalTable(together.run.output + together.run.errors).rows
            #expect(rows.values.map(\.operations).reduce(0, +) == 36, "\(together.run.told)")
            let serial = try table(["--serial"], in: work).text
            #expect(serial.split(separator: "\n").count == 7)
            #expect(together.text == serial)
            for host in Self.hosts {
                try prepare(hosts: [host])
                #expect(try table(in: work).text == serial, "\(host)")
            }
        }
    }
}
