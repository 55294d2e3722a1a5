import Diagnostics
import Foundation
import TestKit
import Testing

@testable import Inventory

@Suite struct TargetFileTests {
    let project: ManifestProject

    init() throws { project = try ManifestProject() }

    private func parse(_ text: String) throws -> Target {
        try Target.parse(
            YAMLFile.parse(text: text, name: "Targets/s390x-linux-musl.yaml"),
            stem: "s390x-linux-musl")
    }

    @Test func `a target file is read`() throws {
        let target = try parse(
            """
            triple: s390x-linux-musl
            machines: [s390x]
            endianness: big
            word-bits: 64
            toolchain: zig
            flags: [-O2, -g]
            emulator: qemu-s390x-static
            """)
        #expect(
            target
                == Target(
                    name: "s390x-linux-musl", machines: ["s390x"], endianness: .big, wordBits: 64,
                    flags: ["-O2", "-g"], emulator: "qemu-s390x-static"))
        #expect(target.architecture == "s390x")
    }

    @Test func `what is wrong with a target file is told`() {
        let error = #expect(throws: InventoryError.self) {
            try parse("triple: s390\nmachines: s390x\nendianess: big\ntoolchain: gcc\n")
        }
        #expect(
            error?.diagnostics.map(\.rendered).joined(separator: "\n") == """
                Targets/s390x-linux-musl.yaml:1:1: error: the target lacks the key 'word-bits'
                 1 | triple: s390
                   | ^
                Targets/s390x-linux-musl.yaml:1:1: error: the target lacks the key 'flags'
                 1 | triple: s390
                   | ^
                Targets/s390x-linux-musl.yaml:1:1: error: the target lacks the key 'emulator'
                 1 | triple: s390
                   | ^
                Targets/s390x-linux-musl.yaml:1:9: error: triple 's390' is not the file's name \
                's390x-linux-musl'
                 1 | triple: s390
                   |         ^~~~
                Targets/s390x-linux-musl.yaml:2:11: error: 'machines' expects a list, not 's390x'
                 2 | machines: s390x
                   |           ^~~~~
                  help: machines: [s390x]
                Targets/s390x-linux-musl.yaml:3:1: error: unknown key 'endianess' in the target
                 3 | endianess: big
                   | ^~~~~~~~~
                  note: keys here: triple, machines, endianness, word-bits, toolchain, \
                flags, emulator, swift
                  help: did you mean 'endianness'?
                Targets/s390x-linux-musl.yaml:4:12: error: unknown toolchain 'gcc'
                 4 | toolchain: gcc
                   |            ^~~
                  note: known: zig
                """)
    }

    @Test func `the targets of the checkout are read, and have one set of flags`() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().path
        let data = try #require(DataDirectory(path: root))
        let catalog = try TargetCatalog.load(data: data)
        // The alignment of a stack changes no result.
        let flags = catalog.targets.map { $0.flags.filter { $0 != "-mstackrealign" } }
        #expect(Set(flags).count == 1)
        #expect(
            Set(catalog.names).isSuperset(of: [
                "aarch64-linux-musl", "arm-linux-musleabihf", "s390x-linux-musl",
                "x86_64-linux-musl",
            ]))
        #expect(catalog.target(machine: "armv7l")?.name == "arm-linux-musleabihf")
    }

    @Test func `an unknown target is told with its neighbour`() {
        let error = #expect(throws: InventoryError.self) {
            try ManifestProject.catalog.target(named: "s390-linux-musl")
        }
        #expect(
            error?.diagnostic.rendered == """
                error: unknown target 's390-linux-musl'
                  note: targets: aarch64-linux-musl, arm-linux-musleabihf, s390x-linux-musl, \
                x86_64-linux-musl
                  help: did you mean 's390x-linux-musl'?
                """)
        #expect(error?.exitCode == .usage)
    }
}

@Suite struct DataDirectoryTests {
    let project: ManifestProject

    init() throws { project = try ManifestProject() }

    private func make(_ root: String, package: String) throws {
        try project.write("", to: "\(root)/Targets/.keep")
        try project.write("", to: "\(package)/Sources/CSlave/slave.c")
    }

