import Foundation
import TestKit
import Testing

@testable import Marionette

/// `make long-life` does all of it, with as many operations as it says, and prints the tables; else
/// each is done for a moment.
@Suite(.serialized, .timeLimit(.minutes(60))) struct LongLifeTests {
    private static let operations = ProcessInfo.processInfo.environment["MARIONETTE_LONG_LIFE"]
        .flatMap { Int($0) }

    struct Row {
        let done: Int
        let nanoseconds: Int
        let master: Int
        let allocated: Int
        let slaves: Int
        let files: Int
    }

    @Test(arguments: [
        ("edits", 500, 5_000), ("updates", 1_000, 10_000), ("operations", 100_000, operations ?? 0),
        ("tasks", 200_000, 1_000_000),
    ])
    func `memory, open files and the time of a step stay what they were`(
        _ kind: String, _ few: Int, _ all: Int
    ) async throws {
        let place = try MasterPlace()
        let count = Self.operations != nil ? all : few
        let master = try place.start(["long", kind, String(count)])
        defer { master.end() }
        #expect(try master.waitForEnd(within: Self.operations != nil ? 3_000 : 1_200) == .exited(0))
        let rows = master.output.split(separator: "\n").filter { $0.hasPrefix("row ") }.map {
            line in
            line.split(separator: " ").dropFirst().compactMap { Int($0) }
        }.filter { $0.count == 6 }.map {
            Row(
                done: $0[0], nanoseconds: $0[1], master: $0[2], allocated: $0[3], slaves: $0[4],
                files: $0[5])
        }
        try #require(rows.count == 10, "\(master.output)")
        if Self.operations != nil { print(Self.table(kind, rows)) }
        // The first tenth fills caches, and the machine does other things as well.
        let (early, late) = (rows[2], rows[9])
        let fastest = rows[7...].map(\.nanoseconds).min() ?? 0
        #expect(fastest <= 3 * max(early.nanoseconds, 1), "\(Self.table(kind, rows))")
        // What a context operation costs is kept for hosts that join: 128 bytes and its argument.
        let kept = kind == "updates" ? count / 2 : 0
        #expect(late.master <= early.master * 5 / 4 + 4_096 + kept, "\(Self.table(kind, rows))")
        // What is open varies; tasks are not, and four bytes for each that ended would be seen.
        let varying = kind == "tasks" ? 512 : 1_024
        #expect(
            late.allocated <= early.allocated + varying + kept, "\(Self.table(kind, rows))")
        #expect(late.slaves <= early.slaves * 5 / 4 + 4_096, "\(Self.table(kind, rows))")
        #expect(late.files <= early.files + 8, "\(Self.table(kind, rows))")
    }

    private static func table(_ kind: String, _ rows: [Row]) -> String {
        let lines = rows.map { row in
            "| \(row.done) | \(Double(row.nanoseconds) / 1_000) | \(row.master) | \(row.allocated)"
                + " | \(row.slaves) | \(row.files) |"
        }
        return """

            | \(kind) | master's µs each | master KiB | of them allocated | slaves KiB | slaves' open files |
            |---:|---:|---:|---:|---:|---:|
            \(lines.joined(separator: "\n"))

            """
    }
}
