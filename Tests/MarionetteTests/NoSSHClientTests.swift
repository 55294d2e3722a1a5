import RunRecords
import TestKit
import Testing
import Transport

@testable import Marionette

@Suite struct NoSSHClientTests {
    /// libssh makes the connection in any case; the client would only be asked how.
    @Test func `a master whose PATH has no ssh client reaches its host all the same`() throws {
        let place = try MasterPlace()
        let server = try TestSSHServer()
        let empty = try TemporaryDirectory("path")
        let master = try place.start(["sums", "20", "1", "1"], environment: ["PATH": empty.path]) {
            description in
            description.hosts[0].endpoint = .ssh(
                SSHDestination(host: server.alias, configuration: server.configuration))
        }
        defer { master.end() }
        #expect(try master.waitForEnd() == .exited(0), "\(master.told)")
        #expect(try place.events().last?.kind == .end)
    }
}
