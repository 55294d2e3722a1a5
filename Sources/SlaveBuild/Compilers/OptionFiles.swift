import Foundation

/// Files that options name: `@FILE` stands for the options in it, and others (`-fprofile-use=FILE`)
/// are read by the compiler, which says nothing of them.
struct OptionFiles {
    /// What their names are relative to.
    let directory: String

    /// How deep files of options may name others.
    private static let depthMax = 16

    /// The options, with those of files in their place.
    func expand(_ options: [String]) -> [String] {
        options.flatMap { expand($0, depth: 0).words }
    }

    /// Every file that the options name, as far as it exists.
    func named(by options: [String]) -> [String] {
        var seen: Set<String> = []
        let all = options.flatMap { option in
            let (words, files) = expand(option, depth: 0)
            return files
                + words.flatMap { word in
                    [word[...]]
                        + (word.firstIndex(of: "=").map { [word[word.index(after: $0)...]] } ?? [])
                }.map { path($0) }
        }
        return all.filter { isFile($0) && seen.insert($0).inserted }
    }

    private func expand(_ option: String, depth: Int) -> (words: [String], files: [String]) {
        guard option.hasPrefix("@"), depth < Self.depthMax else { return ([option], []) }
        let file = path(option.dropFirst())
        guard isFile(file), let text = try? String(contentsOfFile: file, encoding: .utf8) else {
            return ([option], [])
        }
        let parts = Self.words(in: text).map { expand($0, depth: depth + 1) }
        return (parts.flatMap(\.words), [file] + parts.flatMap(\.files))
    }

    private func path(_ name: Substring) -> String {
        let whole = name.hasPrefix("/") ? String(name) : "\(directory)/\(name)"
        return URL(fileURLWithPath: whole).standardizedFileURL.path
    }

    private func isFile(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    /// Words between blanks, with quotes and backslashes as GCC has them.
    private static func words(in text: String) -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var isEscaped = false
        for sign in text {
            if isEscaped {
                word = (word ?? "") + String(sign)
                isEscaped = false
            } else if sign == "\\" {
                isEscaped = true
            } else if let open = quote {
                if sign == open { quote = nil } else { word = (word ?? "") + String(sign) }
            } else if sign == "'" || sign == "\"" {
                quote = sign
                word = word ?? ""
            } else if sign.isWhitespace {
                if let whole = word { words.append(whole) }
                word = nil
            } else {
                word = (word ?? "") + String(sign)
            }
        }
        return words + (word.map { [$0] } ?? [])
    }
}
