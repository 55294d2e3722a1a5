import Archives
import Distribution
import Foundation
import TestKit
import Testing
import Transport

/// The slave that ships, compiled for this machine by the system's compiler, installs itself.
@Suite struct RealSlaveTests {
    private static let application = """
        #include <marionette.h>
        static const struct mrn_application application = {.name = "empty", .version = 1};
        int main(int argc, char **argv) { return mrn_slave_main(argc, argv, &application); }
        """

    /// Compiles the slave, and packs it with an asset.
    private func bundle(in scratch: Scratch) throws -> BundleDescription {
        let main = scratch.path + "/main.c"
        try Self.application.write(toFile: main, atomically: true, encoding: .utf8)
        let slave = scratch.path + "/slave"
        try TestSSHServer.run(
            ["cc", "-std=c99", "-D_GNU_SOURCE", SlaveSources.headers, "-o", slave, main]
                + SlaveSources.all + ["-lm"])
        return try scratch.bundle(slaveFile: slave)
    }

    @Test func `it publishes a whole bundle, and refuses one that was tampered with`() throws {
        let server = try TestSSHServer()
        let scratch = try Scratch()
        let bundle = try bundle(in: scratch)
        let order = PushOrder(
            host: "here",
            endpoint: .ssh(
                SSHDestination(host: server.alias, configuration: server.configuration)),
            architecture: TargetArchitecture(
                target: "native", machines: [], isBigEndian: false, wordBits: 64), bundle: bundle)
        let first = try Push().run(order)
        #expect(try TestSSHServer.run([first.slave, "--identify"]).contains("application=empty"))
        #expect(try Push().run(order).result == .alreadyThere)

        let bundles = server.directory + "/.cache/marionette/bundles"
        try FileManager.default.removeItem(atPath: bundles)
        let script = """
            cd "$1" && mkdir x && cd x && tar -xzf ../bundle.tar.gz && echo bad >asset &&
            tar -czf ../bundle.tar.gz manifest asset slave
            """
        try TestSSHServer.run(["sh", "-c", script, "sh", scratch.path])
        let error = #expect(throws: DistributionError.self) { try Push().run(order) }
        guard case .verificationFailed(host: "here", let reason) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(reason.contains("'asset'"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: bundles) == [])
    }
}
