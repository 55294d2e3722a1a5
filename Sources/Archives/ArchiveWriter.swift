import CLibArchive
import Digests
import Glibc

/// Writes one archive through libarchive.
struct ArchiveWriter {
    private let archive: OpaquePointer
    private let path: String

    /// - Returns: the bytes of the archive.
    static func write(
        _ manifest: BundleManifest, files: [BundleFile], to destination: String
    ) throws(ArchiveError) -> Int {
        let temporary = "\(destination).\(getpid()).partial"
        defer { unlink(temporary) }
        guard let archive = archive_write_new() else {
            throw .notWritable(path: destination, reason: "out of memory")
        }
        defer { archive_write_free(archive) }
        let writer = ArchiveWriter(archive: archive, path: destination)
        try writer.open(temporary, names: manifest.files.map(\.path))
        try writer.add(manifest.text)
        let sources = Dictionary(uniqueKeysWithValues: files.map { ($0.name, $0.path) })
        for file in manifest.files {
            guard let source = sources[file.path] else { continue }
            try writer.add(file, from: source)
        }
        try writer.check(archive_write_close(archive))
        guard rename(temporary, destination) == 0 else {
            throw .notWritable(path: destination, reason: lastErrorText())
        }
        return fileSize(destination) ?? 0
    }

    private func open(_ temporary: String, names: [String]) throws(ArchiveError) {
        // A restricted pax archive is plain ustar for every entry that fits it.
        try check(archive_write_set_format_pax_restricted(archive))
        if !names.allSatisfy({ $0.utf8.allSatisfy { $0 < 0x80 } }) {
            // Names are bytes: else libarchive converts them by the locale, which may know ASCII
            // only. Not always: each entry then says so, and GNU tar warns of what it says.
            try check(archive_write_set_format_option(archive, "pax", "hdrcharset", "BINARY"))
        }
        try check(archive_write_add_filter_gzip(archive))
        try check(archive_write_set_filter_option(archive, "gzip", "timestamp", nil))
        try check(archive_write_set_filter_option(archive, "gzip", "compression-level", "6"))
        try check(archive_write_set_bytes_in_last_block(archive, 1))
        try check(archive_write_open_filename(archive, temporary))
    }

    private func add(_ manifest: String) throws(ArchiveError) {
        let bytes = Array(manifest.utf8)
        try header(name: BundleManifest.name, isExecutable: false, size: bytes.count)
        try write(bytes)
    }

    private func add(
        _ file: BundleManifest.File, from source: String
    ) throws(ArchiveError) {
        let descriptor = Glibc.open(source, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw .fileUnreadable(path: source, reason: lastErrorText())
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw .fileUnreadable(path: source, reason: lastErrorText())
        }
        try header(
            name: file.path, isExecutable: file.isExecutable, size: Int(status.st_size))
        try copy(descriptor, source: source, expected: file.digest)
    }

    private func copy(
        _ descriptor: Int32, source: String, expected: Digest
    ) throws(ArchiveError) {
        var hasher = DigestHasher()
        var piece = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = read(descriptor, &piece, piece.count)
            guard count >= 0 else {
                throw .fileUnreadable(path: source, reason: lastErrorText())
            }
            if count == 0 { break }
            let part = Array(piece[..<count])
            hasher.update(part)
            try write(part)
        }
        // The manifest, written before, would lie about a file that changed since.
        guard hasher.finish() == expected else {
            throw .fileUnreadable(path: source, reason: "it changed while it was read")
        }
    }

    private func header(
        name: String, isExecutable: Bool, size: Int
    ) throws(ArchiveError) {
        guard size <= ArchiveLimits.bytesMax else {
            throw .tooLarge(name: name, size: size, limit: ArchiveLimits.bytesMax)
        }
        let entry = archive_entry_new()
        defer { archive_entry_free(entry) }
        archive_entry_set_pathname(entry, name)
        archive_entry_set_filetype(entry, UInt32(Glibc.S_IFREG))
        archive_entry_set_perm(entry, isExecutable ? 0o755 : 0o644)
        archive_entry_set_size(entry, la_int64_t(size))
        archive_entry_set_mtime(entry, 0, 0)
        archive_entry_set_uid(entry, 0)
        archive_entry_set_gid(entry, 0)
        archive_entry_set_uname(entry, "")
        archive_entry_set_gname(entry, "")
        try check(archive_write_header(archive, entry))
    }

    private func write(_ bytes: [UInt8]) throws(ArchiveError) {
        guard archive_write_data(archive, bytes, bytes.count) == bytes.count else {
            throw .notWritable(path: path, reason: archiveErrorText(archive))
        }
    }

    private func check(_ code: Int32) throws(ArchiveError) {
        guard code == ARCHIVE_OK else {
            throw .notWritable(path: path, reason: archiveErrorText(archive))
        }
    }
}

/// What libarchive says of its last error.
func archiveErrorText(_ archive: OpaquePointer) -> String {
    guard let text = archive_error_string(archive) else { return "no reason is known" }
    let words = String(cString: text)
    return words.prefix(1).lowercased() + words.dropFirst()
}

/// The last error of the operating system in its words.
func lastErrorText(_ code: Int32 = errno) -> String {
    let text = String(cString: strerror(code))
    return text.prefix(1).lowercased() + text.dropFirst()
}

/// nil where there is no such file.
func fileSize(_ path: String) -> Int? {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : nil
}
