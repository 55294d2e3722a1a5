import Archives
import Digests
import Foundation
import Testing

@Suite struct HostileArchiveTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// An archive made by a shell, in a fresh directory, out of what `script` puts there.
    private func archive(_ script: String) throws -> String {
        let path = scratch.path + "/hostile.tar.gz"
        let shell = try Process.run(
            URL(fileURLWithPath: "/bin/sh"),
            arguments: ["-c", "cd \"$1\" && mkdir x && cd x && " + script, "sh", scratch.path])
        shell.waitUntilExit()
        try #require(shell.terminationStatus == 0)
        return path
    }

    private func manifest(_ files: [BundleManifest.File]) throws -> String {
        let manifest = BundleManifest(
            identity: BundleIdentity(build: "b", interface: .of("i"), target: "t"), files: files)
        return try scratch.file("manifest", manifest.text.utf8)
    }

    @Test(
        arguments: [
            (
                "touch f; tar -czPf ../hostile.tar.gz --transform 's,f,../f,' f",
                "'../f' leaves the bundle"
            ),
            ("touch f; tar -czPf ../hostile.tar.gz \"$PWD/f\"", "leaves the bundle"),
            ("ln -s /etc/passwd f; tar -czf ../hostile.tar.gz f", "'f' is no plain file"),
            ("mkfifo f; tar -czf ../hostile.tar.gz f", "'f' is no plain file"),
            ("mkdir f; tar -czf ../hostile.tar.gz f", "'f/' leaves the bundle"),
            ("echo no archive > ../hostile.tar.gz", "format"),
        ])
    func `an archive that reaches outside, or is none, is refused`(
        _ script: String, _ reason: String
    ) throws {
        let path = try archive(script)
        let error = #expect(throws: ArchiveError.self) {
            let reader = try ArchiveReader(path: path)
            while try reader.next() != nil {}
        }
        #expect(error?.diagnostic.summary.contains(reason) == true, "\(String(describing: error))")
    }

    @Test func `a file that the manifest lists otherwise is named`() throws {
        _ = try manifest([.init(path: "slave", isExecutable: false, digest: .of("good"))])
        let path = try archive(
            "cp ../manifest .; printf bad > slave; tar -czf ../hostile.tar.gz manifest slave")
        #expect(throws: ArchiveError.digestDiffers(path: path, name: "slave")) {
            try Bundle.read(path)
        }
    }

    @Test func `a file that is missing is named`() throws {
        _ = try manifest([.init(path: "slave", isExecutable: false, digest: .of("good"))])
        let path = try archive("cp ../manifest .; tar -czf ../hostile.tar.gz manifest")
        #expect(throws: ArchiveError.damaged(path: path, reason: "'slave' is missing")) {
            try Bundle.read(path)
        }
    }

    @Test func `an archive that is cut off is damaged`() throws {
        let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 * $0 >> 3) }
        let file = BundleFile(
            name: "slave", path: try scratch.file("s", bytes), executable: true)
        let path = scratch.path + "/bundle.tar.gz"
        let identity = BundleIdentity(build: "b", interface: .of("i"), target: "t")
        let whole = try Bundle.write(files: [file], identity: identity, to: path)
        try FileHandle(forWritingTo: URL(fileURLWithPath: path))
            .truncate(atOffset: UInt64(whole.size / 2))
        let error = #expect(throws: ArchiveError.self) { try Bundle.read(path) }
        guard case .damaged = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test(
        arguments: [
            ("", 1, "it is cut off"),
            ("marionette-bundle 2\n", 1, "it does not begin with 'marionette-bundle 1'"),
            ("marionette-bundle 1\nbuild b\n", 3, "'interface' is missing"),
            (
                "marionette-bundle 1\nbuild b\ninterface 12\ntarget t\n", 3,
                "the interface is no SHA-256 digest"
            ),
        ])
    func `a manifest that is none is told with its line`(
        _ text: String, _ line: Int, _ reason: String
    ) {
        #expect(throws: ArchiveError.manifestInvalid(line: line, reason: reason)) {
            try BundleManifest(text: text)
        }
    }
}