    @Test func `the variable comes first, and is not passed over when it is wrong`() throws {
        try make("named", package: "named/package")
        let data = try DataDirectory.find(
            environment: "\(project.directory)/named", executable: "/bin/marionette")
        #expect(data.path == "\(project.directory)/named")
        #expect(data.slaveSources == "\(project.directory)/named/package/Sources/CSlave")
        #expect(throws: InventoryError.dataMissing(searched: ["/no/data"])) {
            try DataDirectory.find(environment: "/no/data", executable: "/bin/marionette")
        }
    }

    @Test func `an installation is found beside the executable`() throws {
        let share = "prefix/share/marionette"
        try make(share, package: "\(share)/package")
        let data = try DataDirectory.find(
            environment: nil, executable: "\(project.directory)/prefix/bin/marionette")
        #expect(data.path == "\(project.directory)/\(share)")
        #expect(data.package == "\(project.directory)/\(share)/package")
    }

    @Test func `a checkout is found above the executable`() throws {
        try make("checkout", package: "checkout")
        let data = try DataDirectory.find(
            environment: "", executable: "\(project.directory)/checkout/.build/x/debug/marionette")
        #expect(data.path == "\(project.directory)/checkout")
        #expect(data.package == data.path)
    }

    @Test func `missing data are told with what helps`() {
        let error = #expect(throws: InventoryError.self) {
            try DataDirectory.find(environment: nil, executable: "/none/bin/marionette")
        }
        #expect(
            error?.diagnostic.rendered == """
                error: the targets and the slave's sources are missing
                  note: not in '/none/share/marionette'
                  note: not in '/none'
                  note: not in '/'
                  help: set MARIONETTE_DATA to the directory that holds Targets
                """)
    }
}

@Suite struct ToolchainSearchTests {
    let project: ManifestProject

    init() throws { project = try ManifestProject() }

    /// A program that says which version of zig it is.
    private func makeZig(_ name: String, version: String?) throws -> String {
        let script = version.map { "#!/bin/sh\necho \($0)\n" } ?? "#!/bin/sh\nexit 1\n"
        try project.write(script, to: "\(name).text")
        let path = "\(project.directory)/\(name)"
        // Written by another process: a file that this one wrote can't be executed while a child
        // that some other test starts at this moment still has the descriptor.
        let copy = try Process.run(
            URL(filePath: "/usr/bin/install"), arguments: ["-m", "755", "\(path).text", path])
        copy.waitUntilExit()
        try #require(copy.terminationStatus == 0)
        return path
    }

    private func find(named: String? = nil) -> Toolchain? {
        var environment = ["PATH": "\(project.directory)/bin"]
        environment["MARIONETTE_ZIG"] = named
        return ToolchainSearch(environment: environment, directory: project.directory).find(.zig)
    }

    @Test func `the variable, what setup installed, and PATH are searched in this order`() throws {
        #expect(find() == nil)
        let onPath = try makeZig("bin/zig", version: "1.0")
        #expect(find() == Toolchain(kind: .zig, path: onPath, version: "1.0"))
        let prepared = try makeZig(
            ".tools/venv/lib/python3.11/site-packages/ziglang/zig", version: "2.0")
        #expect(find() == Toolchain(kind: .zig, path: prepared, version: "2.0"))
        let named = try makeZig("mine/zig", version: "3.0")
        #expect(find(named: named) == Toolchain(kind: .zig, path: named, version: "3.0"))
    }

    @Test func `a program that tells no version is passed over`() throws {
        let onPath = try makeZig("bin/zig", version: "1.0")
        let broken = try makeZig("broken/zig", version: nil)
        #expect(find(named: broken)?.path == onPath)
    }

    @Test func `the package of python is the last place`() throws {
        try TemporaryDirectory.writeProgram(
            "#!/bin/sh\necho \(project.directory)/site/ziglang\n",
            at: "\(project.directory)/bin/python3")
        let zig = try makeZig("site/ziglang/zig", version: "4.0")
        #expect(find() == Toolchain(kind: .zig, path: zig, version: "4.0"))
    }
}
