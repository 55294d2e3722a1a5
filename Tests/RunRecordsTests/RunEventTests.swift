import Foundation
import JSONCoding
import RunRecords
import TestKit
import Testing

@Suite struct RunEventTests {
    /// Each kind of event in each form that it has, as the version before wrote it.
    private static func goldenLines() throws -> [String] {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "Goldens/events.jsonl")
        return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init)
    }

    private static func line(_ event: RunEvent) throws -> String {
        String(decoding: try JSONWriter.text(event), as: UTF8.self)
    }

    @Test func `a line of the log that is read and written again is the same, byte for byte`()
        throws
    {
        let lines = try Self.goldenLines()
        let log = lines.map { "\($0)\n" }.joined()
        let events = Array(EventLogReader(log.utf8))
        #expect(Set(events.map(\.kind)) == Set(RunEvent.Kind.allCases))
        let written = try events.map { "\(try Self.line($0))\n" }.joined()
        try expectGolden(written, at: "events.jsonl")
        #expect(events.count == lines.count)
    }

    @Test(arguments: seedsOfThisRun(5))
    func `an event of each kind survives its line, whatever it says`(seed: UInt64) throws {
        var random = SeededNumbers(seed)
        for kind in RunEvent.Kind.allCases {
            for _ in 0..<50 {
                let event = RunEvent(
                    random.content(kind), at: Double(random.below(1 << 50)) / 1e6)
                let line = try Self.line(event)
                #expect(Array(EventLogReader("\(line)\n".utf8)) == [event], "seed \(seed): \(line)")
                #expect(event.kind == kind)
            }
        }
    }

    @Test(arguments: seedsOfThisRun(3))
    func `a line that lacks a key of its event is left out, and costs no other line`(
        seed: UInt64
    ) throws {
        var random = SeededNumbers(seed)
        let optional = [
            "host-lost": ["pause"], "log": ["worker", "procedure", "operation"],
            "operation-doubled": ["procedure", "operation"],
            "operation-retried": ["procedure", "operation"],
            "operation-failed": ["outcome", "ended", "host", "capsule"],
            "operations": ["host"], "end": ["outcome"],
            "progress": ["recalled", "failed", "procedure"],
            "worker-ended": ["procedure", "operation", "attempt", "since"],
        ]
        for line in try Self.goldenLines() {
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
            let members = try #require(object as? [String: Any])
            let kind = try #require(members["event"] as? String)
            let others = optional[kind] ?? []
            let needed = members.keys.filter { !others.contains($0) }.sorted()
            let missing = needed[random.below(needed.count)]
            var rest = members
            rest[missing] = nil
            let torn = String(
                decoding: try JSONSerialization.data(withJSONObject: rest), as: UTF8.self)
            let log = "\(line)\n\(torn)\n\(line)\n"
            let message = "seed \(seed): '\(missing)' of \(line)"
            #expect(Array(EventLogReader(log.utf8)).count == 2, "\(message)")
        }
    }

    @Test func `records of version 0_1_0 are read, which told less of what failed`() {
        let log = """
            {"attempt":1,"event":"worker-ended","host":"pi1","procedure":"render","process":7,\
            "t":1,"text":"killed by SIGSEGV","worker":2}
            {"attempt":1,"event":"operation-retried","host":"pi1","procedure":"render","t":1,\
            "text":"worker ended"}
            {"event":"operation-failed","procedure":"render","t":2,"text":"no"}
            {"event":"end","t":3,"text":"all hosts are gone"}

            """
        let events = Array(EventLogReader(log.utf8))
        #expect(
            events.map(\.kind) == [.workerEnded, .operationRetried, .operationFailed, .end])
        var statistics = RunStatistics()
        for event in events { statistics.apply(event) }
        #expect(statistics.failures == [.failed: 1])
    }

    @Test func `a line that a full disk tore costs that line alone`() throws {
        let log = """
            {"application":"Trial","clock":1,"event":"start","serial":false,"t":0}
            {"event":"operations","ended":[[1,0
            {"event":"of a later version","t":1}
            {"event":"end","outcome":"done","t":2,"text":"done"}

            """
        #expect(EventLogReader(log.utf8).map(\.kind) == [.start, .end])
    }
}

