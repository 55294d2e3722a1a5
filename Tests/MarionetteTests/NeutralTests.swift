import Foundation
import RunRecords
import TestKit
import Testing

@testable import Marionette

/// Names and texts that come from elsewhere, with what steers terminals in them.
@Suite(.serialized, .timeLimit(.minutes(20))) struct NeutralTests {
    /// Letters, control characters, sequences and marks of direction.
    private static func hostile(_ random: inout SeededNumbers) -> String {
        let parts = [
            "\u{1b}[2J", "\u{1b}]0;title\u{7}", "\u{1b}_marionette;h\u{1f}\u{1b}\\", "\r", "\u{8}",
            "\u{7f}", "\u{9b}31m", "\u{202e}", "\u{2066}", "\u{1b}[5;5H", "\u{1b}c", "a", "Z", "9",
        ]
        return "n"
            + (0...(1 + random.below(8))).map { _ in parts[random.below(parts.count)] }
            .joined()
    }

    private static func isHarmless(_ scalar: UnicodeScalar) -> Bool {
        scalar.value >= 0x20 && !(0x7f...0x9f).contains(scalar.value)
            && !(0x202a...0x202e).contains(scalar.value)
            && !(0x2066...0x2069).contains(scalar.value)
    }

    private static func hex(_ text: String) -> String {
        text.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Two hosts with hostile names, of which one is never there, and a hostile line of a log.
    private static func script(_ random: inout SeededNumbers) -> (String, [String]) {
        let names = (0..<2).map { "\(hostile(&random))\($0)" }
        let log = hostile(&random)
        return ("tell \(hex(log))\nwork 300 5\nout \(hex("printed\n"))\nwork 2 1\n", names)
    }

    private static func name(_ description: inout RunDescription, _ names: [String]) {
        for (index, name) in names.enumerated() { description.hosts[index].name = name }
        description.hosts[1].command = ["/nowhere/\u{1b}[2J"]
    }

    @Test(arguments: seedsOfThisRun(3))
    func `no name and no text from elsewhere steers a terminal or a log`(seed: UInt64) throws {
        var random = SeededNumbers(seed)
        let (script, names) = Self.script(&random)
        let place = try MasterPlace()
        let file = place.path("script")
        try Data(script.utf8).write(to: URL(fileURLWithPath: file))
        let master = try place.start(["screen", file], hosts: 2) { Self.name(&$0, names) }
        try master.waitForEnd()
        #expect(master.output == "printed\n")
        let steering = master.errors.unicodeScalars.filter { $0 != "\n" && !Self.isHarmless($0) }
        #expect(steering.isEmpty, "seed \(seed): \(master.errors.debugDescription)")
        let log = try String(contentsOfFile: place.runDirectory + "/events.jsonl", encoding: .utf8)
        let controls = log.unicodeScalars.filter { $0 != "\n" && $0.value < 0x20 }
        #expect(controls.isEmpty, "seed \(seed): \(log.debugDescription)")
    }

    @Test(arguments: seedsOfThisRun(3))
    func `no name and no text from elsewhere moves a live line`(seed: UInt64) throws {
        var random = SeededNumbers(seed)
        let (script, names) = Self.script(&random)
        let place = try MasterPlace()
        let file = place.path("script")
        try Data(script.utf8).write(to: URL(fileURLWithPath: file))
        let description = try place.describe(hosts: 2) { Self.name(&$0, names) }
        let program = try MasterPlace.program()
        let terminal = try TestTerminal(
            columns: 200, rows: 40, "exec '\(program)' screen '\(file)'",
            environment: [
                RunDescription.environmentVariable: description,
                "TRIAL_BRIDGE": Checkout.marionette,
            ])
        try terminal.waitForEnd()
        let rows = try terminal.text()
        #expect(rows.contains("printed"), "seed \(seed): \(rows)")
        #expect(rows.count { $0.hasPrefix("run    ") } == 1, "seed \(seed): \(rows)")
        #expect(rows.contains { $0.hasPrefix("host ") }, "seed \(seed): \(rows)")
        // Each name is whole in the table, with a mark for each character that steers.
        for name in names {
            let shown = String(
                name.unicodeScalars.map { Self.isHarmless($0) ? Character($0) : "?" })
            #expect(rows.contains { $0.hasPrefix(shown) }, "seed \(seed): \(shown), \(rows)")
        }
    }
}
