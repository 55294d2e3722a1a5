import Foundation
import TestKit
import Testing

extension EndToEndTests {
    @Suite(.serialized) struct PictureTests {
        @Test func `four unlike hosts draw the picture that one serial process draws`() throws {
            let project = try Project()
            var together: TestProcess
            var idle: [String]
            var rounds = 0
            // On a busy machine a host may come so late that the others have done all.
            repeat {
                rounds += 1
                together = try project.render("together")
                try #require(together.status == 0, "\(together.told)")
                let table = FinalTable(together.output + together.errors)
                idle = TestCluster.hosts.filter { (table.rows[$0]?.operations ?? 0) == 0 }
            } while !idle.isEmpty && rounds < 5
            #expect(idle == [], "\(together.told)")
            let serial = try project.render("serial", flags: ["--serial"])
            try #require(serial.status == 0, "\(serial.told)")
            #expect(try project.bytes("together") == project.bytes("serial"))
        }

        @Test func `a second run builds nothing and pushes nothing, and says so`() throws {
            let project = try Project()
            _ = try project.marionette(["push"])
            let first = try project.render("first", options: [])
            try #require(first.status == 0, "\(first.told)")
            let second = try project.render("second", options: [])
            try #require(second.status == 0, "\(second.told)")
            let lines = second.errors.split(separator: "\n")
            #expect(lines.contains("build  nothing to do"), "\(second.told)")
            #expect(
                lines.contains("push   nothing to push: 4 hosts have their bundle"),
                "\(second.told)")
        }

        @Test func `hosts answers what each of the four is`() throws {
            let project = try Project()
            let hosts = try project.marionette(["hosts"])
            #expect(hosts.status == 0, "\(hosts.told)")
            // Without namespaces all four are this machine, behind an emulator for each command.
            let emulated = ["x86_64", "aarch64", "armv7l", "s390x"]
            for machine in project.cluster.isEmulated ? emulated : ["x86_64"] {
                #expect(hosts.output.contains(machine), "\(hosts.told)")
            }
        }
    }
}
