import Foundation

/// The four unlike hosts of Tools/cluster, started where they do not run.
///
/// They stay up for the next test: MARIONETTE_TEST_CLUSTER names their directory (`make test` takes
/// one of its own and removes it), without it they are those of `make cluster`.
public final class TestCluster: Sendable {
    public static let hosts = ["xeon", "pi64", "pi32", "mainframe"]

    public let directory: String
    /// The hosts answer as machines of their own; otherwise manifests need `emulator:`.
    public let isEmulated: Bool

    public init() throws {
        let named = ProcessInfo.processInfo.environment["MARIONETTE_TEST_CLUSTER"]
        directory = named ?? "\(Checkout.root)/.cluster"
        let up = try TestProcess.run(
            [Self.tool, "up", "--dir", directory], within: 900)
        guard up.status == 0 else { throw TestProcess.Failure(description: up.told) }
        let mode = try TestProcess.run([Self.tool, "mode", "--dir", directory])
        isEmulated = mode.output == "emulated\n"
    }

    private static var tool: String { "\(Checkout.root)/Tools/cluster" }

    /// For `ssh -F` and `ssh: { configuration: … }`.
    public var configuration: String { "\(directory)/ssh_config" }
    public var knownHosts: String { "\(directory)/known_hosts" }

    /// Runs a command line on a host, through the system's ssh.
    @discardableResult
    public func shell(_ host: String, _ script: String, within seconds: Double = 900) throws
        -> String
    {
        let process = try TestProcess.run(
            ["ssh", "-F", configuration, host, script], within: seconds)
        return process.output
    }

    /// As if its power failed.
    public func stop(_ host: String) throws { try act("host-down", host) }

    public func start(_ host: String) throws { try act("host-up", host) }

    /// What runs on the hosts besides sshd, a line each.
    public func processes() throws -> [String] {
        let result = try TestProcess.run([Self.tool, "processes", "--dir", directory])
        guard result.status == 0 else { throw TestProcess.Failure(description: result.told) }
        return result.output.split(separator: "\n").map(String.init)
    }

    private func act(_ command: String, _ host: String) throws {
        let result = try TestProcess.run(
            [Self.tool, command, host, "--dir", directory], within: 900)
        guard result.status == 0 else { throw TestProcess.Failure(description: result.told) }
    }
}
