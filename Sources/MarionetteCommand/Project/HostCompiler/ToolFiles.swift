import Foundation

/// What a compiler's command line needs of this machine's files, and makes here, for a command that is
/// executed elsewhere below another root directory.
///
/// A relative path is one of this machine, and so is one below `roots`. All others name files of where
/// the command is executed.
struct ToolFiles {
    /// What the command finds there in the place of our `/`.
    let root: String
    /// The words for the command.
    private(set) var words: [String] = []
    /// Absolute paths of files and directories to take along.
    private(set) var inputs: [String] = []
    /// Absolute paths of files that the command may write.
    private(set) var outputs: [String] = []
    /// The one of `outputs` that lists what was read.
    private(set) var depfile: String?

    private let directory: String
    private let roots: [String]

    /// Options with a path, which may also be the next word.
    private static let valued = [
        "-isystem", "-iquote", "-idirafter", "-include", "-imacros", "-MF", "-I", "-L", "-B", "-T",
        "-o",
    ]
    /// Options whose next word is no path.
    private static let others: Set<String> = [
        "-D", "-U", "-x", "-l", "-u", "-z", "-MT", "-MQ", "-target", "-Xlinker", "-Xassembler",
        "-Xpreprocessor", "-Xclang", "-mllvm",
    ]

    /// - Parameters:
    ///   - command: the words behind the program's name.
    ///   - directory: where the command is given; absolute, as are `roots`.
    init(_ command: [String], in directory: String, roots: [String], root: String) {
        self.directory = directory
        self.roots = roots + [directory]
        self.root = root
        var rest = command[...]
        while let word = rest.popFirst() {
            if Self.others.contains(word) {
                words.append(word)
                if let value = rest.popFirst() { words.append(value) }
            } else if Self.valued.contains(word) {
                words.append(word)
                if let path = rest.popFirst() { words.append(named(path, by: word)) }
            } else if let option = Self.valued.first(where: word.hasPrefix) {
                words.append(option + named(String(word.dropFirst(option.count)), by: option))
            } else if word.hasPrefix("@") {
                words.append("@" + named(String(word.dropFirst()), by: "@"))
            } else if word.hasPrefix("-") {
                words.append(option(word))
            } else {
                words.append(named(word, by: ""))
            }
        }
    }

    /// `-Wl,-T,x.ld`, `-ffile-prefix-map=/a=b`, `-fprofile-use=x`
    private mutating func option(_ word: String) -> String {
        let isForLinker = word.hasPrefix("-Wl,")
        let separators: Set<Character> = isForLinker ? [",", "="] : ["="]
        var told = ""
        var part = ""
        var isFirst = true
        func rewritten(_ part: String, _ files: inout ToolFiles) -> String {
            guard !isFirst else { return part }
            if part.hasPrefix("/") || isForLinker && files.isHere(part) {
                return files.named(part, by: word)
            }
            return part
        }
        for character in word {
            guard separators.contains(character) else {
                part.append(character)
                continue
            }
            told += rewritten(part, &self) + String(character)
            part = ""
            isFirst = false
        }
        return told + rewritten(part, &self)
    }

    private func isHere(_ part: String) -> Bool {
        !part.isEmpty && !part.hasPrefix("-")
            && FileManager.default.fileExists(atPath: absolute(part))
    }

    /// Notes what a path stands for.
    ///
    /// - Returns: the path, as it is called where the command is executed.
    private mutating func named(_ path: String, by option: String) -> String {
        let whole = absolute(path)
        guard !path.isEmpty, !path.hasPrefix("/") || isOwn(whole) else { return path }
        var isDirectory: ObjCBool = false
        if FileManager.default.fileExists(atPath: whole, isDirectory: &isDirectory) {
            inputs.append(whole)
        }
        if !isDirectory.boolValue { outputs.append(whole) }
        if option == "-MF" { depfile = whole }
        return path.hasPrefix("/") ? root + path : path
    }

    private func isOwn(_ path: String) -> Bool {
        roots.contains { path == $0 || path.hasPrefix($0 + "/") }
    }

    private func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : "\(directory)/\(path)"
    }

    // MARK: Files

    /// More than any headers have.
    static let bytesMax = 64 << 20

    /// Every file to take along: those that are named, those in directories of headers, and what these
    /// include by a path of their own.
    ///
    /// Hidden directories below others are no places of headers: they are builds and repositories.
    func files() throws(HostToolError) -> Set<String> {
        var found: Set<String> = []
        var bytes = 0
        for input in inputs {
            for file in Self.content(of: input) where found.insert(file).inserted {
                bytes += Self.size(of: file)
                guard bytes <= Self.bytesMax else { throw .tooLarge(directory: input) }
            }
        }
        var pending = Array(found)
        while let file = pending.popLast() {
            for included in Self.included(by: file) where found.insert(included).inserted {
                pending.append(included)
            }
        }
        return found
    }

    /// - Parameter isNamed: a link to a directory is followed; others could lead in circles.
    private static func content(of path: String, isNamed: Bool = true) -> [String] {
        var status = stat()
        guard stat(path, &status) == 0 else { return [] }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            return status.st_mode & S_IFMT == S_IFREG ? [path] : []
        }
        var link = stat()
        guard isNamed || lstat(path, &link) == 0 && link.st_mode & S_IFMT == S_IFDIR else {
            return []
        }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.filter { !$0.hasPrefix(".") }.flatMap {
            content(of: "\(path)/\($0)", isNamed: false)
        }
    }

    private static func size(of file: String) -> Int {
        var status = stat()
        return stat(file, &status) == 0 ? Int(status.st_size) : 0
    }

    /// Files beside a source that it names in quotes.
    private static func included(by file: String) -> [String] {
        guard size(of: file) < 4 << 20, let data = FileManager.default.contents(atPath: file),
            !data.prefix(1_024).contains(0)
        else { return [] }
        let directory = file.split(separator: "/", omittingEmptySubsequences: false).dropLast()
            .joined(separator: "/")
        let text = String(decoding: data, as: UTF8.self)
        return text.matches(of: /#\s*include\s*"([^"\n]+)"/).compactMap { match in
            let path = "\(directory)/\(match.1)"
            var status = stat()
            let isFile = stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
            return isFile ? path : nil
        }
    }

    // MARK: Depfiles

    /// A depfile in words of this machine: what lies below the root has its own name again, and what
    /// else is absolute is no file of this machine.
    static func depfile(_ text: String, from root: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.split(separator: " ", omittingEmptySubsequences: false).compactMap { word in
                if word.hasPrefix("\(root)/") { return word.dropFirst(root.count) }
                return word.hasPrefix("/") ? nil : word
            }.joined(separator: " ")
        }.joined(separator: "\n")
    }
}
