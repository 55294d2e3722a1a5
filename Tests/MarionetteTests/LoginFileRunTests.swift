import RunRecords
import TestKit
import Testing
import Transport

@testable import Marionette

@Suite struct LoginFileRunTests {
    private func start(after file: String, in place: MasterPlace) throws -> TestProcess {
        let server = try TestSSHServer()
        try file.write(toFile: server.directory + "/.bashrc", atomically: true, encoding: .utf8)
        let master = try place.start(["sums", "20", "1", "1"]) { description in
            description.hosts[0].endpoint = .ssh(
                SSHDestination(host: server.alias, configuration: server.configuration))
        }
        defer { master.end() }
        _ = try master.waitForEnd()
        return master
    }

    @Test func `a login file that prints is named once, and does no harm`() throws {
        let master = try start(after: "echo Welcome; echo careful >&2", in: try MasterPlace())
        #expect(try master.waitForEnd() == .exited(0), "\(master.told)")
        let told = "the shell there printed 'Welcome' before the slave began"
        #expect(master.told.ranges(of: told).count == 1, "\(master.told)")
        #expect(master.told.contains("careful"), "\(master.told)")
    }

    @Test func `a host that a command reaches takes part, and what the command writes is shown`()
        throws
    {
        let place = try MasterPlace()
        let master = try place.start(["sums", "20", "1", "1"]) { description in
            let script = "echo 'the way is long' >&2; exec \"$@\""
            description.hosts[0].endpoint = .command(
                ShellCommand(words: ["sh", "-c", script, "sh"], directory: "/"))
        }
        defer { master.end() }
        #expect(try master.waitForEnd() == .exited(0), "\(master.told)")
        #expect(master.told.contains("the way is long"), "\(master.told)")
    }

    @Test func `one that ends the shell is the reason that its host is given up`() throws {
        let master = try start(after: "echo 'no account'; exit 1", in: try MasterPlace())
        #expect(try master.waitForEnd() == .exited(69), "\(master.told)")
        let told = "its login shell ended before it started anything: no account"
        #expect(master.told.contains(told), "\(master.told)")
    }
}
