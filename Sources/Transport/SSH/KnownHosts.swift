import CLibSSH

/// Known-hosts files: the keys that hosts may show; see sshd(8), SSH_KNOWN_HOSTS FILE FORMAT.
///
/// libssh reads two files at most, under the host's own name, and passes over `@revoked`. Here a key
/// is judged as ssh judges it, and never accepted where ssh would refuse it. Certificates of hosts are
/// not used, so that a line with `@cert-authority` says nothing.
struct KnownHosts {
    enum Verdict: Equatable {
        case known
        case unknown
        /// Another key than this one is known, of this kind or of another.
        case changed(file: String)
        case revoked(file: String)
    }

    private struct File {
        var path: String
        var bytes: [UInt8]
    }

    private struct Entry {
        var file: String
        var isRevoked: Bool
        var type: String
        var key: [UInt8]
    }

    private var files: [File] = []
    private var revocations: [File] = []

    static let fileSizeMax = 64 << 20

    /// Reads the files; one that can't be read says nothing, unless its purpose is to refuse.
    init(_ trust: HostTrust, host: String) throws(TransportError) {
        for path in trust.files {
            guard let source = try? FileSource(path: path) else { continue }
            add(try Self.bytes(of: source, path: path, host: host), of: path)
        }
        for path in trust.revoked {
            let bytes: [UInt8]
            do { bytes = try Self.bytes(of: FileSource(path: path), path: path, host: host) } catch
            {
                throw .configurationInvalid(
                    host: host, reason: "'RevokedHostKeys': \(error.diagnostic.summary)")
            }
            guard !bytes.starts(with: "SSHKRL\n".utf8) else {
                throw .configurationInvalid(
                    host: host,
                    reason:
                        "'RevokedHostKeys \(path)' is a list made by 'ssh-keygen -k', which is not "
                        + "read here; write the keys themselves, one on each line")
            }
            revocations.append(File(path: path, bytes: bytes))
        }
    }

    init() {}

    mutating func add(_ bytes: [UInt8], of path: String) {
        files.append(File(path: path, bytes: bytes))
    }

    private static func bytes(
        of source: FileSource, path: String, host: String
    ) throws(TransportError) -> [UInt8] {
        let piece = PieceBuffer(size: 64 << 10)
        var bytes: [UInt8] = []
        while true {
            let count = try source.read(into: piece.bytes)
            if count == 0 { return bytes }
            // Not cut: what is cut off may revoke a key.
            guard bytes.count + count <= fileSizeMax else {
                throw .configurationInvalid(
                    host: host, reason: "'\(path)' has more than \(fileSizeMax) bytes")
            }
            bytes += piece.bytes[..<count]
        }
    }

    /// - Parameters:
    ///   - key: the key as SSH transmits it.
    ///   - addressName: the host's address as a known-hosts file would name it; nil: is not checked.
    func verdict(on key: [UInt8], by trust: HostTrust, addressName: String? = nil) -> Verdict {
        if let list = revocations.first(where: { Self.holds($0.bytes, key) }) {
            return .revoked(file: list.path)
        }
        var verdict = verdict(on: key, of: trust.name)
        if verdict == .unknown, let name = trust.bareName {
            switch self.verdict(on: key, of: name) {
            case .known: verdict = .known
            case .revoked(let file): verdict = .revoked(file: file)
            case .unknown, .changed: break
            }
        }
        guard verdict == .known, let addressName else { return verdict }
        let ofAddress = self.verdict(on: key, of: addressName)
        return ofAddress == .unknown ? .known : ofAddress
    }

    /// The kinds of key that are known of the host, in the files' order.
    func types(by trust: HostTrust) -> [String] {
        let entries = entries(of: trust.name)
        let found = entries.isEmpty ? trust.bareName.map { self.entries(of: $0) } ?? [] : entries
        return found.filter { !$0.isRevoked }.map(\.type)
    }

    func verdict(on key: [UInt8], of name: String) -> Verdict {
        let entries = entries(of: name)
        if let entry = entries.first(where: { $0.isRevoked && $0.key == key }) {
            return .revoked(file: entry.file)
        }
        let keys = entries.filter { !$0.isRevoked }
        if keys.contains(where: { $0.key == key }) { return .known }
        return keys.last.map { .changed(file: $0.file) } ?? .unknown
    }

    // MARK: Lines

