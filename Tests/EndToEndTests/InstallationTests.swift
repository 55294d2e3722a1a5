import Foundation
import TestKit
import Testing

extension EndToEndTests {
    /// Takes minutes: a release build of the command, and a master for each template.
    @Suite(.serialized) struct InstallationTests {
        /// `prefix` stays between runs of the tests, as a user's would.
        private static let prefix = "\(Checkout.root)/.build-e2e/prefix"

        @Test func `what is installed makes, builds and runs each template without the checkout`()
            throws
        {
            let installed = try TestProcess.run(
                ["\(Checkout.root)/Tools/install", Self.prefix], within: 3_600)
            try #require(installed.status == 0, "\(installed.told)")
            let command = "\(Self.prefix)/bin/marionette"
            let work = try TemporaryDirectory("installed")
            for template in ["basic", "raytracer", "swift"] {
                let made = try TestProcess.run(
                    [command, "init", "--template", template, "\(work.path)/my-\(template)"])
                try #require(made.status == 0, "\(made.told)")
                // Its manifest has no hosts: this machine, a worker for each core, no SSH.
                let run = try TestProcess.run(
                    [command, "run"], directory: "\(work.path)/my-\(template)", within: 1_800)
                #expect(run.status == 0, "\(run.told)")
                let table = FinalTable(run.output + run.errors)
                #expect((table.rows["local"]?.operations ?? 0) > 0, "\(run.told)")
            }
            let targets = try TestProcess.run([command, "targets"], directory: work.path)
            #expect(targets.status == 0, "\(targets.told)")
        }

        @Test func `what is installed is stripped and knows its own help`() throws {
            let command = "\(Self.prefix)/bin/marionette"
            try #require(FileManager.default.isExecutableFile(atPath: command))
            let symbols = try TestProcess.run(["nm", command])
            #expect(symbols.errors.contains("no symbols"), "\(symbols.told)")
            let help = try TestProcess.run([command, "--help"])
            #expect(help.status == 0)
            for name in ["init", "build", "push", "run", "hosts", "targets", "debug", "clean"] {
                #expect(help.output.contains("  \(name) "), "\(help.told)")
            }
            #expect(!help.output.contains("debug-bridge"))
        }
    }
}
