import Foundation
import RunRecords
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
}
