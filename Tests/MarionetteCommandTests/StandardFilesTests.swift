import Foundation
import TestKit
import Testing

@testable import MarionetteCommand

/// The command as a shell starts it, whatever its standard files are.
@Suite struct StandardFilesTests {
    /// The exit code, and what no redirection took.
    private func run(_ line: String) throws -> (status: Int32, text: String) {
        let directory = try TemporaryDirectory("files")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", "exec >output 2>&1; '\(Checkout.marionette)' \(line)"]
        process.currentDirectoryURL = URL(fileURLWithPath: directory.path)
        try process.run()
        process.waitUntilExit()
        let text = try String(contentsOfFile: "\(directory.path)/output", encoding: .utf8)
        return (process.terminationReason == .exit ? process.terminationStatus : -1, text)
    }

    @Test(arguments: ["2>&-", "2>/dev/full", "2>&- <&- >&-", "2>/dev/null"])
    func `a command whose errors nobody can read ends with its own exit code`(
        redirection: String
    ) throws {
        for (words, status) in [("bulid", 64), ("run", 78), ("interface check none.x", 1)] {
            let ended = try run("\(words) \(redirection)")
            #expect(ended.status == Int32(status), "\(words)")
            #expect(ended.text.isEmpty, "\(words)")
        }
    }

    @Test(arguments: ["init --template none made", "init class", "trace -C none", "bulid"])
    func `an error of usage is told once`(words: String) throws {
        let ended = try run(words)
        #expect(ended.status == 64)
        #expect(ended.text.hasPrefix("error: "))
        #expect(ended.text.components(separatedBy: "error:").count == 2, "\(ended.text)")
    }

    @Test(arguments: [
        (">&-", "bad file descriptor"), (">&- <&-", "bad file descriptor"),
        (">/dev/full", "no space left on device"),
    ])
    func `a result that does not reach its reader is an error`(
        redirection: String, reason: String
    ) throws {
        for words in ["targets", "targets --json", "init made", "--version", "help", "run --help"] {
            let ended = try run("\(words) \(redirection)")
            #expect(ended.status == 1, "\(words)")
            #expect(ended.text == "error: can't write to standard output: \(reason)\n", "\(words)")
        }
    }
}
