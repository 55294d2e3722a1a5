import Digests

/// What a bundle holds, as its file `manifest` says it.
///
/// The format: lines of UTF-8 text, each ended by a line feed, nothing else.
/// ```
/// marionette-bundle 1
/// build 3f1c9a…                      what the slave was built from, free text of one line
/// interface 64 hexadecimal digits     the hash of the checked interface
/// target s390x-linux-musl
/// 64 hexadecimal digits  755 slave    SHA-256, two spaces, mode 755 or 644, one space, path
/// 64 hexadecimal digits  644 data/x   sorted by the bytes of the paths
/// ```
/// Paths are relative and have no empty part, `.` or `..`; the manifest itself is not listed. A
/// reader passes over unknown words between `target` and the first file. The SHA-256 of these bytes
/// names the bundle everywhere: they cover every file, and no compressor has a say in them.
public struct BundleManifest: Hashable, Sendable {
    public struct File: Hashable, Sendable {
        public var path: String
        public var isExecutable: Bool
        public var digest: Digest

        public init(path: String, isExecutable: Bool, digest: Digest) {
            self.path = path
            self.isExecutable = isExecutable
            self.digest = digest
        }
    }

    public var identity: BundleIdentity
    /// In the order of the bytes of their paths.
    public private(set) var files: [File]

    /// The name of the manifest in an archive and in a store.
    public static let name = "manifest"
    static let headline = "marionette-bundle 1"

    public init(identity: BundleIdentity, files: [File]) {
        self.identity = identity
        self.files = files.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }

    public var text: String {
        var lines = [
            Self.headline, "build \(identity.build)", "interface \(identity.interface)",
            "target \(identity.target)",
        ]
        lines += files.map { "\($0.digest)  \($0.isExecutable ? "755" : "644") \($0.path)" }
        return lines.joined(separator: "\n") + "\n"
    }

    public var digest: Digest { .of(text) }

    /// Reads the text of a manifest.
    ///
    /// - Throws: `ArchiveError.manifestInvalid` with the line's number, from 1.
    public init(text: String) throws(ArchiveError) {
        guard text.last == "\n" else { throw .manifestInvalid(line: 1, reason: "it is cut off") }
        var lines = text.dropLast().split(separator: "\n", omittingEmptySubsequences: false)[...]
        guard lines.popFirst() == Self.headline[...] else {
            throw .manifestInvalid(line: 1, reason: "it does not begin with '\(Self.headline)'")
        }
        let build = try Self.value("build", &lines, line: 2)
        let interface = try Self.value("interface", &lines, line: 3)
        let target = try Self.value("target", &lines, line: 4)
        guard let hash = Digest(hexadecimal: interface) else {
            throw .manifestInvalid(line: 3, reason: "the interface is no SHA-256 digest")
        }
        var files: [File] = []
        for (index, line) in zip(5..., lines) {
            if let file = try Self.file(line, line: index) {
                files.append(file)
            } else if !files.isEmpty {
                throw .manifestInvalid(line: index, reason: "it is no file's line")
            }
        }
        self.init(
            identity: BundleIdentity(build: build, interface: hash, target: target), files: files)
    }

    private static func value(
        _ word: String, _ lines: inout ArraySlice<Substring>, line: Int
    ) throws(ArchiveError) -> String {
        guard let text = lines.popFirst(), text.hasPrefix(word + " ") else {
            throw .manifestInvalid(line: line, reason: "'\(word)' is missing")
        }
        return String(text.dropFirst(word.count + 1))
    }

    /// nil where the line does not begin with a digest.
    private static func file(_ text: Substring, line: Int) throws(ArchiveError) -> File? {
        let parts = text.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 4, let digest = Digest(hexadecimal: String(parts[0])) else {
            return nil
        }
        guard parts[1].isEmpty, parts[2] == "755" || parts[2] == "644" else {
            throw .manifestInvalid(line: line, reason: "the mode is neither 755 nor 644")
        }
        guard let path = BundlePath(String(parts[3])) else {
            throw .manifestInvalid(line: line, reason: "the path leaves the bundle")
        }
        return File(path: path.text, isExecutable: parts[2] == "755", digest: digest)
    }
}

/// What tells two bundles of one application apart.
public struct BundleIdentity: Hashable, Sendable {
    /// What the slave was built from: one line without control characters.
    public var build: String
    public var interface: Digest
    /// The target's name: `s390x-linux-musl`.
    public var target: String

    public init(build: String, interface: Digest, target: String) {
        self.build = build
        self.interface = interface
        self.target = target
    }
}

/// A path inside a bundle: relative, and unable to leave it.
struct BundlePath {
    let text: String

    /// Bytes; what the slave's installer takes, as is the depth.
    static let lengthMax = 511
    /// Parts of a path.
    static let depthMax = 16

    init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let isPlain = text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f }
        guard isPlain, text.utf8.count <= Self.lengthMax, parts.count <= Self.depthMax,
            parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." })
        else { return nil }
        self.text = text
    }
}
