import Digests
import Foundation
import Testing

@Suite struct InstallTests {
    /// A directory that is removed with the value.
    final class Place {
        let path = ProbeBuild.directory + "/install-" + UUID().uuidString
        var temporary: String { path + "/tmp" }

        init() throws {
            try FileManager.default.createDirectory(
                atPath: temporary, withIntermediateDirectories: true)
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        func write(_ content: [UInt8], to name: String) throws {
            let url = URL(fileURLWithPath: temporary + "/" + name)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(content).write(to: url)
        }

        /// Writes the manifest and returns its digest.
        @discardableResult
        func manifest(_ files: [String], append: String = "", cut: Int = 0) throws -> String {
            var text = "marionette-bundle 1\nbuild b\ninterface \(Digest.of(""))\ntarget here\n"
            for file in files.sorted(by: {
                Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8))
            }) {
                let mode = file == "slave" ? "755" : "644"
                text += "\(try Digest.ofFile(temporary + "/" + file))  \(mode) \(file)\n"
            }
            text += append
            let bytes = Array(text.utf8.dropLast(cut))
            try write(bytes, to: "manifest")
            return "\(Digest.of(bytes))"
        }

        func install(as name: String, _ kind: ProbeKind = .native) throws -> (
            status: Int32, errors: String
        ) {
            let result = try ProbeRun.output(
                ProbeBuild.command(kind) + ["--install", temporary, path + "/" + name])
            return (result.status, result.errors)
        }

        func exists(_ name: String) -> Bool {
            FileManager.default.fileExists(atPath: path + "/" + name)
        }
    }

    @Test(arguments: ProbeKind.available)
    func `a good bundle is published, with files of every size around a block of SHA-256`(
        _ kind: ProbeKind
    ) throws {
        let place = try Place()
        // FIPS 180-4's example is among them; libcrypto made the manifest's digests.
        try place.write(Array("abc".utf8), to: "data/abc")
        var names = ["data/abc", "slave"]
        for size in [0, 1, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 1_000, 200_000] {
            try place.write(
                (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7) }, to: "data/d\(size)")
            names.append("data/d\(size)")
        }
        try place.write(Array("slave".utf8), to: "slave")
        let name = try place.manifest(names)
        let result = try place.install(as: name, kind)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.errors.isEmpty)
        #expect(place.exists("\(name)/manifest") && !place.exists("tmp"))
        let mode = try FileManager.default.attributesOfItem(atPath: place.path + "/\(name)/slave")
        #expect(mode[.posixPermissions] as? Int == 0o755)
        let data = try FileManager.default.attributesOfItem(
            atPath: place.path + "/\(name)/data/abc")
        #expect(data[.posixPermissions] as? Int == 0o644)
    }

    @Test func `one that is there already is success, and stays`() throws {
        let place = try Place()
        try place.write([1], to: "slave")
        let name = try place.manifest(["slave"])
        try FileManager.default.copyItem(atPath: place.temporary, toPath: place.path + "/" + name)
        #expect(try place.install(as: name).status == 0)
        #expect(place.exists("\(name)/slave") && place.exists("tmp"))
    }

    @Test func `a file that was changed is refused`() throws {
        let place = try Place()
        try place.write([1], to: "slave")
        try place.manifest(["slave"])
        try place.write([2], to: "slave")
        let result = try place.install(as: "final")
        #expect(result.status == 65)
        #expect(
            result.errors
                == "slave: 'slave' is not what the manifest says: \(Digest.of([2])), \(Digest.of([1]))\n"
        )
        #expect(!place.exists("final"))
    }

    @Test func `a manifest under another's name is refused`() throws {
        let place = try Place()
        try place.write([1], to: "slave")
        try place.manifest(["slave"])
        let name = "\(Digest.of("other"))"
        let result = try place.install(as: name)
        #expect(result.status == 65)
        #expect(result.errors == "slave: the manifest is not that of '\(name)'\n")
    }

    @Test func `a file that is missing, and one too many, are refused`() throws {
        let place = try Place()
        try place.write([1], to: "slave")
        try place.write([1], to: "data/x")
        try place.manifest(["slave"])
        let extra = try place.install(as: "final")
        #expect(extra.status == 65)
        #expect(extra.errors == "slave: 1 files that the manifest does not list\n")
        try place.manifest(["slave", "data/x"])
        try FileManager.default.removeItem(atPath: place.temporary + "/slave")
        let missing = try place.install(as: "final")
        #expect(missing.status == 65)
        #expect(missing.errors == "slave: 'slave' is missing or no plain file\n")
        #expect(!place.exists("final"))
    }

    @Test(arguments: [1, 3, 20])
    func `a manifest that is cut off is refused`(_ cut: Int) throws {
        let place = try Place()
        try place.write([1], to: "slave")
        try place.manifest(["slave"], cut: cut)
        let result = try place.install(as: "final")
        #expect(result.status == 65)
        #expect(result.errors == "slave: the manifest is cut off\n")
    }

    @Test(arguments: [
        "../outside", "/etc/passwd", "a/../../outside", "a//b", "./slave", "a/", "..", "manifest",
    ])
    func `a path that leaves the bundle is refused`(_ path: String) throws {
        let place = try Place()
        try place.write([1], to: "slave")
        try Data([1]).write(to: URL(fileURLWithPath: place.path + "/outside"))
        try place.manifest([], append: "\(Digest.of([1]))  644 \(path)\n")
        let result = try place.install(as: "final")
        #expect(result.status == 65)
        #expect(result.errors == "slave: line 5 of the manifest: the path leaves the bundle\n")
    }

    @Test func `a line twice, or a mode of its own, is refused`() throws {
        let place = try Place()
        try place.write([1], to: "slave")
        let line = "\(Digest.of([1]))  755 slave\n"
        try place.manifest([], append: line + line)
        #expect(
            try place.install(as: "final").errors
                == "slave: line 6 of the manifest: 'slave' is out of order\n")
        try place.manifest([], append: "\(Digest.of([1]))  777 slave\n")
        #expect(
            try place.install(as: "final").errors
                == "slave: line 5 of the manifest: the mode is neither 755 nor 644\n")
        try place.manifest([])
        #expect(try place.install(as: "final").errors == "slave: the manifest lists no file\n")
    }

    @Test func `symlinks are refused, as a file, on the way, and unlisted`() throws {
        let place = try Place()
        let outside = place.path + "/outside"
        try FileManager.default.createDirectory(atPath: outside, withIntermediateDirectories: true)
        try Data([1]).write(to: URL(fileURLWithPath: outside + "/file"))
        try FileManager.default.createSymbolicLink(
            atPath: place.temporary + "/slave", withDestinationPath: outside + "/file")
        try place.manifest(["slave"])
        #expect(
            try place.install(as: "final").errors == "slave: 'slave' is missing or no plain file\n")
        try FileManager.default.removeItem(atPath: place.temporary + "/slave")
        try FileManager.default.createSymbolicLink(
            atPath: place.temporary + "/data", withDestinationPath: outside)
        try place.manifest(["data/file"])
        #expect(
            try place.install(as: "final").errors
                == "slave: 'data/file' is missing or no plain file\n")
        try place.write([1], to: "slave")
        try place.manifest(["slave"])
        let result = try place.install(as: "final")
        #expect(result.status == 65)
        #expect(result.errors == "slave: 'data' is neither a file nor a directory\n")
        #expect(!place.exists("final"))
    }
}
