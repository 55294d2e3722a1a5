import Diagnostics

/// Why a host's shell did not come to the command that it was to start.
public struct ShellFault: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        /// nil: how is not known.
        case ended(ChannelEnding?)
        /// It printed more than anybody reads before.
        case noisy
        /// Nothing came for so long.
        case late(seconds: Int)
    }

    public var kind: Kind
    /// What was to give the shell; nil: the host's login.
    public var command: String?
    /// Lines of what it printed instead.
    public var words: [String]

    static let wordsMax = 5

    public init(kind: Kind, command: String? = nil, words: [String]) {
        self.kind = kind
        self.command = command
        self.words = words
    }
}

extension ShellFault {
    func diagnostic(_ host: String) -> Diagnostic {
        let shell = command.map { "'\($0)'" } ?? "its login shell"
        let goal = command == nil ? "started anything" : "gave a shell"
        let remedy = command.map { "try it by hand: \($0)" } ?? Self.loginRemedy
        switch kind {
        case .ended(let ending):
            let said = words.last.map { ": \($0)" } ?? ", without a word"
            // That of a login shell is known by chance, and says less than its words.
            let how = command == nil ? "ended" : Self.text(ending)
            return Diagnostic(
                summary: "host '\(host)': \(shell) \(how) before it \(goal)\(said)",
                notes: words.dropLast().map { "it said: \($0)" }, remedy: remedy)
        case .noisy:
            return Diagnostic(
                summary: "host '\(host)': \(shell) printed more than \(Prelude.textMax >> 10) KiB"
                    + " before it \(goal)",
                notes: words.map { "it begins with: \($0)" }, remedy: remedy)
        case .late(let seconds):
            let said = words.last.map { ": \($0)" } ?? ""
            return Diagnostic(
                summary: "host '\(host)': \(shell) gave no shell in \(seconds) s\(said)",
                notes: words.dropLast().map { "it said: \($0)" }, remedy: remedy)
        }
    }

    private static func text(_ ending: ChannelEnding?) -> String {
        switch ending {
        case .exited(let status) where status != 0: "ended with exit code \(status)"
        case .signalled(let name): "was killed by SIG\(name)"
        case .exited, .untold: "ended"
        case nil: "closed its output"
        }
    }

    private static let loginRemedy =
        "a login file there, such as ~/.bashrc, should do so in interactive shells alone"
}
