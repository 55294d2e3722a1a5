import Foundation
import RunRecords
import TestKit
import Testing

@testable import Marionette

@Suite(.timeLimit(.minutes(20))) struct TraceTests {
    /// An object of `traceEvents`, as a viewer reads it.
    struct Event: Decodable {
        var name: String
        var ph: String
        var pid: Int
        var tid: Int?
        var ts: Double?
        var dur: Double?
        var args: [String: Value]?

        var operation: String? { args?["operation"]?.text }
        var end: Double { (ts ?? 0) + (dur ?? 0) }
    }

    enum Value: Decodable, Hashable {
        case text(String)
        case number(Double)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(Double.self) {
                self = .number(number)
            } else {
                self = .text(try container.decode(String.self))
            }
        }

        var text: String? { if case .text(let text) = self { text } else { nil } }
    }

    struct File: Decodable { var traceEvents: [Event] }

    @Test func `a run's trace has each operation of its log, and slices of a worker nest`()
        async throws
    {
        try await TrialRun.with(hosts: 2, trace: true) { run in
            run.client.table = [1, 2, 3]
            _ = try await run.client.look(0)
            try await run.client.add(1)
            for try await _ in run.client.square(each: 0..<500) {}
            try? await run.client.crash(.failure)
            try? await run.client.crash(.segmentationFault)
            // Until two workers had some: one may have been there before the other.
            var ended = 503
            repeat {
                for try await _ in run.client.square(each: 0..<10, milliseconds: 5) {}
                ended += 10
            } while Set(try run.events().flatMap { $0.ended ?? [] }.map(\.worker)).count < 2
            try await run.master.finish()

            let trace = try JSONDecoder().decode(
                File.self, from: Data(contentsOf: run.directory.appending(path: "trace.json"))
            ).traceEvents
            let logged = try run.events().flatMap { $0.ended ?? [] }.map(\.place.description)
            #expect(logged.count == ended)
            let shown = Set(trace.compactMap(\.operation))
            #expect(shown == Set(logged))
            expectSlicesNest(trace)
            let processes = trace.filter { $0.name == "process_name" }.compactMap {
                $0.args?["name"]?.text
            }
            #expect(processes == ["master of Trial", "h1 (here)", "h2 (here)"])
            // The operation that killed three workers: each attempt is a slice of its own.
            let killed = trace.filter { $0.ph == "X" && $0.name == "crash" && $0.end > 0 }
            #expect(
                killed.compactMap { $0.args?["outcome"]?.text }.count {
                    $0 == "killed by SIGSEGV"
                } == 3)
            for instant in ["transfer", "update", "worker-ended", "operation failed", "hello"] {
                #expect(trace.contains { $0.ph == "i" && $0.name == instant }, "\(instant)")
            }
        }
    }

    @Test func `a trace that can't be written is told before the run starts`() async throws {
        let error = await runError {
            try await TrialRun.with(tracePath: "/nonexistent/trace.json") { _ in }
        }
        #expect(
            error
                == .record(
                    .traceUnwritable(
                        path: "/nonexistent/trace.json", reason: "No such file or directory")))
    }

    @Test func `a run whose trace can't be written at its end fails, and says why`() async throws {
        let directory = try TemporaryDirectory("trace")
        let path = "\(directory.path)/gone/trace.json"
        try FileManager.default.createDirectory(
            atPath: "\(directory.path)/gone", withIntermediateDirectories: false)
        let error = await runError {
            try await TrialRun.with(tracePath: path) { run in
                #expect(try await run.client.square(3) == 9)
                try FileManager.default.removeItem(atPath: "\(directory.path)/gone")
            }
        }
        #expect(
            error?.diagnostic.rendered
                == "error: the trace '\(path)' can't be written: No such file or directory")
    }

    /// A worker does one thing at a time: sorted by their starts, none begins before the one before
    /// it has ended.
    private func expectSlicesNest(_ trace: [Event]) {
        let slices = Dictionary(grouping: trace.filter { $0.ph == "X" }) { $0.tid }
        #expect(slices.count >= 2)
        for (thread, slices) in slices {
            let ordered = slices.sorted { ($0.ts ?? 0, $0.end) < ($1.ts ?? 0, $1.end) }
            for (earlier, later) in zip(ordered, ordered.dropFirst()) {
                #expect(earlier.end <= later.ts ?? 0, "thread \(thread ?? 0)")
            }
        }
    }
}
