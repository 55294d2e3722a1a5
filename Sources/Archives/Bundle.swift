import Digests

/// A file for a bundle.
public struct BundleFile: Hashable, Sendable {
    /// Its path in the bundle.
    public var name: String
    /// Where it is read from.
    public var path: String
    public var executable: Bool

    public init(name: String, path: String, executable: Bool) {
        self.name = name
        self.path = path
        self.executable = executable
    }
}

/// A bundle that was written.
public struct BundleDescription: Hashable, Sendable {
    /// The name of the bundle, here and in every store: the SHA-256 of its manifest.
    public var digest: Digest
    /// Bytes of the archive.
    public var size: Int
    /// Where the archive is.
    public var path: String
    public var manifest: BundleManifest

    public var files: [BundleManifest.File] { manifest.files }
    public var identity: BundleIdentity { manifest.identity }

    public init(digest: Digest, size: Int, path: String, manifest: BundleManifest) {
        self.digest = digest
        self.size = size
        self.path = path
        self.manifest = manifest
    }
}

/// Bundles: one target's slave, its manifest and the user's assets in one archive.
///
/// The archive is a gzip-compressed tar file (ustar; pax where a path is too long for it), and a
/// function of the files' names, contents and identity alone: names sorted by bytes, no times, no
/// owners, modes 644 or 755, a gzip header without a time. The manifest is the first entry, so that
/// a reader of a stream knows at once what to expect.
public enum Bundle {
    /// Writes the archive beside `destination`, and renames it when it is whole.
    ///
    /// - Throws: `ArchiveError`; nothing is left behind then.
    public static func write(
        files: [BundleFile], identity: BundleIdentity, to destination: String
    ) throws(ArchiveError) -> BundleDescription {
        try check(files, identity)
        var listed: [BundleManifest.File] = []
        for file in files {
            listed.append(
                BundleManifest.File(
                    path: file.name, isExecutable: file.executable,
                    digest: try digest(of: file)))
        }
        let manifest = BundleManifest(identity: identity, files: listed)
        guard manifest.text.utf8.count <= ArchiveLimits.manifestMax else {
            throw .tooLarge(
                name: BundleManifest.name, size: manifest.text.utf8.count,
                limit: ArchiveLimits.manifestMax)
        }
        let size = try ArchiveWriter.write(manifest, files: files, to: destination)
        return BundleDescription(
            digest: manifest.digest, size: size, path: destination, manifest: manifest)
    }

    /// Describes an archive by reading it whole and checking each file against the manifest.
    public static func read(_ path: String) throws(ArchiveError) -> BundleDescription {
        try ArchiveReader(path: path).verify()
    }

    private static func check(
        _ files: [BundleFile], _ identity: BundleIdentity
    ) throws(ArchiveError) {
        guard files.count <= ArchiveLimits.filesMax else {
            throw .contentRefused(
                name: "\(files.count) files",
                reason: "a bundle holds at most \(ArchiveLimits.filesMax)")
        }
        for text in [identity.build, identity.target]
        where text.isEmpty || text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) {
            throw .contentRefused(name: text, reason: "an identity is one line of text")
        }
        var names: Set<String> = [BundleManifest.name]
        for file in files {
            guard BundlePath(file.name) != nil else {
                throw .contentRefused(
                    name: file.name, reason: "the path leaves the bundle or is too long")
            }
            guard names.insert(file.name).inserted else {
                throw .contentRefused(name: file.name, reason: "the name is taken")
            }
        }
    }

    private static func digest(of file: BundleFile) throws(ArchiveError) -> Digest {
        do {
            return try Digest.ofFile(file.path)
        } catch {
            throw .fileUnreadable(path: file.path, reason: lastErrorText(error.code))
        }
    }
}
