import Foundation
import Scheduling
import TestKit
import Testing

@testable import Marionette

/// The table at the end counts what happened.
@Suite(.timeLimit(.minutes(20))) struct RunCountTests {
    @Test(arguments: [1, 2, 3] as [UInt64])
    func `each operation is counted once, as done or as failed in its way`(seed: UInt64)
        async throws
    {
        var random = Seeded(seed)
        let counts = RunFailureKind.allCases.map { _ in Int.random(in: 0...3, using: &random) }
        let expected = Dictionary(uniqueKeysWithValues: zip(RunFailureKind.allCases, counts))
        let done = Int.random(in: 0...200, using: &random)
        var order = expected.flatMap { Array(repeating: Optional($0), count: $1) }
        order += Array(repeating: nil, count: done)
        order.sort { ($0?.rawValue ?? "") < ($1?.rawValue ?? "") }
        order.shuffle(using: &random)
        try await TrialRun.with(hosts: 2) { [order] run in
            for kind in order {
                let error = await runError {
                    switch kind {
                    case nil: _ = try await run.client.square(1)
                    case .failed: try await run.client.crash(.failure)
                    case .poisoned: try await run.client.crash(.kill)
                    case .fateUnknown: try await run.client.crashOnce(.segmentationFault)
                    case .deadlinePassed:
                        _ = try await withDeadline(.milliseconds(1)) {
                            try await run.client.square(1, milliseconds: 60_000)
                        }
                    }
                }
                #expect(error.map { RunFailureKind($0) } == kind, "seed \(seed): \(error as Any)")
            }
            try await run.master.finish()
            var statistics = RunStatistics()
            for event in try run.events() { statistics.apply(event) }
            #expect(statistics.operations == done, "seed \(seed)")
            #expect(statistics.failed == counts.reduce(0, +), "seed \(seed)")
            #expect(statistics.failures == expected.filter { $0.value > 0 }, "seed \(seed)")
            #expect(statistics.hosts.reduce(0) { $0 + $1.operations } == done, "seed \(seed)")
        }
    }

    @Test func `failed operations are named below the table, by what became of them`() {
        var statistics = RunStatistics()
        func apply(_ content: RunEvent.Content) {
            statistics.apply(RunEvent(content, at: 10))
        }
        func failure(_ kind: RunFailureKind, host: String? = nil) -> RunEvent.Content {
            let end = OperationEnd(place: OperationPlace(statement: 1), sent: 0, ended: 1)
            return .operationFailed(
                .init(kind: kind, procedure: "render", text: "no", host: host, end: end))
        }
        for (kind, count) in [
            (RunFailureKind.failed, 2), (.poisoned, 1), (.deadlinePassed, 3), (.fateUnknown, 1),
        ] {
            for _ in 0..<count { apply(failure(kind)) }
        }
        apply(.host(.init(host: "pi1", target: "aarch64-linux-musl")))
        apply(failure(.failed, host: "pi1"))
        apply(
            .hostProgress(.init(host: "pi1", operations: 1204, busy: 0, sent: 0, received: 0)))
        apply(
            .progress(.init(operations: 1204, failed: 8, total: 3600, procedure: "render")))
        #expect(
            statistics.table.joined(separator: "\n") == """
                host  target              workers  operations  busy  sent  retries
                pi1   aarch64-linux-musl        0       1,204   0 %   0 B        0
                  1 operation failed; never reached
                failed: 3 by their own word, 1 killed its workers, 3 passed their deadlines, \
                1 may have been executed
                """)
        #expect(statistics.closingLine == "1,204 operations in 10 s, 120/s; 8 more failed")
        #expect(
            statistics.progressLine(workers: 4)
                == "render 1,212/3,600 33 %      0 hosts, 4 workers, 8 failed, 120/s, "
                + "about 20 s left")
    }
}
