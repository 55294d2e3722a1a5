import Foundation
import TestKit
import Testing

@testable import RunRecords

@Suite struct EventLogTailTests {
    private static let hosts = ["xeon", "pi1", "mainframe"]
    private static let procedures = ["render", "shade", "12"]

    private static func event(_ number: Int, _ random: inout SeededNumbers) -> RunEvent {
        guard random.below(4) > 0 else {
            return RunEvent(.gap(.init(text: "\(number) lines are missing")), at: Double(number))
        }
        var line = RunEvent.LogLine(
            host: hosts[random.within(0...2)],
            text: String(repeating: "ä", count: random.within(0...250)) + "\(number)")
        if random.below(3) > 0 {
            line.worker = UInt32(random.below(3))
            line.procedure = procedures[random.within(0...2)]
            line.operation = OperationPlace(
                statement: UInt64(random.within(11...13)), element: UInt32(random.below(3)))
        }
        return RunEvent(.log(line), at: Double(number))
    }

    /// Torn at any byte, as a log is that grows while one reads.
    @Test(arguments: seedsOfThisRun(20))
    func `every event comes once and in order, however the log grows`(seed: UInt64) throws {
        var random = SeededNumbers(seed)
        let directory = try TemporaryDirectory("tail")
        let path = "\(directory.path)/events.jsonl"
        try Data().write(to: URL(fileURLWithPath: path))
        let file = try #require(FileHandle(forWritingAtPath: path))
        var tail = try EventLogTail(path: path)
        #expect(try tail.next() == nil)
        let events = (0..<random.within(1...300)).map { Self.event($0, &random) }
        var rest = try events.reduce(into: Data()) { $0 += try JSONEncoder().encode($1) + [10] }[
            ...]
        var found: [RunEvent] = []
        while !rest.isEmpty {
            let piece = rest.prefix(random.within(1...20_000))
            try file.write(contentsOf: piece)
            rest = rest.dropFirst(piece.count)
            while let more = try tail.next() { found += more }
        }
        #expect(found == events, "seed \(seed)")
    }

    @Test func `a log that is not there is an error with its reason`() {
        #expect(
            throws: RunRecordsError.eventLogUnreadable(path: "/nowhere/l", reason: "no such file")
        ) { _ = try EventLogTail(path: "/nowhere/l") }
    }

    @Test(arguments: seedsOfThisRun(20))
    func `a selection has the lines that fit all it asks for`(seed: UInt64) {
        var random = SeededNumbers(seed)
        let selection = LogSelection(
            hosts: Self.hosts.filter { _ in random.below(3) == 0 },
            worker: random.below(2) == 0 ? nil : UInt32(random.below(3)),
            operations: ["render", "12", "13.1", "11.0", ""].filter { _ in random.below(3) == 0 })
        for number in 0..<200 {
            guard case .log(let line) = Self.event(number, &random).content else { continue }
            let place = line.operation?.description ?? "-"
            let fits =
                (selection.hosts.isEmpty || selection.hosts.contains(line.host))
                && (selection.worker == nil || selection.worker == line.worker)
                && (selection.operations.isEmpty
                    || selection.operations.contains { wanted in
                        wanted == line.procedure || wanted == place
                            || (!wanted.isEmpty && place.hasPrefix("\(wanted)."))
                    })
            #expect(selection.chooses(line) == fits, "seed \(seed): \(selection) \(line)")
        }
    }

    @Test func `a line begins with what is known of its origin`() {
        var line = RunEvent.LogLine(host: "xeon", text: "hello")
        #expect(line.description == "xeon: hello")
        line.worker = 0
        line.procedure = "render"
        #expect(line.description == "xeon:0 render: hello")
        line.operation = OperationPlace(statement: 12, element: 345)
        #expect(line.description == "xeon:0 render 12.345: hello")
    }
}
