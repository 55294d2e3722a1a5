import Foundation
import RunRecords
import TestKit
import Testing

extension EndToEndTests {
    @Suite(.serialized) struct LateHostTests {
        @Test func `a host that is started while a run goes on joins it`() throws {
            let project = try Project()
            let options = ["--samples", "1", "--tile", "16"]
            let serial = try project.render("serial", flags: ["--serial"], options: options)
            try #require(serial.status == 0, "\(serial.told)")
            // One host begins alone.
            try project.writeManifest { text in
                let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
                return lines.filter { !$0.hasPrefix("  xeon:") && !$0.hasPrefix("  pi64:") }
                    .joined(separator: "\n")
            }
            defer { try? project.writeManifest() }
            try project.cluster.stop("pi32")
            defer { try? project.cluster.start("pi32") }
            let run = try RunningProject(project, "late", flags: ["--keep-going"], options: options)
            try run.waitForWork(on: "mainframe")
            #expect(!run.events.contains { $0.kind == .host && $0.host == "pi32" })
            // It works no more until the other one does: the run is still there then.
            let workers = run.events.compactMap { event in
                guard case .workerStarted(let start) = event.content else { return nil }
                return start.host == "mainframe" ? String(start.process) : nil
            }.joined(separator: " ")
            try project.cluster.shell("mainframe", "kill -STOP \(workers)")
            try project.cluster.start("pi32")
            try run.waitForWork(on: "pi32")
            try project.cluster.shell("mainframe", "kill -CONT \(workers)")
            try run.process.waitForEnd(within: 1_800)
            #expect(run.process.status == 0, "\(run.process.told)")
            #expect(
                run.process.errors.contains("host 'pi32' joins\n"), "\(run.process.told)")
            let table = FinalTable(run.process.output + run.process.errors)
            for host in ["mainframe", "pi32"] {
                #expect((table.rows[host]?.operations ?? 0) > 0, "\(run.process.told)")
            }
            #expect(try project.bytes("late") == project.bytes("serial"))
        }
    }
}
