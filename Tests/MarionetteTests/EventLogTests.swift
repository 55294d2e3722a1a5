import Foundation
import RunRecords
import Testing

@testable import Marionette

@Suite(.timeLimit(.minutes(20))) struct EventLogTests {
    @Test func `a log that is torn at any byte is read up to there`() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(
            "marionette-log-\(UUID().uuidString)"
        ).path
        defer { unlink(path) }
        try writeSample(to: path)
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        let events = Array(EventLogReader(whole))
        #expect(
            events.map(\.kind) == [
                .start, .operations, .operations, .operations, .update, .operations, .end,
            ])
        for length in 0...whole.count {
            let lines = whole[..<length].count { $0 == UInt8(ascii: "\n") }
            #expect(Array(EventLogReader(Data(whole[..<length]))) == Array(events[..<lines]))
        }
    }

    @Test func `operations that end alike share a line, and are read as they were`() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(
            "marionette-log-\(UUID().uuidString)"
        ).path
        defer { unlink(path) }
        try writeSample(to: path)
        let lines = try EventLogReader(path: path).filter { $0.kind == .operations }
        #expect(lines.map(\.host) == ["h\"1", "h2", nil, "h2"])
        #expect(lines.map(\.outcome) == ["done", "done", "cancelled", "done"])
        #expect(lines.map(\.procedure) == ["draw", "draw", "draw", "draw"])
        #expect(lines.map(\.t) == [0.000_200, 1.000_005, 2, 3])
        #expect(lines[0].ended == [end(1, 0, at: 200), end(2, 1, at: 12_345_678)])
        #expect(lines[1].ended == [end(2, 2, at: 1_000_005)])
    }

    @Test func `every operation of a run is in its log, however it ended`() async throws {
        try await TrialRun.with(hosts: 2) { run in
            for try await _ in run.client.square(each: 0..<300) {}
            try? await run.client.crash(.failure)
            let task = Task { try await run.client.square(1, milliseconds: 60_000) }
            try await run.untilTaken(302)
            task.cancel()
            _ = try? await task.value
            try await run.master.finish()
            var ends: [OperationPlace: [String]] = [:]
            for event in try run.events() {
                let outcome = event.outcome ?? event.kind.rawValue
                for end in event.ended ?? [] { ends[end.place, default: []].append(outcome) }
            }
            var expected: [OperationPlace: [String]] = [:]
            for element in 1...300 {
                expected[OperationPlace(statement: 1, element: UInt32(element))] = ["done"]
            }
            expected[OperationPlace(statement: 2)] = ["failed"]
            expected[OperationPlace(statement: 3)] = ["cancelled"]
            #expect(ends == expected)
        }
    }

    private func end(_ statement: UInt64, _ element: UInt32, at time: UInt64) -> OperationEnd {
        OperationEnd(
            place: OperationPlace(statement: statement, element: element), attempt: 1, worker: 3,
            sent: 100, ended: time, busy: 90)
    }

    private func writeSample(to path: String) throws {
        var log = EventLog(file: try LogFile(path: path, writing: BackgroundJobs(limit: 1)))
        func key(_ host: Int?, _ outcome: OperationOutcome = .done) -> OperationLine.Key {
            OperationLine.Key(outcome: outcome, host: host, procedure: 1)
        }
        func names(_ host: String) -> OperationLine.Names {
            OperationLine.Names(host: Array(host.utf8), procedure: Array("\"draw\"".utf8))
        }
        log.append(
            RunEvent(.start(.init(application: "Trial", clock: 1, serial: false)), at: 0))
        log.append(end(1, 0, at: 200), key(0), .zero) { names("\"h\\\"1\"") }
        log.append(end(2, 1, at: 12_345_678), key(0), .zero) { names("\"h\\\"1\"") }
        log.append(end(2, 2, at: 1_000_005), key(1), .zero) { names("\"h2\"") }
        log.append(end(2, 3, at: 2_000_000), key(nil, .cancelled), .zero) { names("") }
        log.append(
            RunEvent(
                .update(.init(position: 1, change: .context(procedure: "add"), bytes: 4)), at: 2))
        log.append(end(3, 0, at: 3_000_000), key(1), .zero) { names("\"h2\"") }
        log.append(RunEvent(.end(.init(outcome: .done, text: "done")), at: 4))
        log.finish()
    }
}
