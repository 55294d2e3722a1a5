import Foundation
import Synchronization
import Testing

@testable import Marionette

@Suite(.timeLimit(.minutes(20))) struct ProgramTests {
    @Test func `an operation returns its result`() async throws {
        try await TrialRun.with { run in
            let result = try await run.client.square(7)
            #expect(result == 49)
        }
    }

    @Test func `an operation sees the updates before it and none after it`() async throws {
        try await TrialRun.with { run in
            async let early = run.client.square(1, milliseconds: 100)
            // Submitted before the update: it must not see it, though it ends after it.
            try await run.untilTaken(1)
            try await run.client.add(1000)
            let late = try await run.client.square(1)
            #expect(late == 1001)
            let first = try await early
            #expect(first == 1)
        }
    }

    @Test func `many operations give each result once`() async throws {
        try await TrialRun.with(hosts: 2) { run in
            try await run.client.add(5)
            var results: [Int64] = []
            for try await result in run.client.square(each: 0..<2000) { results.append(result) }
            #expect(results.sorted() == squares(2000, plus: 5))
        }
    }

    @Test func `results come beside their arguments where that is asked`() async throws {
        try await TrialRun.with { run in
            var seen = 0
            for try await (value, result) in run.client.square(each: 0..<100).withArguments {
                #expect(result == Int64(value) * Int64(value))
                seen += 1
            }
            #expect(seen == 100)
        }
    }

    @Test func `shared data are read as they were when the operation was invoked`() async throws {
        try await TrialRun.with { run in
            run.client.table = [1, 2, 3]
            let first = try await run.client.look(2)
            run.client.table[2] = 9
            run.client.table.append(4)
            let second = try await run.client.look(2)
            #expect(first == (3, 3))
            #expect(second == (9, 4))
            let updates = try run.events().filter { $0.kind == .update }
            #expect(updates.count == 2)
        }
    }

    @Test func `large shared data and large results travel whole`() async throws {
        try await TrialRun.with { run in
            let bytes = (0..<3_000_001).map { (index: Int) in UInt8(truncatingIfNeeded: index &* 7)
            }
            run.client.table = bytes
            let end = try await run.client.look(3_000_000)
            #expect(end == (UInt32(bytes[3_000_000]), 3_000_001))
            let echoed = try await run.client.echo(bytes)
            #expect(echoed == bytes)
        }
    }

    @Test func `a serial run executes in program order in one process`() async throws {
        try await TrialRun.with(serial: true) { run in
            var results: [Int64] = []
            for try await result in run.client.square(each: 0..<50) { results.append(result) }
            #expect(results == squares(50))
            try await run.client.add(1)
            run.client.table = [7]
            let process = try await run.client.process(milliseconds: 0)
            let look = try await run.client.look(0)
            let square = try await run.client.square(3)
            #expect(look == (7, 1))
            #expect(square == 10)
            let slaves = try run.slaveProcesses()
            #expect(slaves == [process])
        }
    }

    @Test func `a sequence is read no further than its bound ahead`() async throws {
        let taken = Counter()
        // The bound follows what operations take: it may be lower again when a result is read.
        let highest = Mutex(0)
        try await TrialRun.with(workers: 1) { run in
            let master = run.master
            let values = CountedValues(taken: taken, count: 5000) {
                highest.withLock { $0 = max($0, master.flightBound) }
            }
            var read = 0
            for try await _ in run.client.square(each: values) {
                read += 1
                let ahead = taken.value - read
                #expect(
                    ahead
                        <= highest.withLock {
                            $0 = max($0, master.flightBound); return $0
                        })
                guard read < 1000 else { break }
            }
        }
    }

    enum Large: CaseIterable { case arguments, results }

    @Test(arguments: Large.allCases, [1, 8])
    func `a sequence of large values is read no further ahead than its bytes allow`(
        _ large: Large, mebibytes: Int
    ) async throws {
        let taken = Counter()
        let size = 1 << 20
        let values = CountedValues(taken: taken, count: 60)
        try await TrialRun.with(inFlight: mebibytes) { run in
            var read = 0
            func check(_ count: Int) {
                #expect(count == size)
                read += 1
                // Of results it has to be seen first how large they are.
                guard large == .arguments || read > Master.flightMin else { return }
                #expect(taken.value - read <= mebibytes)
            }
            switch large {
            case .arguments:
                for try await count in run.client.measure(each: values, size: size) {
                    check(Int(count))
                }
            case .results:
                for try await bytes in run.client.make(each: values, size: UInt32(size)) {
                    check(bytes.count)
                }
            }
            #expect(read == 60)
        }
    }

    @Test func `a cancelled task cancels its operation`() async throws {
        try await TrialRun.with(workers: 1) { run in
            let task = Task { try await run.client.square(1, milliseconds: 60_000) }
            try await run.untilTaken(1)
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            let next = try await run.client.square(2)
            #expect(next == 4)
        }
    }

    @Test func `leaving the loop cancels what is still open`() async throws {
        try await TrialRun.with(workers: 2) { run in
            for try await _ in run.client.square(each: [1, 2, 3, 4, 5, 6], milliseconds: 20) {
                break
            }
            let next = try await run.client.square(2)
            #expect(next == 4)
        }
    }
}

/// Counts how far a sequence was read.
final class Counter: Sendable {
    private let count = Mutex(0)
    var value: Int { count.withLock { $0 } }
    func increment() { count.withLock { $0 += 1 } }
}

struct CountedValues: Sequence, Sendable {
    let taken: Counter
    let count: Int32
    var onTaking: @Sendable () -> Void = {}

    func makeIterator() -> AnyIterator<Int32> {
        var next: Int32 = 0
        return AnyIterator {
            guard next < count else { return nil }
            taken.increment()
            onTaking()
            defer { next += 1 }
            return next
        }
    }
}

/// What a sequential program would get.
func squares(_ count: Int64, plus sum: Int64 = 0) -> [Int64] {
    (0..<count).map { (value: Int64) -> Int64 in value * value + sum }
}
