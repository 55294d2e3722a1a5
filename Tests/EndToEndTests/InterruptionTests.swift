import Foundation
import TestKit
import Testing

extension EndToEndTests {
    @Suite(.serialized) struct InterruptionTests {
        @Test func `Ctrl-C leaves no process on any host and no half of a picture`() throws {
            let project = try Project()
            let run = try RunningProject(project, "interrupted")
            for host in TestCluster.hosts { try run.waitForWork(on: host) }
            run.process.signalGroup(SIGINT)
            try run.process.waitForEnd()
            #expect(run.process.status == 130, "\(run.process.told)")
            #expect(!project.isThere("interrupted"))
            try Self.expectSilence(project)
        }

        @Test func `a master that is killed leaves no process on any host`() throws {
            let project = try Project()
            let run = try RunningProject(project, "killed")
            for host in TestCluster.hosts { try run.waitForWork(on: host) }
            run.process.signal(SIGKILL)
            try run.process.waitForEnd()
            #expect(!project.isThere("killed"))
            try Self.expectSilence(project)
        }

        /// Slaves notice the end of their connection by themselves, within seconds.
        private static func expectSilence(_ project: Project) throws {
            let deadline = Date(timeIntervalSinceNow: 300)
            var left = try project.cluster.processes()
            while !left.isEmpty, Date() < deadline { left = try project.cluster.processes() }
            #expect(left == [])
        }
    }
}
