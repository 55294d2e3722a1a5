import Foundation
import TestKit
import Testing

@testable import Transport

/// Words reach a program whole, whatever the login shell is.
@Suite struct LoginShellTests {
    private static let shells = ["sh", "dash", "bash", "tcsh", "fish", "zsh", "busybox"]

    private static func path(_ shell: String) -> String? {
        ["/bin/", "/usr/bin/"].map { $0 + shell }.first {
            FileManager.default.isExecutableFile(atPath: $0)
        }
    }

    @Test(arguments: shells.filter { path($0) != nil })
    func `any login shell takes any words`(shell: String) throws {
        let seed = seedsOfThisRun(1)[0]
        var numbers = SeededNumbers(seed)
        let pieces = [
            "\n", "!", "!!", "\\", "'", "\"", "$HOME", "`x`", " ", "%d", "*", "é", "~", "#", ";",
            "a",
        ]
        for _ in 0..<20 {
            let words = (0..<3).map { _ in
                (0..<numbers.below(8)).map { _ in pieces[numbers.below(pieces.count)] }.joined()
                    + "."
            }
            let mark = StartMark()
            let line = loginShellLine(["printf", "%s|"] + words, after: mark)
            let start = shell == "busybox" ? ["busybox", "sh"] : [Self.path(shell) ?? shell]
            let output = try TestSSHServer.run(start + ["-c", line])
            let wanted =
                String(decoding: mark.line, as: UTF8.self) + words.map { $0 + "|" }.joined()
            #expect(output == wanted, "seed \(seed), \(line)")
        }
    }
}
