import Foundation
import RunRecords
import TestKit
import Testing

extension EndToEndTests {
    @Suite(.serialized) struct DeathTests {
        @Test(arguments: ["xeon", "pi64"])
        func `a host whose slave is killed costs retries and no byte of the picture`(
            host: String
        ) throws {
            try Self.expectRetries(of: host, "slave-\(host)") { run in
                let process: Int32 = try run.waitForEvent {
                    guard case .hello(let hello) = $0, hello.host == host else { return nil }
                    return hello.process
                }
                try run.waitForWork(on: host)
                try run.project.cluster.shell(host, "kill -9 \(process)")
            }
        }

        @Test(arguments: ["xeon", "mainframe"])
        func `a worker that is killed costs retries and no byte of the picture`(
            host: String
        ) throws {
            try Self.expectRetries(of: host, "worker-\(host)") { run in
                try run.waitForWork(on: host)
                // One that happened to be idle has nothing to retry: the next one is killed.
                var ended: RunEvent.WorkerEnd
                repeat {
                    let process: Int32 = try run.waitForEvent {
                        guard case .workerStarted(let start) = $0, start.host == host else {
                            return nil
                        }
                        return start.process
                    }
                    try run.project.cluster.shell(host, "kill -9 \(process)")
                    ended = try run.waitForEvent {
                        guard case .workerEnded(let end) = $0, end.process == process else {
                            return nil
                        }
                        return end.host == host ? end : nil
                    }
                } while ended.executing == nil
                #expect(ended.how.contains("KILL"), "\(ended.how)")
            }
        }

        @Test func `a host that loses its power is done without`() throws {
            let project = try Project()
            let reference = try Self.reference(project)
            let run = try RunningProject.working(project, "power", on: ["pi32"])
            try project.cluster.stop("pi32")
            defer { try? project.cluster.start("pi32") }
            try run.process.waitForEnd()
            #expect(run.process.status == 0, "\(run.process.told)")
            #expect(try project.bytes("power") == reference)
        }

        private static func reference(_ project: Project) throws -> Data {
            let serial = try project.render(
                "serial", flags: ["--serial"], options: ["--samples", "16", "--tile", "16"])
            try #require(serial.status == 0, "\(serial.told)")
            return try project.bytes("serial")
        }

        /// Runs during which `breakSomething` is done, until one had something to retry: on a busy
        /// machine what is broken may have nothing left to do by then.
        private static func expectRetries(
            of host: String, _ name: String, _ breakSomething: (RunningProject) throws -> Void
        ) throws {
            let project = try Project()
            let reference = try Self.reference(project)
            for round in 1...5 {
                let run = try RunningProject(project, name)
                do { try breakSomething(run) } catch {
                    // The run was over before: that is no fault but in the last round.
                    guard round < 5, run.process.ending != nil else { throw error }
                }
                try run.process.waitForEnd()
                #expect(run.process.status == 0, "\(run.process.told)")
                #expect(try run.project.bytes(name) == reference)
                let table = FinalTable(run.process.output + run.process.errors)
                if (table.rows[host]?.retries ?? 0) > 0 { return }
                try #require(round < 5, "\(run.process.told)")
            }
        }
    }
}
