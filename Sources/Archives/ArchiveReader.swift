import CLibArchive
import Digests
import Glibc

/// Reads an archive that may come from anywhere: only plain files with paths that stay inside,
/// within the limits, each the one that the manifest lists.
public final class ArchiveReader {
    /// A file of an archive.
    public struct Entry: Hashable, Sendable {
        public var path: String
        public var permissions: Int
        public var bytes: [UInt8]
    }

    private let archive: OpaquePointer
    private let path: String
    private var bytesRead = 0

    public init(path: String) throws(ArchiveError) {
        guard let archive = archive_read_new() else {
            throw .damaged(path: path, reason: "out of memory")
        }
        self.path = path
        self.archive = archive
        archive_read_support_format_tar(archive)
        archive_read_support_filter_gzip(archive)
        archive_read_set_format_option(archive, "tar", "hdrcharset", "BINARY")
        guard archive_read_open_filename(archive, path, 1 << 16) == ARCHIVE_OK else {
            throw .damaged(path: path, reason: archiveErrorText(archive))
        }
    }

    deinit { archive_read_free(archive) }

    /// The next file, or nil at the end.
    public func next() throws(ArchiveError) -> Entry? {
        var entry: OpaquePointer?
        let code = archive_read_next_header(archive, &entry)
        if code == ARCHIVE_EOF { return nil }
        guard code == ARCHIVE_OK, let entry, let raw = archive_entry_pathname(entry) else {
            throw .damaged(path: path, reason: archiveErrorText(archive))
        }
        let name = String(cString: raw)
        guard BundlePath(name) != nil else {
            throw .damaged(path: path, reason: "'\(name)' leaves the bundle")
        }
        // A link could point outside, and what is written through it would land there.
        guard archive_entry_filetype(entry) == UInt32(Glibc.S_IFREG),
            archive_entry_hardlink(entry) == nil
        else {
            throw .damaged(path: path, reason: "'\(name)' is no plain file")
        }
        let size = Int(archive_entry_size(entry))
        bytesRead += size
        guard bytesRead <= ArchiveLimits.bytesMax else {
            throw .tooLarge(name: name, size: bytesRead, limit: ArchiveLimits.bytesMax)
        }
        return Entry(
            path: name, permissions: Int(archive_entry_perm(entry)),
            bytes: try content(name, size: size))
    }

    private func content(_ name: String, size: Int) throws(ArchiveError) -> [UInt8] {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        // The header's size is a claim: memory grows as the bytes arrive.
        while bytes.count <= size {
            let count = archive_read_data(archive, &piece, piece.count)
            guard count >= 0 else {
                throw .damaged(path: path, reason: archiveErrorText(archive))
            }
            if count == 0 { break }
            bytes += piece[..<count]
        }
        guard bytes.count == size else {
            throw .damaged(path: path, reason: "'\(name)' is cut off")
        }
        return bytes
    }

    /// Reads to the end, and compares every file with the manifest.
    func verify() throws(ArchiveError) -> BundleDescription {
        guard let first = try next(), first.path == BundleManifest.name,
            first.bytes.count <= ArchiveLimits.manifestMax
        else { throw .damaged(path: path, reason: "it does not begin with a manifest") }
        let text = String(decoding: first.bytes, as: UTF8.self)
        let manifest = try BundleManifest(text: text)
        var expected = Dictionary(
            manifest.files.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
        while let entry = try next() {
            guard let file = expected.removeValue(forKey: entry.path) else {
                throw .damaged(path: path, reason: "'\(entry.path)' is not in its manifest")
            }
            let isExecutable = entry.permissions & 0o111 != 0
            guard file.digest == Digest.of(entry.bytes), file.isExecutable == isExecutable else {
                throw .digestDiffers(path: path, name: entry.path)
            }
        }
        if let missing = expected.keys.min() {
            throw .damaged(path: path, reason: "'\(missing)' is missing")
        }
        return BundleDescription(
            digest: .of(first.bytes), size: fileSize(path) ?? 0, path: path, manifest: manifest)
    }
}
