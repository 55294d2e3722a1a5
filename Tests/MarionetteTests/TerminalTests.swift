import Foundation
import RunRecords
import TestKit
import Testing

@testable import Marionette

/// Programs in a real terminal, with the live display and without Marionette: one sees the same.
@Suite(.serialized, .timeLimit(.minutes(20))) struct TerminalTests {
    /// A program that prints as a script says, in a terminal.
    private final class Program {
        let terminal: TestTerminal
        private let place: MasterPlace

        /// - Parameters:
        ///   - alone: without Marionette.
        ///   - terminalStays: as in a shell; tmux reads no more of a pane whose program has ended.
        init(
            _ script: String, columns: Int, rows: Int, alone: Bool = false,
            redirection: String = "", terminalStays: Bool = false,
            change: (inout RunDescription) -> Void = { _ in }
        ) throws {
            place = try MasterPlace()
            let file = place.path("script")
            try Data(script.utf8).write(to: URL(fileURLWithPath: file))
            let description = try place.describe(change: change)
            var environment = [RunDescription.environmentVariable: description]
            if !alone { environment["TRIAL_BRIDGE"] = Checkout.marionette }
            let program = try MasterPlace.program()
            let command = "'\(program)' \(alone ? "alone" : "screen") '\(file)' \(redirection)"
            terminal = try TestTerminal(
                columns: columns, rows: rows,
                terminalStays ? "\(command); : >'\(file).ended'; exec cat" : "exec \(command)",
                environment: environment)
        }

        /// Where its terminal stays.
        func waitForEnd() throws { try Self.wait(for: "\(place.path("script")).ended") }

        /// Gives the terminal its sizes when the program waits for them.
        func follow(_ resizes: [(file: String, columns: Int, rows: Int)]) throws {
            for (file, columns, rows) in resizes {
                try Self.wait(for: "\(file).ready")
                try terminal.resize(columns: columns, rows: rows)
                try Data().write(to: URL(fileURLWithPath: file))
            }
        }

        static func wait(for file: String) throws {
            let deadline = Date(timeIntervalSinceNow: 600)
            while !FileManager.default.fileExists(atPath: file) {
                try #require(Date() < deadline, "the program does not come to \(file)")
                usleep(5000)
            }
        }
    }

    /// What stands before the run's own last lines, and how many those are.
    private static func split(_ rows: [String]) -> (program: [String], own: [String]) {
        let end =
            rows.lastIndex { $0.hasPrefix("run    ") && $0.contains(" operation") }
            ?? rows.endIndex
        return (Array(rows[..<end]), Array(rows[end...]))
    }

    private static func compare(seed: UInt64, resizes: Bool) throws {
        var random = SeededNumbers(seed &* 77)
        let columns = 20 + random.below(181)
        let rows = 16 + random.below(40)
        var shown: [[String]] = []
        for alone in [true, false] {
            let folder = try TemporaryDirectory("screen")
            let script = ScreenScript(
                seed: seed, columns: columns, folder: folder.path, pieces: 12, resizes: resizes)
            let program = try Program(script.text, columns: columns, rows: rows, alone: alone)
            try program.follow(script.resizes)
            #expect(try program.terminal.waitForEnd() == 0)
            // A size that neither had before, so that both are wrapped alike.
            try program.terminal.resize(columns: 90, rows: 24)
            var text = try program.terminal.text(styled: true)
            if !alone {
                let (before, own) = split(text)
                #expect(own.count > 2, "no table, seed \(seed): \(text)")
                for line in script.logs {
                    let count = before.count { Self.isLogged($0) && $0.hasSuffix(" \(line)") }
                    #expect(count == 1, "\(line), seed \(seed)")
                }
                text = before.filter { !Self.isLogged($0) }
            }
            while text.last == "" { text.removeLast() }
            shown.append(text)
        }
        #expect(
            shown[0] == shown[1],
            """
            seed \(seed), \(columns) columns, \(rows) rows. Without Marionette:
            \(shown[0].joined(separator: "\n"))
            With it:
            \(shown[1].joined(separator: "\n"))
            """)
    }

    /// What an operation wrote stands behind its host, worker and name.
    private static func isLogged(_ line: String) -> Bool {
        line.hasPrefix("h1: worker ") && line.contains(": logged")
    }

    @Test(arguments: seedsOfThisRun(4))
    func `what a program prints stands above the live lines, whole and in order`(
        seed: UInt64
    ) throws {
        try Self.compare(seed: seed, resizes: false)
    }

    @Test(arguments: seedsOfThisRun(4))
    func `what a program prints survives any change of the terminal's size`(
        seed: UInt64
    ) throws {
        try Self.compare(seed: seed, resizes: true)
    }

    @Test(arguments: [(80, 24), (40, 10)])
    func `live lines stand below what the program prints, and go at the end of the run`(
        columns: Int, rows: Int
    ) throws {
        let folder = try TemporaryDirectory("screen")
        let go = "\(folder.path)/go"
        let lines = (1...10).map { "out \(hex("round \($0)\n"))\nwork 200 5\n" }.joined()
        let program = try Program(lines + "wait \(go) 0\n", columns: columns, rows: rows)
        try program.terminal.wait(for: "ten rounds above a live line") { shown in
            guard let live = shown.lastIndex(where: { $0.hasPrefix("run    square") }) else {
                return false
            }
            return Array(shown[..<live].filter { !$0.isEmpty }) == (1...10).map { "round \($0)" }
        }
        #expect(try program.terminal.cursor() == (rows == 24 ? "0,10" : "0,8"))
        try Data().write(to: URL(fileURLWithPath: go))
        #expect(try program.terminal.waitForEnd() == 0)
        let (before, own) = Self.split(try program.terminal.text())
        #expect(before == (1...10).map { "round \($0)" })
        #expect(own.count >= 4)
    }

    // MARK: Ends

    @Test func `a program that is killed leaves its last words and no live line`() throws {
        let script = "out \(hex("first\n"))\nwork 400 5\nout \(hex("last words"))\nkill\n"
        let program = try Program(script, columns: 60, rows: 20, terminalStays: true)
        try program.waitForEnd()
        // The shell says that it was killed, before or after.
        try program.terminal.wait(for: "the last words without a live line") { rows in
            rows.map { $0.replacing("Killed", with: "") }.filter { !$0.isEmpty }
                == ["first", "last words"]
        }
    }

    @Test func `a program that calls exit leaves what C had buffered and no live line`() throws {
        let script = "put \(hex("first\n"))\nwork 400 5\nput \(hex("buffered"))\nfail\n"
        let program = try Program(script, columns: 60, rows: 20)
        #expect(try program.terminal.waitForEnd() == 3)
        // At its end, and not later.
        #expect(try program.terminal.text() == ["first", "buffered"])
    }

    @Test func `Ctrl-C takes the live lines away and says so in a line of its own`() throws {
        let script = "out \(hex("first\n"))\nwork 100000 20\n"
        let program = try Program(script, columns: 70, rows: 20)
        try program.terminal.wait(for: "a live line") { rows in
            rows.contains { $0.hasPrefix("run    square") }
        }
        try program.terminal.press("C-c")
        #expect(try program.terminal.waitForEnd() == 130)
        let rows = try program.terminal.text()
        #expect(
            Array(rows.prefix(2)) == [
                "first",
                "interrupted: what was sent to hosts may end; Ctrl-C again stops it",
            ], "\(rows)")
        #expect(rows.count { $0.hasPrefix("run    ") } == 1, "\(rows)")
        #expect(rows.last == "error: the run was interrupted", "\(rows)")
    }

    @Test func `Ctrl-Z leaves no live line above the shell's prompt, and fg brings it back`() throws
    {
        let place = try MasterPlace()
        let file = place.path("script")
        try Data("out \(hex("first\n"))\nwork 100000 20\n".utf8).write(
            to: URL(fileURLWithPath: file))
        let terminal = try TestTerminal(
            columns: 70, rows: 20,
            environment: [
                RunDescription.environmentVariable: try place.describe(),
                "TRIAL_BRIDGE": Checkout.marionette, "PS1": "$ ",
                "TRIAL": try MasterPlace.program(),
            ])
        try terminal.press("\"$TRIAL\" screen '\(file)'", "Enter")
        let isLive = { (rows: [String]) in rows.last?.hasPrefix("run    square") ?? false }
        try terminal.wait(for: "a live line", isLive)
        try terminal.press("C-z")
        try terminal.wait(for: "a prompt below all else") { $0.last == "$" }
        #expect(try terminal.text().allSatisfy { !$0.hasPrefix("run ") })
        try terminal.press("fg", "Enter")
        try terminal.wait(for: "a live line again", isLive)
        try terminal.press("C-c")
        try terminal.wait(for: "the end") { $0.last == "$" }
        let rows = try terminal.text()
        #expect(rows.count { $0.hasPrefix("run    ") } == 1, "\(rows)")
        #expect(rows.contains("first"))
    }

    @Test func `where standard output is a file, the terminal has the live lines alone`() throws {
        let folder = try TemporaryDirectory("screen")
        let text = (1...200).map { "line \($0)\n" }.joined()
        let program = try Program(
            "out \(hex(text))\nwork 300 5\nerr \(hex("to the terminal\n"))\nwork 2 1\n",
            columns: 60, rows: 20, redirection: "> '\(folder.path)/out'")
        #expect(try program.terminal.waitForEnd() == 0)
        #expect(try String(contentsOfFile: "\(folder.path)/out", encoding: .utf8) == text)
        let (before, own) = Self.split(try program.terminal.text())
        #expect(before == ["to the terminal"])
        #expect(own.count >= 4)
    }

    @Test func `what a program asks and is answered stands as it does without live lines`() throws {
        let script = "out \(hex("name: "))\nread\nwork 200 5\nread\nout \(hex("bye\n"))\n"
        var shown: [[String]] = []
        for alone in [true, false] {
            let program = try Program(script, columns: 60, rows: 20, alone: alone)
            try program.terminal.wait(for: "the question") { $0.first == "name:" }
            try program.terminal.press("Ada", "Enter")
            try program.terminal.wait(for: "the answer") { $0.contains("[Ada]") }
            try program.terminal.press("Lovelace", "Enter")
            #expect(try program.terminal.waitForEnd() == 0)
            shown.append(Self.split(try program.terminal.text()).program)
        }
        #expect(shown[0] == shown[1])
    }

    @Test func `a program that prints very much is not held up, and loses nothing`() throws {
        let program = try Program("work 100 2\nflood 100000\nwork 100 2\n", columns: 120, rows: 30)
        #expect(try program.terminal.waitForEnd() == 0)
        let (before, _) = Self.split(try program.terminal.text())
        let numbers = before.compactMap { Int($0.prefix { $0 != " " }) }
        #expect(numbers == Array(0..<100_000))
    }
}

private func hex(_ text: String) -> String {
    text.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}
