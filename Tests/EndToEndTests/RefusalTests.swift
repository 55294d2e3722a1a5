import Foundation
import TestKit
import Testing

extension EndToEndTests {
    /// Each thing that a user gets wrong is one clear error, with its exit code, and leaves
    /// nothing.
    @Suite(.serialized) struct RefusalTests {
        private static func expectRefusal(
            _ process: TestProcess, _ project: Project, status: Int32, _ texts: [String],
            picture: String
        ) throws {
            #expect(process.status == status, "\(process.told)")
            for text in texts { #expect(process.errors.contains(text), "\(process.told)") }
            let errors = process.errors.split(separator: "\n").filter { $0.contains("error: ") }
            #expect(errors.count == 1, "\(process.told)")
            #expect(!project.isThere(picture))
            for host in TestCluster.hosts {
                // Whole bundles have a digest's name; what is being written has another one.
                let names = try project.cluster.shell(
                    host, "ls -A \(project.store) 2>/dev/null | grep -v -E '^[0-9a-f]{64}$'")
                #expect(names == "", "host \(host)")
            }
        }

        @Test func `a scene that does not exist`() throws {
            let project = try Project()
            let run = try TestProcess.run(
                [Checkout.marionette, "run", "--", "--scene", "nowhere.nff", "--output"]
                    + [project.picture("missing")], directory: project.directory, within: 1_800)
            try Self.expectRefusal(
                run, project, status: 1, ["error: 'nowhere.nff' does not exist"],
                picture: "missing")
        }

        @Test func `a broken line of a scene, shown with a caret`() throws {
            let project = try Project()
            let scene = try String(contentsOfFile: project.scene, encoding: .utf8)
            let broken = scene.split(separator: "\n").map { $0.hasPrefix("s ") ? "s 1 2" : $0 }
            try project.work.write(broken.joined(separator: "\n"), to: "balls.nff")
            let run = try project.render("broken")
            let line = try #require(broken.firstIndex(of: "s 1 2")) + 1
            try Self.expectRefusal(
                run, project, status: 1,
                ["balls.nff:\(line):1: error: sphere needs 4 numbers, found 2", "s 1 2", "^~~~~"],
                picture: "broken")
        }

        @Test func `a misspelt key of the manifest, with the one that was meant`() throws {
            let project = try Project()
            try project.writeManifest { $0.replacing("worker:", with: "wroker:") }
            defer { try? project.writeManifest() }
            let run = try project.render("misspelt")
            #expect(run.status == 78, "\(run.told)")
            #expect(run.errors.contains("marionette.yaml:4:1: error: "), "\(run.told)")
            #expect(run.errors.contains("did you mean 'worker'?"), "\(run.told)")
            #expect(!project.isThere("misspelt"))
        }

        @Test func `a host that is down`() throws {
            let project = try Project()
            try project.cluster.stop("pi64")
            defer { try? project.cluster.start("pi64") }
            let run = try project.render("down")
            #expect(run.status == 69, "\(run.told)")
            #expect(run.errors.contains("error: host 'pi64' is unreachable: "), "\(run.told)")
            #expect(!project.isThere("down"))
        }

        @Test func `a changed host key, with the commands that help`() throws {
            let project = try Project()
            let known = project.cluster.knownHosts
            let saved = try String(contentsOfFile: known, encoding: .utf8)
            defer { try? Data(saved.utf8).write(to: URL(fileURLWithPath: known)) }
            // The keys of two hosts change places, so that both are keys, and wrong ones.
            let keys = saved.split(separator: "\n").map { $0.split(separator: " ") }
            let addresses = keys.map { $0[0] }
            let swapped = zip(addresses, [keys[0], keys[2], keys[1], keys[3]]).map {
                "\($0) \($1[1]) \($1[2])\n"
            }
            try Data(swapped.joined().utf8).write(to: URL(fileURLWithPath: known))
            let run = try project.render("changed")
            #expect(run.status == 69, "\(run.told)")
            #expect(
                run.errors.contains("host 'pi64': its key is not the one that is known"),
                "\(run.told)")
            #expect(run.errors.contains("ssh-keygen -f"), "\(run.told)")
            #expect(!project.isThere("changed"))
        }

        @Test func `a declared target that is not the host's`() throws {
            let project = try Project()
            // Plain hosts are all this machine, and only this one has no emulator.
            let (host, target) =
                project.cluster.isEmulated ? ("pi64", "aarch64") : ("xeon", "x86_64")
            try project.writeManifest {
                $0.replacing("\(host): { target: \(target)", with: "\(host): { target: s390x")
            }
            defer { try? project.writeManifest() }
            let run = try project.render("target")
            try Self.expectRefusal(
                run, project, status: 78,
                ["host '\(host)': declared target s390x-linux-musl is not the host's"],
                picture: "target")
        }
    }
}