extension SeededNumbers {
    fileprivate mutating func content(_ kind: RunEvent.Kind) -> RunEvent.Content {
        switch kind {
        case .start:
            .start(.init(application: text(), clock: seconds(), serial: chance(0.5)))
        case .host: .host(.init(host: text(), target: text()))
        case .hello:
            .hello(
                .init(
                    host: text(), workers: count(), process: process(), machine: text(),
                    build: text()))
        case .workerStarted:
            .workerStarted(
                .init(host: text(), worker: number(), process: process(), position: next()))
        case .workerEnded:
            .workerEnded(
                .init(
                    host: text(), worker: number(), process: process(), how: text(),
                    executing: maybe {
                        .init(
                            procedure: $0.text(), operation: $0.maybe { $0.place() },
                            attempt: $0.maybe { $0.number() }, since: $0.maybe { $0.seconds() })
                    }))
        case .operations:
            .operations(
                .init(
                    outcome: one(RunEvent.Operations.Outcome.allCases), procedure: text(),
                    host: maybe { $0.text() }, ended: (0..<below(5)).map { _ in end() }))
        case .operationRetried:
            .operationRetried(
                .init(
                    host: text(), procedure: maybe { $0.text() }, operation: maybe { $0.place() },
                    attempt: number(), cause: one(RunEvent.Retry.Cause.allCases)))
        case .operationDoubled:
            .operationDoubled(
                .init(
                    host: text(), procedure: maybe { $0.text() }, operation: maybe { $0.place() },
                    attempt: number()))
        case .operationFailed:
            .operationFailed(
                .init(
                    kind: maybe { $0.one(RunFailureKind.allCases) }, procedure: text(),
                    text: text(), host: maybe { $0.text() }, end: maybe { $0.end() },
                    capsule: maybe { $0.text() }))
        case .transfer:
            .transfer(.init(host: text(), shared: text(), version: next(), bytes: count()))
        case .log:
            .log(
                .init(
                    host: text(), text: text(), worker: maybe { $0.number() },
                    procedure: maybe { $0.text() }, operation: maybe { $0.place() }))
        case .hostLost:
            .hostLost(.init(host: text(), reason: text(), pause: maybe { $0.seconds() }))
        case .hostLeft: .hostLeft(.init(host: text()))
        case .update:
            .update(
                .init(
                    position: next(),
                    change: chance(0.5) ? .context(procedure: text()) : .shared(variable: text()),
                    bytes: count()))
        case .hostProgress:
            .hostProgress(
                .init(
                    host: text(), operations: count(), busy: seconds(), sent: next(),
                    received: next()))
        case .progress:
            .progress(
                .init(
                    operations: count(), recalled: chance(0.5) ? 0 : count(),
                    failed: chance(0.5) ? 0 : count(), total: count(),
                    procedure: maybe { $0.text() }))
        case .draining: .draining(.init(open: count()))
        case .gap: .gap(.init(text: text()))
        case .end: .end(.init(outcome: maybe { $0.one(RunOutcome.allCases) }, text: text()))
        }
    }

    private mutating func maybe<Value>(_ value: (inout Self) -> Value) -> Value? {
        chance(0.5) ? value(&self) : nil
    }

    private mutating func one<Value>(_ all: [Value]) -> Value { all[below(all.count)] }

    /// Names as others choose them.
    private mutating func text() -> String {
        let pieces = [
            "a", "pi1", " ", "\"", "\\", "/", "ü", "%", "'", "\n", "\u{1b}", "🦩", ".", "{",
        ]
        return (0..<below(8)).map { _ in one(pieces) }.joined()
    }

    private mutating func count() -> Int { Int(next() >> UInt64(1 + below(62))) }

    private mutating func number() -> UInt32 { UInt32(truncatingIfNeeded: next()) }

    private mutating func process() -> Int32 { Int32(truncatingIfNeeded: next()) }

    private mutating func seconds() -> Double { Double(next() >> 11) / 1e6 }

    private mutating func place() -> OperationPlace {
        OperationPlace(statement: next(), element: chance(0.5) ? 0 : number())
    }

    private mutating func end() -> OperationEnd {
        OperationEnd(
            place: place(), attempt: number(), worker: number(), sent: next(), ended: next(),
            busy: next())
    }
}
