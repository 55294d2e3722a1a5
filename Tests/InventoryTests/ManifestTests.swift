import Diagnostics
import Foundation
import Testing

@testable import Inventory

@Suite struct ManifestTests {
    let project: ManifestProject

    init() throws { project = try ManifestProject() }

    @Test func `what a command says of a host is put in its place`() throws {
        let manifest = try project.load(
            """
            application: demo
            interface: demo.x
            master: { product: demo }
            worker: { language: c, sources: [worker/*.c] }
            hosts:
              n[1-2]:
                target: s390x-linux-musl
                user: me
                port: 7
                address: 10.0.0.[8-9]
                via: { command: [./reach, -l, "{user}", "{host}={address}:{port}", "{{x}", "}"] }
              pod: { target: s390x-linux-musl, via: { command: [podman, exec, -i, "{address}"] } }
            """)
        #expect(
            manifest.hosts.map(\.via) == [
                .command(["./reach", "-l", "me", "n1=10.0.0.8:7", "{x}", "}"]),
                .command(["./reach", "-l", "me", "n2=10.0.0.9:7", "{x}", "}"]),
                .command(["podman", "exec", "-i", "pod"]),
            ])
    }

    @Test func `a whole manifest is read`() throws {
        try project.write("", to: "config/ssh")
        let manifest = try project.load(
            """
            application: demo
            interface: demo.x
            master: { product: demo }
            worker:
              language: c
              sources: [worker/*.c, "**/*.c"]
              flags: [-DQUALITY=2]
              libraries: [m]
            ssh: { configuration: config/ssh }
            hosts:
              pi[1-2].local: { target: aarch64-linux-musl, address: "10.0.0.[8-9]", port: 2222 }
              mainframe:
                target: s390x-linux-musl
                user: render
                workers: 2
                store: /var/tmp/marionette
                emulator: [qemu-s390x-static, -cpu, max]
              here: { via: local, target: arm-linux-musleabihf, emulator: qemu-arm-static }
            """)
        #expect(manifest.name == "demo")
        #expect(manifest.directory == project.directory)
        #expect(manifest.application?.worker.code.sources == ["dir.x/inner.c", "worker/main.c"])
        #expect(manifest.application?.worker.code.flags == ["-DQUALITY=2"])
        #expect(manifest.application?.worker.code.libraries == ["m"])
        #expect(manifest.sshConfiguration == "\(project.directory)/config/ssh")
        #expect(
            manifest.hosts == [
                HostEntry(
                    name: "pi1.local", target: "aarch64-linux-musl", port: 2222,
                    address: "10.0.0.8"),
                HostEntry(
                    name: "pi2.local", target: "aarch64-linux-musl", port: 2222,
                    address: "10.0.0.9"),
                HostEntry(
                    name: "mainframe", target: "s390x-linux-musl", user: "render", workers: 2,
                    emulator: ["qemu-s390x-static", "-cpu", "max"], store: "/var/tmp/marionette"),
                HostEntry(
                    name: "here", target: "arm-linux-musleabihf", via: .local,
                    emulator: ["qemu-arm-static"]),
            ])
        #expect(
            manifest.targetNames == [
                "aarch64-linux-musl", "arm-linux-musleabihf", "s390x-linux-musl",
            ])
    }

    @Test(arguments: ["", "hosts:\n", "hosts: {}\n"])
    func `a manifest without hosts runs on this machine`(hosts: String) throws {
        let native = try #require(ManifestProject.catalog.native).name
        #expect(
            try project.manifest(hosts: hosts).hosts
                == [HostEntry(name: "local", target: native, via: .local)])
    }

    @Test func `a local host without a target has that of this machine`() throws {
        let hosts = try project.manifest(hosts: "hosts:\n  here: { via: local }\n").hosts
        #expect(hosts.map(\.target) == [try #require(ManifestProject.catalog.native).name])
    }

    @Test func `a missing configuration of SSH is told when a host is to be reached`() throws {
        let ssh = "ssh: { configuration: ssh_config }\nhosts:\n"
        let alone = try project.manifest(hosts: ssh + "  here: { via: local }\n")
        try alone.checkSSH()
        let manifest = try project.manifest(hosts: ssh + "  z: { target: s390x-linux-musl }\n")
        let error = #expect(throws: InventoryError.self) { try manifest.checkSSH() }
        #expect(
            error?.diagnostic.rendered.replacing("\(project.directory)/", with: "") == """
                marionette.yaml:5:23: error: file 'ssh_config' does not exist
                 5 | ssh: { configuration: ssh_config }
                   |                       ^~~~~~~~~~
                """)
        #expect(error?.exitCode == .configuration)
    }

    @Test func `a directory without a manifest is told with what makes one`() {
        let error = #expect(throws: InventoryError.self) {
            try Manifest.load(directory: "/no/such/place", catalog: ManifestProject.catalog)
        }
        #expect(
            error?.diagnostic.rendered == """
                error: no marionette.yaml in '/no/such/place'
                  help: marionette init DIR makes a project; -C DIR works on the one in DIR
                """)
        #expect(error?.exitCode == .configuration)
    }

    @Test func `a file that is too large, or no text, is refused`() throws {
        #expect(
            try project.told(String(repeating: "#", count: InventoryLimits.fileSizeMax + 1))
                == "error: can't read 'marionette.yaml': it is larger than 1048576 bytes")
        try Data([0xff, 0xfe, 0x00]).write(
            to: URL(filePath: "\(project.directory)/marionette.yaml"))
        let error = #expect(throws: InventoryError.self) {
            try Manifest.load(directory: project.directory, catalog: ManifestProject.catalog)
        }
        #expect(error?.diagnostic.summary.hasPrefix("not valid YAML: byte ") == true)
    }

    @Test(arguments: ["[", "{a: ", "- "])
    func `hostile nesting ends with a fault`(open: String) throws {
        let yaml = "hosts: " + String(repeating: open, count: 100_000)
        #expect(try project.told(yaml).contains("error: "))
    }

    @Test func `no more faults are told than anyone reads`() throws {
        let keys = (0..<200).map { "k\($0): 1\n" }.joined()
        let error = #expect(throws: InventoryError.self) { try project.manifest(hosts: keys) }
        #expect(error?.diagnostics.count == InventoryLimits.faultsMax)
    }

    @Test func `more hosts than the limit are refused`() throws {
        let hosts = (0..<3).map { "  h\($0)-[1-4000]: { target: s390x-linux-musl }\n" }.joined()
        #expect(
            try project.told(
                """
                application: demo
                interface: demo.x
                master: { product: demo }
                worker: { language: c, sources: [worker/*.c] }
                hosts:

                """ + hosts
            ).contains("error: more than 10000 hosts"))
    }
}
