import Diagnostics

/// The words of a command line, read before the parser reads them: it does not know `-j2`, and says
/// little of words that it does not know.
struct CommandLineWords {
    /// For the parser: each value is a word of its own.
    private(set) var words: [String] = []

    /// The parser's own, which no command lists.
    private static let ofParser = [
        "help-hidden", "generate-completion-script", "experimental-dump-help",
    ]

    /// - Throws: the first word that no command knows.
    init(_ given: [String], of root: CommandShape) throws(UsageError) {
        var command = root
        var path = [root.commandName]
        var positionals = 0
        var isValue = false
        for (index, word) in given.enumerated() {
            if isValue {
                isValue = false
                words.append(word)
                continue
            }
            if word == "--" || path.last == "help" {
                words += given[index...]
                return
            }
            let place = Place(
                command: command, path: path, before: Array(words.dropFirst(path.count - 1)),
                rest: Array(given[index...]))
            if word.hasPrefix("--") {
                isValue = try long(word, place)
            } else if word.hasPrefix("-"), word.count > 1 {
                isValue = try short(word, place)
            } else if let next = command.subcommand(word) {
                (command, path) = (next, path + [word])
                words.append(word)
            } else if command.subcommands != nil {
                throw .unknownCommand(
                    word, path: path, known: command.shownSubcommands,
                    options: command.longNames)
            } else {
                positionals += 1
                if let max = command.positionalMax, positionals > max {
                    throw .unexpected(word, path: path, program: place.forProgram)
                }
                words.append(word)
            }
        }
    }

    /// Where a word stands.
    private struct Place {
        var command: CommandShape
        var path: [String]
        /// The words behind the command's name, and from this one on.
        var before: [String]
        var rest: [String]

        /// The command line where what begins here is meant for the program; nil: there is none.
        var forProgram: String? {
            guard command.takesProgramArguments else { return nil }
            let own = rest.filter { $0 != "--" }
            return (path + before + ["--"] + own).map(shellQuoted).joined(separator: " ")
        }
    }

    /// Whether the next word is its value.
    private mutating func long(_ word: String, _ place: Place) throws(UsageError) -> Bool {
        let name = String(word.dropFirst(2).prefix { $0 != "=" })
        if Self.ofParser.contains(name) {
            words.append(word)
            return name == "generate-completion-script" && !word.contains("=")
        }
        guard let option = place.command.option(long: name) else {
            throw .unknownOption(
                "--\(name)", path: place.path, known: place.command.longNames,
                program: place.forProgram)
        }
        words.append(word)
        return option.kind == .option && !word.contains("=")
    }

    /// One or more letters: flags, and a last one that may have its value in the same word.
    private mutating func short(_ word: String, _ place: Place) throws(UsageError) -> Bool {
        var rest = word.dropFirst()
        while let letter = rest.popFirst() {
            guard let option = place.command.option(short: letter) else {
                // `-verbose`, with one hyphen.
                let whole = String(word.dropFirst())
                throw .unknownOption(
                    place.command.option(long: whole) == nil ? "-\(letter)" : word,
                    path: place.path, known: place.command.longNames, program: place.forProgram)
            }
            words.append("-\(letter)")
            guard option.kind == .option else { continue }
            if rest.isEmpty { return true }
            words.append(String(rest.first == "=" ? rest.dropFirst() : rest))
            return false
        }
        return false
    }
}

/// A word of a command line that nobody knows.
enum UsageError: DiagnosticError, Hashable {
    case unknownCommand(String, path: [String], known: [String], options: [String])
    case unknownOption(String, path: [String], known: [String], program: String?)
    /// `program`: the command line where it is meant for the program.
    case unexpected(String, path: [String], program: String?)

    var exitCode: ExitCode { .usage }

    var diagnostic: Diagnostic {
        switch self {
        case .unknownCommand(let word, let path, let known, _):
            Diagnostic(
                summary: "'\(path.joined(separator: " "))' has no command '\(word)'",
                notes: ["commands: \(known.joined(separator: ", "))"],
                remedy: nearest(to: word, among: known).map { "did you mean '\($0)'?" }
                    ?? "\(path.joined(separator: " ")) --help")
        case .unknownOption(let word, let path, let known, let program):
            Diagnostic(
                summary: "'\(path.joined(separator: " "))' has no option '\(word)'",
                notes: program.map { ["what is for the program stands behind '--': \($0)"] } ?? [],
                remedy: meant(by: word, known).map { "did you mean '--\($0)'?" }
                    ?? "\(path.joined(separator: " ")) --help")
        case .unexpected(let word, let path, let program):
            Diagnostic(
                summary: "'\(path.joined(separator: " "))' expects no '\(word)'",
                remedy: program.map { "what is for the program stands behind '--': \($0)" }
                    ?? "\(path.joined(separator: " ")) --help")
        }
    }

    private func meant(by word: String, _ known: [String]) -> String? {
        let name = String(word.drop { $0 == "-" })
        return name.count < 2 ? nil : nearest(to: name, among: known)
    }
}
