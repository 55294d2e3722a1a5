import Glibc

/// The settings of an ssh_config file that libssh keeps to itself or ignores, where there is no ssh
/// client to be asked (`SSHQuestion`); see ssh_config(5).
///
/// libssh reads the same files for all else. As there, the first value found for a keyword counts.
/// `Match` blocks count where their criteria are `all`, `host`, `originalhost` or `user`; a block
/// with another criterion is passed over.
struct SSHConfiguration: Equatable {
    var connectTimeout: Duration?
    var addressFamily: SSHOptions.AddressFamily?

    private let alias: String
    private let user: String
    private let home: String

    /// How deep files may include files, as OpenSSH has it.
    private static let depthMax = 16

    init(alias: String, user: String, home: String) {
        self.alias = alias
        self.user = user
        self.home = home
    }

    /// Reads one file; a file that is not there says nothing.
    mutating func read(_ path: String, depth: Int = 0) {
        guard depth < Self.depthMax, let text = try? textOfFile(path) else { return }
        var applies = true
        for line in text.split(whereSeparator: \.isNewline) {
            let words = Self.words(line)
            guard let keyword = words.first?.lowercased() else { continue }
            let values = Array(words.dropFirst())
            switch keyword {
            case "host": applies = Self.matches(alias, values)
            case "match": applies = matches(criteria: values)
            case "include" where applies: include(values, from: path, depth: depth)
            case _ where applies: set(keyword, values.first ?? "")
            default: break
            }
        }
    }

    private mutating func set(_ keyword: String, _ value: String) {
        switch keyword {
        case "connecttimeout" where connectTimeout == nil:
            connectTimeout = Int(value).flatMap { $0 > 0 ? .seconds($0) : nil }
        case "addressfamily" where addressFamily == nil:
            addressFamily =
                switch value.lowercased() {
                case "inet": .inet
                case "inet6": .inet6
                default: .any
                }
        default: break
        }
    }

    private mutating func include(_ patterns: [String], from path: String, depth: Int) {
        let base = path.hasPrefix("/etc/ssh/") ? "/etc/ssh/" : "\(home)/.ssh/"
        for pattern in patterns {
            let whole = pattern.hasPrefix("/") || pattern.hasPrefix("~") ? pattern : base + pattern
            var found = glob_t()
            defer { globfree(&found) }
            guard glob(whole, GLOB_TILDE, nil, &found) == 0 else { continue }
            for index in 0..<Int(found.gl_pathc) {
                guard let name = found.gl_pathv[index] else { continue }
                read(String(cString: name), depth: depth + 1)
            }
        }
    }

    private func matches(criteria: [String]) -> Bool {
        var rest = criteria[...]
        while let criterion = rest.popFirst() {
            let subject: String
            switch criterion.lowercased() {
            case "all": continue
            case "host", "originalhost": subject = alias
            case "user": subject = user
            default: return false
            }
            let patterns = rest.popFirst()?.split(separator: ",").map(String.init) ?? []
            guard Self.matches(subject, patterns) else { return false }
        }
        return true
    }

    /// One pattern must match, and none that is negated with `!`.
    private static func matches(_ subject: String, _ patterns: [String]) -> Bool {
        var isMatched = false
        for pattern in patterns {
            if pattern.hasPrefix("!") {
                if fnmatch(String(pattern.dropFirst()), subject, 0) == 0 { return false }
            } else if fnmatch(pattern, subject, 0) == 0 {
                isMatched = true
            }
        }
        return isMatched
    }

    /// `Keyword value`, `Keyword=value`, values in double quotes, `#` at the start of a comment.
    private static func words(_ line: Substring) -> [String] {
        var words: [String] = []
        var word = ""
        var isQuoted = false
        for character in line {
            if character == "\"" {
                isQuoted.toggle()
            } else if character == "#", !isQuoted, word.isEmpty {
                break
            } else if !isQuoted, character.isWhitespace || character == "=" && words.count < 2 {
                if !word.isEmpty { words.append(word) }
                word = ""
            } else {
                word.append(character)
            }
        }
        if !word.isEmpty { words.append(word) }
        return words
    }
}

/// The text of a small file.
func textOfFile(_ path: String) throws(TransportError) -> String {
    let source = try FileSource(path: path)
    let piece = PieceBuffer(size: 64 << 10)
    var bytes: [UInt8] = []
    while bytes.count < 1 << 20 {
        let count = try source.read(into: piece.bytes)
        if count == 0 { break }
        bytes += piece.bytes[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
}
