import Diagnostics
import Foundation

@testable import Inventory

/// A directory with the files that a manifest may name.
final class ManifestProject: Sendable {
    let directory: String

    init() throws {
        let url = FileManager.default.temporaryDirectory
            .appending(path: "marionette-manifest-\(UUID().uuidString)")
        directory = url.path
        for name in [
            "demo.x", "worker/main.c", "worker/main.h", "swift/Main.swift", "dir.x/inner.c",
            "tool/main.cc", "tool/start.S", "tool/fast.zig", "tool/README", "lib/s390x/libz.a",
            "zlib/CMakeLists.txt", "gen/table.py",
        ] {
            let file = url.appending(path: name)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data().write(to: file)
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    func write(_ text: String, to name: String) throws {
        let url = URL(fileURLWithPath: "\(directory)/\(name)")
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: url, atomically: true, encoding: .utf8)
    }

    /// Reads a manifest; the first lines, which tell no hosts, are given.
    func manifest(hosts: String) throws -> Manifest {
        try load(
            """
            application: demo
            interface: demo.x
            master: { product: demo }
            worker: { language: c, sources: [worker/*.c] }

            """ + hosts)
    }

    func load(_ yaml: String) throws -> Manifest {
        try write(yaml, to: Manifest.fileName)
        return try Manifest.load(directory: directory, catalog: Self.catalog)
    }

    /// All that is said about a manifest; files are told relative to the directory.
    func told(_ yaml: String) throws -> String {
        do {
            _ = try load(yaml)
            return ""
        } catch let error as InventoryError {
            return error.diagnostics.map(\.rendered).joined(separator: "\n")
                .replacing("\(directory)/", with: "")
        }
    }

    /// Four targets; the first one that fits is this machine's.
    static let catalog = TargetCatalog(
        data: DataDirectory(path: "/data", package: "/data/package"),
        targets: [
            target("x86_64-linux-musl", machine: "x86_64"),
            target("aarch64-linux-musl", machine: "aarch64"),
            target("arm-linux-musleabihf", machine: "armv7l", bits: 32),
            target("s390x-linux-musl", machine: "s390x", endianness: .big),
        ])

    private static func target(
        _ name: String, machine: String, endianness: Target.Endianness = .little, bits: Int = 64
    ) -> Target {
        Target(
            name: name, machines: [machine], endianness: endianness, wordBits: bits,
            flags: ["-O2"], emulator: "qemu-\(machine)-static",
            swift: endianness == .big
                ? nil : EmbeddedSwift(triple: "\(machine)-none-none-elf", headers: name))
    }
}