    private func entries(of name: String) -> [Entry] {
        files.flatMap { file in
            file.bytes.split(separator: newline).compactMap { line in
                Self.entry(line, of: name, in: file.path)
            }
        }
    }

    /// nil: a comment, a certificate authority, another host's, or not well formed.
    private static func entry(
        _ line: ArraySlice<UInt8>, of name: String, in file: String
    ) -> Entry? {
        var rest = line
        guard var word = nextWord(&rest), word.first != UInt8(ascii: "#") else { return nil }
        var isRevoked = false
        if word.first == UInt8(ascii: "@") {
            guard word.elementsEqual("@revoked".utf8), let next = nextWord(&rest) else {
                return nil
            }
            isRevoked = true
            word = next
        }
        // Before all else: most lines are other hosts'.
        guard matches(name, word), let type = nextWord(&rest), let text = nextWord(&rest),
            let key = base64(text), isKey(key, ofType: type)
        else { return nil }
        return Entry(
            file: file, isRevoked: isRevoked, type: String(decoding: type, as: UTF8.self), key: key)
    }

    private static func nextWord(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        let start = rest.drop(while: isBlank)
        let word = start.prefix { !isBlank($0) }
        rest = start[word.endIndex...]
        return word.isEmpty ? nil : word
    }

    /// Whether a list of keys has this one; a line that can't be understood may be it.
    private static func holds(_ list: [UInt8], _ key: [UInt8]) -> Bool {
        list.split(separator: newline).contains { line in
            let words = line.split(whereSeparator: isBlank)
            guard let first = words.first, first.first != UInt8(ascii: "#") else { return false }
            guard words.count >= 2, let listed = base64(words[1]), isKey(listed, ofType: first)
            else {
                return true
            }
            return listed == key
        }
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
    }

    /// A key begins with the name of its kind, after its length.
    private static func isKey(_ key: [UInt8], ofType type: ArraySlice<UInt8>) -> Bool {
        key.count > 4 + type.count && key[0..<3].allSatisfy { $0 == 0 } && Int(key[3]) == type.count
            && key[4...].starts(with: type)
    }

    // MARK: Names

    private static func matches(_ name: String, _ field: ArraySlice<UInt8>) -> Bool {
        if field.first == UInt8(ascii: "|") { return isHash(field, of: name) }
        let name = Array(name.utf8)
        var isMatched = false
        for pattern in field.split(separator: UInt8(ascii: ",")) {
            if pattern.first == UInt8(ascii: "!") {
                if matches(name, pattern: pattern.dropFirst()) { return false }
            } else if matches(name, pattern: pattern) {
                isMatched = true
            }
        }
        return isMatched
    }

    /// With `*` and `?`, and nothing else special: `[` stands for itself, unlike in fnmatch(3).
    private static func matches(_ name: [UInt8], pattern: ArraySlice<UInt8>) -> Bool {
        var at = 0
        var rest = pattern
        var retry: (at: Int, rest: ArraySlice<UInt8>)?
        while at < name.count || !rest.isEmpty {
            if rest.first == UInt8(ascii: "*") {
                retry = (at, rest)
                rest = rest.dropFirst()
            } else if at < name.count, let byte = rest.first,
                byte == UInt8(ascii: "?") || lowercased(byte) == name[at]
            {
                at += 1
                rest = rest.dropFirst()
            } else if let (from, star) = retry, from < name.count {
                retry = (from + 1, star)
                at = from + 1
                rest = star.dropFirst()
            } else {
                return false
            }
        }
        return true
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte ? byte | 0x20 : byte
    }

    /// `|1|salt|hash`. libssh compares the name first, and misses the key after that.
    private static func isHash(_ field: ArraySlice<UInt8>, of name: String) -> Bool {
        var entry: UnsafeMutablePointer<ssh_knownhosts_entry>?
        let line = String(decoding: field, as: UTF8.self) + " none"
        return ssh_known_hosts_parse_line(name, line, &entry) != SSH_AGAIN
    }

    // MARK: Base 64

    /// nil: it is none.
    static func base64(_ text: some Sequence<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        var isPadded = false
        for byte in text {
            if byte == UInt8(ascii: "=") {
                isPadded = true
                continue
            }
            guard !isPadded, let value = base64Value(byte) else { return nil }
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return bytes
    }

    private static func base64Value(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}

private let newline = UInt8(ascii: "\n")
