import Foundation
import Scheduling
import TestKit
import Testing

@testable import Marionette

/// A page that names a limit names the one that is enforced.
@Suite struct DocumentedLimitsTests {
    /// Of the slave's `limits.h`, as its compiler sees them.
    private static let slave = Result { try slaveLimits() }

    private static func slaveLimits() throws -> [String: Int] {
        let directory = try TemporaryDirectory("limits")
        let names = try String(
            contentsOfFile: "\(SlaveSources.directory)/limits.h", encoding: .utf8
        )
        .matches(of: #/#define (MRN_\w+) /#).map { String($0.output.1) }
        let prints = names.map { "printf(\"\($0) %llu\\n\", (unsigned long long)\($0));" }
        let program = """
            #include "limits.h"
            #include <stdint.h>
            #include <stdio.h>
            int main(void) { \(prints.joined(separator: " ")) return 0; }
            """
        let source = directory.path + "/limits.c"
        try program.write(toFile: source, atomically: true, encoding: .utf8)
        let compiled = try TestProcess.run(
            ["cc", "-iquote", SlaveSources.directory, "-o", directory.path + "/limits", source])
        try #require(compiled.status == 0, "\(compiled.told)")
        let lines = try TestProcess.run([directory.path + "/limits"]).output
        return try Dictionary(
            uniqueKeysWithValues: lines.split(separator: "\n").map { line in
                let words = line.split(separator: " ")
                return (String(words[0]), try #require(Int(words[1])))
            })
    }

    /// 65,536.
    private static func grouped(_ number: Int) -> String {
        var text = String(number)
        var end = text.endIndex
        while let cut = text.index(end, offsetBy: -3, limitedBy: text.startIndex),
            cut > text.startIndex
        {
            text.insert(",", at: cut)
            end = cut
        }
        return text
    }

    /// 64 KiB, where it is whole.
    private static func size(_ bytes: Int) -> String {
        let units = [(30, "GiB"), (20, "MiB"), (10, "KiB")]
        let unit = units.first { bytes % (1 << $0.0) == 0 }
        return unit.map { "\(grouped(bytes >> $0.0)) \($0.1)" } ?? "\(grouped(bytes)) bytes"
    }

    private static func sentences() throws -> [(page: String, sentence: String)] {
        let slave = try slave.get()
        func limit(_ name: String) throws -> Int { try #require(slave["MRN_\(name)"], "\(name)") }
        let policy = Policy()
        let record = try limit("RECORD_MAX")
        let seconds = { (duration: Duration) in "\(duration.components.seconds) s" }
        return [
            (
                "Protocol",
                "The slave takes at most \(grouped(try limit("FRAGMENTS_MAX"))) fragments a record"
            ),
            ("Protocol", "A record has at most \(size(record)) (\(grouped(record)) bytes, marks"),
            (
                "Protocol",
                "before hello the slave takes \(grouped(try limit("RECORD_BEFORE_HELLO_MAX"))) bytes"
            ),
            ("Protocol", "what was asked for, at most \(try limit("WORKERS_MAX"))."),
            (
                "Protocol",
                "as many as take \(try limit("AHEAD_MICROSECONDS")) µs together, at most "
                    + "\(try limit("AHEAD_MAX")) and \(size(try limit("AHEAD_BYTES_MAX")))"
            ),
            ("Protocol", "for at most \(try limit("REPLY_DELAY_MICROSECONDS")) µs of its work"),
            ("Protocol", "times up to \(try limit("GROUP_MAX")) calls of one procedure together"),
            (
                "Protocol",
                "while it holds \(grouped(try limit("OPERATIONS_MAX"))) of them, or "
                    + "\(size(try limit("OPERATIONS_BYTES_MAX"))), or "
                    + "\(grouped(try limit("UPDATES_MAX"))) updates that wait or "
                    + "\(size(try limit("UPDATES_BYTES_MAX"))) of them, or "
                    + "\(size(try limit("OUTGOING_MAX"))) of answers"
            ),
            ("Protocol", "still written, for at most \(try limit("END_MILLISECONDS") / 1000) s."),
            (
                "Protocol",
                "as many more as take it \(policy.prefetch.components.attoseconds / 1_000_000_000_000_000)"
                    + " ms, at least \(policy.prefetchLimits.lowerBound) and at most "
                    + "\(grouped(policy.prefetchLimits.upperBound)) ("
            ),
            ("Interfaces", "| workers of one host | \(try limit("WORKERS_MAX")) |"),
            (
                "Interfaces",
                "| positions at which operations are open | \(policy.positionsMax); later"
            ),
            (
                "Interfaces",
                "| \(size(record)) less \(size(record - RunLimits.argumentsMax)); \(size(record)) "
                    + "less its header; \(size(RunLimits.sharedMax)) |"
            ),
            ("Interfaces", "| \(size(RunLimits.flightBytes)), or `--in-flight`;"),
            (
                "Formats",
                "A run writes at most \(RunLimits.capsulesMax) of them, of "
                    + "\(size(RunLimits.capsuleMax)) together"
            ),
            (
                "Formats",
                "whoever says nothing for \(seconds(RunLimits.controlPatience)) is not listened to any "
                    + "more, nor is the oldest of more than \(RunLimits.controlAskersMax) who"
            ),
        ]
    }

    @Test func `a limit that a page names is the one that is enforced`() throws {
        for (page, sentence) in try Self.sentences() {
            let text = try String(
                contentsOfFile: "\(Checkout.root)/Documentation/\(page).md", encoding: .utf8
            ).split(whereSeparator: \.isWhitespace).joined(separator: " ")
            #expect(text.contains(sentence), "\(page).md does not say '\(sentence)'")
        }
    }
}
