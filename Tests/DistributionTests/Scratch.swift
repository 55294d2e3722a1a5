import Archives
import Distribution
import Foundation

/// A directory of its own, removed at the end, and bundles in it.
final class Scratch {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/push-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// A bundle with a slave of this text, and an asset of random bytes.
    func bundle(
        slave: String, assetSize: Int = 10, target: String = "s390x-linux-musl",
        asset name: String = "asset"
    ) throws -> BundleDescription {
        let file = path + "/slave"
        try Data(slave.utf8).write(to: URL(fileURLWithPath: file))
        return try bundle(slaveFile: file, assetSize: assetSize, target: target, asset: name)
    }

    /// A bundle with the slave of that path.
    func bundle(
        slaveFile: String, assetSize: Int = 10, target: String = "s390x-linux-musl",
        asset name: String = "asset"
    ) throws -> BundleDescription {
        let asset = path + "/asset"
        try randomBytes(assetSize).write(to: URL(fileURLWithPath: asset))
        return try Bundle.write(
            files: [
                BundleFile(name: "slave", path: slaveFile, executable: true),
                BundleFile(name: name, path: asset, executable: false),
            ],
            identity: BundleIdentity(
                build: "test", interface: .of("interface"), target: target),
            to: path + "/bundle.tar.gz")
    }

    private func randomBytes(_ count: Int) throws -> Data {
        let source = try FileHandle(forReadingFrom: URL(fileURLWithPath: "/dev/urandom"))
        return try source.read(upToCount: count) ?? Data()
    }

    private typealias Bundle = Archives.Bundle
}

extension TargetArchitecture {
    static let s390x = TargetArchitecture(
        target: "s390x-linux-musl", machines: ["s390x"], isBigEndian: true, wordBits: 64)
}

/// A slave in shell that installs itself as the real one does.
let shellSlave = """
    #!/bin/sh
    [ "$1" = --install ] || exit 64
    cd "$2" || exit 74
    sed -n 's/^\\([0-9a-f]\\{64\\}\\)  [0-9]* \\(.*\\)/\\1  \\2/p' manifest |
        sha256sum -c --quiet >/dev/null 2>&1 ||
        { echo "a file is not as the manifest lists it" >&2; exit 65; }
    cd /
    mv -T "$2" "$3" 2>/dev/null || [ -f "$3/manifest" ]
    """
