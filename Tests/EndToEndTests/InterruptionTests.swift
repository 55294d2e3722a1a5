import Foundation
import TestKit
import Testing

extension EndToEndTests {
    @Suite(.serialized) struct InterruptionTests {
        @Test func `Ctrl-C leaves no process on any host and no half of a picture`() throws {
            let project = try Project()
            let run = try Self.disturbed(project, "interrupted") { $0.signalGroup(SIGINT) }
            #expect(run.process.status == 130, "\(run.process.told)")
            #expect(!project.isThere("interrupted"))
            try Self.expectSilence(project)
        }

        @Test func `a master that is killed leaves no process on any host`() throws {
            let project = try Project()
            _ = try Self.disturbed(project, "killed") { $0.signal(SIGKILL) }
            #expect(!project.isThere("killed"))
            try Self.expectSilence(project)
        }

        /// A run that was ended while all hosts worked. On a busy machine it may have ended before: then
        /// another one is.
        private static func disturbed(
            _ project: Project, _ name: String, _ end: (TestProcess) -> Void
        ) throws -> RunningProject {
            var run: RunningProject
            var rounds = 0
            repeat {
                rounds += 1
                try? FileManager.default.removeItem(atPath: project.picture(name))
                run = try RunningProject.working(project, name, on: TestCluster.hosts)
                end(run.process)
                try run.process.waitForEnd()
            } while run.process.ending == .exited(0) && rounds < 5
            return run
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
