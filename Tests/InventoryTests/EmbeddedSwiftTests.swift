import Foundation
import TestKit
import Testing

@testable import Inventory

@Suite struct EmbeddedSwiftTests {
    let project: ManifestProject

    init() throws { project = try ManifestProject() }

    @Test func `a manifest with a worker in Swift is read`() throws {
        let manifest = try project.load(
            """
            application: demo
            interface: demo.x
            master: { product: demo }
            worker: { language: swift, sources: [swift/*.swift] }
            hosts:
              pi: { target: aarch64-linux-musl }

            """)
        #expect(manifest.application?.worker.language == .swift)
        #expect(manifest.application?.worker.code.sources == ["swift/Main.swift"])
    }

    @Test func `a target tells how Swift is compiled for it`() throws {
        let target = try Target.parse(
            YAMLFile.parse(
                text: """
                    triple: arm-linux-musleabihf
                    machines: [armv7l]
                    endianness: little
                    word-bits: 32
                    toolchain: zig
                    flags: [-O2]
                    emulator: qemu-arm-static
                    swift: { triple: armv7-none-none-eabi, flags: [-Xcc, -x], headers: arm-linux-musl }
                    """, name: "a.yaml"), stem: "arm-linux-musleabihf")
        #expect(
            target.swift
                == EmbeddedSwift(
                    triple: "armv7-none-none-eabi", flags: ["-Xcc", "-x"],
                    headers: "arm-linux-musl"))
        #expect(target.reasonForC == nil)
    }

    @Test func `a target without Swift says why`() throws {
        var target = try ManifestProject.catalog.target(named: "s390x-linux-musl")
        #expect(
            target.reasonForC == "Embedded Swift has no standard library for big-endian machines")
        target.endianness = .little
        #expect(target.reasonForC == "Targets/s390x-linux-musl.yaml has no key 'swift'")
    }

    @Test func `a toolchain is asked where its standard libraries are`() throws {
        let swift = EmbeddedSwift(triple: "t-none-none-elf", headers: "t")
        let resources = "\(project.directory)/lib/swift"
        let path = try TemporaryDirectory.writeProgram(
            """
            #!/bin/sh
            echo '{"compilerVersion": "Swift version 9", "paths":
            {"runtimeResourcePath": "\(resources)"}}'
            """, at: "\(project.directory)/swiftc")
        let found = SwiftToolchain.find(environment: ["MARIONETTE_SWIFTC": path])
        let toolchain = SwiftToolchain(
            path: path, version: "Swift version 9", resources: resources)
        #expect(found == toolchain)
        var target = try ManifestProject.catalog.target(named: "aarch64-linux-musl")
        target.swift = swift
        #expect(
            SwiftStatus(of: target, with: found)
                == .missing(
                    remedy: "Swift version 9 has no Embedded standard library for t-none-none-elf: "
                        + "install one that has, and name its swiftc in MARIONETTE_SWIFTC"))
        for file in [
            "embedded/Swift.swiftmodule/t-none-none-elf.swiftmodule",
            "embedded/t-none-none-elf/libswiftUnicodeDataTables.a",
        ] {
            try project.write("", to: "lib/swift/\(file)")
        }
        #expect(SwiftStatus(of: target, with: found) == .buildable(toolchain))
    }

    @Test func `asking swiftc what it is leaves nothing in the temporary directory`() throws {
        try project.write("", to: "temporary/kept")
        let path = try TemporaryDirectory.writeProgram(
            """
            #!/bin/sh
            TMPDIR='\(project.directory)/temporary' exec swiftc "$@"
            """, at: "\(project.directory)/swiftc")
        try #require(SwiftToolchain.find(environment: ["MARIONETTE_SWIFTC": path]) != nil)
        let left = try FileManager.default.contentsOfDirectory(
            atPath: "\(project.directory)/temporary")
        #expect(left == ["kept"])
    }

    @Test func `where no Swift is found it says what to install`() throws {
        let target = try ManifestProject.catalog.target(named: "aarch64-linux-musl")
        #expect(SwiftToolchain.find(environment: ["PATH": project.directory]) == nil)
        #expect(
            SwiftStatus(of: target, with: nil)
                == .missing(
                    remedy: "install Swift 6.3 or later; MARIONETTE_SWIFTC names a swiftc that is"
                        + " elsewhere"))
    }
}
