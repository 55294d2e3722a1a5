import Foundation

/// A real terminal, tmux's, in which a test runs a program and looks at what one would see.
public final class TestTerminal {
    private let socket: TemporaryDirectory
    private let server: [String]

    /// - Parameter command: a line for /bin/sh; nil: a shell that reads its lines.
    public init(
        columns: Int, rows: Int, _ command: String? = nil, environment: [String: String] = [:]
    ) throws {
        socket = try TemporaryDirectory("tmux")
        server = ["tmux", "-u", "-S", "\(socket.path)/socket", "-f", "/dev/null"]
        // The first session takes the options that stand before it.
        let options = [
            "set", "-g", "history-limit", "200000", ";", "set", "-g", "remain-on-exit", "on", ";",
            "set", "-g", "status", "off", ";", "set", "-g", "remain-on-exit-format", "", ";",
            "set", "-g", "default-terminal", "screen-256color", ";",
        ]
        let variables = environment.sorted { $0.key < $1.key }.flatMap {
            ["-e", "\($0.key)=\($0.value)"]
        }
        let shell = command.map { ["/bin/sh", "-c", $0] } ?? ["/bin/bash", "--norc", "-i"]
        try ask(
            ["start-server", ";"] + options + [
                "new-session", "-d", "-x", "\(columns)", "-y", "\(rows)",
            ] + variables + shell)
    }

    deinit { _ = try? ask(["kill-server"]) }

    @discardableResult
    private func ask(_ words: [String]) throws -> String {
        let process = try TestProcess.run(server + words, within: 900)
        guard process.status == 0 else { throw TestProcess.Failure(description: process.told) }
        return process.output
    }

    public func resize(columns: Int, rows: Int) throws {
        try ask(["resize-window", "-x", "\(columns)", "-y", "\(rows)"])
    }

    /// Keys as tmux names them: `C-c`, `Enter`, text.
    public func press(_ keys: String...) throws { try ask(["send-keys"] + keys) }

    /// All rows that were ever shown, without the spaces at their ends and the empty rows at the
    /// end.
    ///
    /// - Parameter styled: with the sequences that make colours.
    public func text(styled: Bool = false) throws -> [String] {
        try rows(["-S", "-", "-E", "-"] + (styled ? ["-e"] : []))
    }

    /// The rows that are seen now.
    public func screen() throws -> [String] { try rows([]) }

    private func rows(_ options: [String]) throws -> [String] {
        var rows = try ask(["capture-pane", "-p"] + options)
            .split(separator: "\n", omittingEmptySubsequences: false)
            .map { row in String(row.reversed().drop { $0 == " " }.reversed()) }
        while rows.last == "" { rows.removeLast() }
        return rows
    }

    /// The cursor's column and row, from 0.
    public func cursor() throws -> String {
        try ask(["display-message", "-p", "#{cursor_x},#{cursor_y}"])
            .trimmingCharacters(in: .newlines)
    }

    /// Waits until the program has ended, and returns its exit code; a signal is told as shells do.
    @discardableResult
    public func waitForEnd(within seconds: Double = 900) throws -> Int {
        let deadline = Date(timeIntervalSinceNow: seconds)
        while Date() < deadline {
            let answer = try ask([
                "display-message", "-p",
                "#{pid} #{pane_dead} #{pane_dead_status} #{pane_dead_signal}",
            ])
            let words = answer.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
            guard words.count > 1, words[1] == 1 else { continue }
            if words.count > 2 { return words[2] }
            // The terminal is closed, and tmux has missed that its child ended.
            kill(pid_t(words[0]), SIGCHLD)
        }
        throw TestProcess.Failure(description: "does not end: \(try text())")
    }

    /// Waits until what is on the screen is as a test wants it.
    public func wait(
        within seconds: Double = 600, for what: String, _ isReached: ([String]) -> Bool
    ) throws {
        let deadline = Date(timeIntervalSinceNow: seconds)
        while Date() < deadline {
            if isReached(try text()) { return }
        }
        throw TestProcess.Failure(
            description: "waited \(seconds) s for \(what):\n"
                + (try text()).joined(separator: "\n"))
    }
}
