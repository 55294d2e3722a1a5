import Archives
import Digests
import Foundation
import Testing

/// A directory of its own, removed at the end.
final class Scratch {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/archives-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String, _ bytes: some Sequence<UInt8>) throws -> String {
        let whole = path + "/" + name
        try FileManager.default.createDirectory(
            atPath: (whole as NSString).deletingLastPathComponent,
            withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(fileURLWithPath: whole))
        return whole
    }

    var names: [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: path).sorted()) ?? []
    }
}

@Suite struct BundleTests {
    let scratch: Scratch
    let identity = BundleIdentity(
        build: "abc123", interface: .of("interface"), target: "s390x-linux-musl")

    init() throws { scratch = try Scratch() }

    private func files(in folder: String) throws -> [BundleFile] {
        let part = String(repeating: "d", count: 99) + "/"
        let long = "data/" + String(repeating: part, count: 4) + "end.txt"
        return [
            BundleFile(
                name: long, path: try scratch.file("\(folder)/long", "x".utf8), executable: false),
            BundleFile(
                name: "slave",
                path: try scratch.file("\(folder)/s", repeatElement(7, count: 300_000)),
                executable: true),
            BundleFile(
                name: "data/ä b.txt", path: try scratch.file("\(folder)/b", "hello\n".utf8),
                executable: false),
        ]
    }

    @Test func `a bundle is read back as it was written`() throws {
        let path = scratch.path + "/bundle.tar.gz"
        let written = try Bundle.write(files: files(in: "a"), identity: identity, to: path)
        #expect(try Bundle.read(path) == written)
        #expect(written.files.map(\.path).last == "slave")
        #expect(written.files.count == 3)
        #expect(written.size < 10_000)
        #expect(written.digest == written.manifest.digest)
    }

    @Test func `a bundle is the same bytes from any directory, at any time, in any order`() throws {
        let first = scratch.path + "/first.tar.gz"
        let second = scratch.path + "/second.tar.gz"
        let one = try Bundle.write(files: files(in: "a"), identity: identity, to: first)
        let others = try files(in: "elsewhere/b")
        for file in others {
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSince1970: 1), .posixPermissions: 0o600],
                ofItemAtPath: file.path)
        }
        let two = try Bundle.write(files: others.reversed(), identity: identity, to: second)
        #expect(one.digest == two.digest)
        #expect(
            try Data(contentsOf: URL(fileURLWithPath: first))
                == Data(contentsOf: URL(fileURLWithPath: second)))
    }

    @Test func `another build identity makes another bundle`() throws {
        var other = identity
        other.build = "abc124"
        let path = scratch.path + "/bundle.tar.gz"
        let one = try Bundle.write(files: files(in: "a"), identity: identity, to: path)
        let two = try Bundle.write(files: files(in: "a"), identity: other, to: path)
        #expect(one.digest != two.digest)
    }

    @Test func `tar and gzip of the system unpack it`() throws {
        let path = scratch.path + "/bundle.tar.gz"
        _ = try Bundle.write(files: files(in: "a"), identity: identity, to: path)
        let folder = scratch.path + "/out"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        let tar = try Process.run(
            URL(fileURLWithPath: "/bin/sh"),
            arguments: ["-c", "gzip -dc \"$1\" | tar -C \"$2\" -xf -", "sh", path, folder])
        tar.waitUntilExit()
        #expect(tar.terminationStatus == 0)
        #expect(try Digest.ofFile(folder + "/data/ä b.txt") == .of("hello\n"))
        #expect(FileManager.default.isExecutableFile(atPath: folder + "/slave"))
    }

    @Test func `the manifest's text is exactly this`() throws {
        let manifest = BundleManifest(
            identity: identity,
            files: [
                .init(path: "slave", isExecutable: true, digest: .of("s")),
                .init(path: "data/x y", isExecutable: false, digest: .of("x")),
            ])
        #expect(
            manifest.text == """
                marionette-bundle 1
                build abc123
                interface c796d37c6d491e8f0c6e9b83eed34c15c0f377f9f0f3cbb3216fbbf776da6325
                target s390x-linux-musl
                2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881  644 data/x y
                043a718774c572bd8a25adbeb1bfcd5c0256ae11cecf9f9c3f925d0e52beaf89  755 slave

                """)
        #expect(try BundleManifest(text: manifest.text) == manifest)
    }

    @Test(arguments: ["../x", "/etc/passwd", "a//b", "a/./b", "", "manifest", "a\nb"])
    func `a name that leaves the bundle or is taken is refused`(_ name: String) throws {
        let file = BundleFile(
            name: name, path: try scratch.file("x", "x".utf8), executable: false)
        let path = scratch.path + "/bundle.tar.gz"
        let error = #expect(throws: ArchiveError.self) {
            try Bundle.write(files: [file], identity: identity, to: path)
        }
        guard case .contentRefused(name: name, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func `a missing file is told, and nothing is left`() throws {
        let file = BundleFile(
            name: "slave", path: scratch.path + "/none", executable: true)
        let path = scratch.path + "/bundle.tar.gz"
        let error = #expect(throws: ArchiveError.self) {
            try Bundle.write(files: [file], identity: identity, to: path)
        }
        #expect(
            error?.diagnostic.rendered == """
                error: '\(scratch.path)/none' can't be read for the bundle: no such file or directory
                """)
        #expect(scratch.names == [])
    }
}
