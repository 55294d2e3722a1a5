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
            let project = try Project()
            let reference = try Self.reference(project)
            let run = try RunningProject(project, "slave-\(host)")
            let process: Int32 = try run.waitForEvent {
                guard case .hello(let hello) = $0, hello.host == host else { return nil }
                return hello.process
            }
            try run.waitForWork(on: host)
            try project.cluster.shell(host, "kill -9 \(process)")
            try Self.expectRecovery(of: host, run, reference, "slave-\(host)")
        }

        @Test(arguments: ["xeon", "mainframe"])
        func `a worker that is killed costs retries and no byte of the picture`(
            host: String
        ) throws {
            let project = try Project()
            let reference = try Self.reference(project)
            let run = try RunningProject(project, "worker-\(host)")
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
                try project.cluster.shell(host, "kill -9 \(process)")
                ended = try run.waitForEvent {
                    guard case .workerEnded(let end) = $0, end.process == process else {
                        return nil
                    }
                    return end.host == host ? end : nil
                }
            } while ended.executing == nil
            #expect(ended.how.contains("KILL"), "\(ended.how)")
            try Self.expectRecovery(of: host, run, reference, "worker-\(host)")
        }

        @Test func `a host that loses its power is done without`() throws {
            let project = try Project()
            let reference = try Self.reference(project)
            let run = try RunningProject(project, "power")
            try run.waitForWork(on: "pi32")
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

        private static func expectRecovery(
            of host: String, _ run: RunningProject, _ reference: Data, _ name: String
        ) throws {
            try run.process.waitForEnd()
            #expect(run.process.status == 0, "\(run.process.told)")
            let table = FinalTable(run.process.output + run.process.errors)
            #expect((table.rows[host]?.retries ?? 0) > 0, "\(run.process.told)")
            #expect(try run.project.bytes(name) == reference)
        }
    }
}
