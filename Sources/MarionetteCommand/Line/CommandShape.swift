import Foundation

/// The commands and their options as the parser itself describes them, so that they are written down
/// once.
struct CommandShape: Decodable {
    var commandName: String
    var subcommands: [CommandShape]?
    var arguments: [Argument]?
    var defaultSubcommand: String?
    var shouldDisplay: Bool

    struct Argument: Decodable {
        var kind: Kind
        var names: [Name]?
        var isRepeating: Bool
        var parsingStrategy: String?
        var shouldDisplay: Bool

        enum Kind: String, Decodable { case positional, option, flag }

        struct Name: Decodable {
            var kind: String
            var name: String
        }

        func has(_ name: String, kind: String) -> Bool {
            names?.contains { $0.kind == kind && $0.name == name } ?? false
        }
    }

    private struct Tool: Decodable { var command: CommandShape }

    /// - Parameter description: what `--experimental-dump-help` prints.
    init(description: String) throws {
        self = try JSONDecoder().decode(Tool.self, from: Data(description.utf8)).command
    }

    func subcommand(_ name: String) -> CommandShape? {
        subcommands?.first { $0.commandName == name }
    }

    var shownSubcommands: [String] {
        (subcommands ?? []).filter(\.shouldDisplay).map(\.commandName).filter { $0 != "help" }
    }

    /// Its own options, and those of the command that it is where none is named.
    var options: [Argument] {
        let inherited = defaultSubcommand.flatMap(subcommand)?.arguments ?? []
        return ((arguments ?? []) + inherited).filter { $0.kind != .positional }
    }

    func option(long name: String) -> Argument? { options.first { $0.has(name, kind: "long") } }
    func option(short name: Character) -> Argument? {
        options.first { $0.has(String(name), kind: "short") }
    }

    var longNames: [String] {
        options.filter(\.shouldDisplay).flatMap { $0.names ?? [] }.filter { $0.kind == "long" }
            .map(\.name)
    }

    /// What is behind `--` is a program's own.
    var takesProgramArguments: Bool {
        (arguments ?? []).contains { $0.parsingStrategy == "postTerminator" }
    }

    /// How many words that are no options it takes; nil: any number.
    var positionalMax: Int? {
        let positional = (arguments ?? []).filter {
            $0.kind == .positional && $0.parsingStrategy != "postTerminator"
        }
        return positional.contains(where: \.isRepeating) ? nil : positional.count
    }
}
