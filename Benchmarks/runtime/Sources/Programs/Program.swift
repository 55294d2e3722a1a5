import Glibc
import Marionette

/// The master programs that are measured. What they print is what they measured, a number in each
/// line.
package enum Program: String {
    /// Operations per second, results read in batches.
    case batches
    /// Operations per second, each awaited by a task of its own.
    case tasks
    /// Microseconds of a round trip, one at a time: the median.
    case alone
    /// Bytes per second, both ways, of echoes of 1 MiB.
    case bulk
    /// Seconds until all workers have seen 256 MiB; then the slave's memory in bytes.
    case share
    /// The same, and then 1 MiB of it changes.
    case change
    /// A line as soon as there is a result.
    case start
    /// Seconds for `restCount` operations of 20 ms.
    case rest
    /// Operations per second, once every worker was seen.
    case growth
    /// Seconds for 200 operations of 50 ms while a worker is killed.
    case kill
    /// Memory of an idle master and of its idle slave, in bytes.
    case idle

    package static let shareBytes = 256 << 20
    package static let restCount = 20_000
    private static let payload = Payload(repeating: 7, count: PAYLOAD_BYTES)

    /// - Parameter workers: of all hosts; `rest` and `growth` wait for all of them.
    package func run(_ bench: Bench, workers: Int) async throws -> [Double] {
        switch self {
        case .batches: [try await Self.batches(bench)]
        case .tasks: [try await Self.tasks(bench)]
        case .alone: [try await Self.alone(bench)]
        case .bulk: [try await Self.bulk(bench)]
        case .share, .change: try await share(bench)
        case .start: [Double(try await bench.nothing(Self.payload).count)]
        case .rest: [try await Self.rest(bench, workers)]
        case .growth: [try await Self.growth(bench, workers)]
        case .kill: [try await Self.kill(bench)]
        case .idle: try await Self.idle(bench)
        }
    }

    private static func batches(_ bench: Bench) async throws -> Double {
        for try await _ in bench.nothing(each: repeatElement(payload, count: 20_000)) {}
        let count = 400_000
        let span = try await seconds {
            for try await _ in bench.nothing(each: repeatElement(payload, count: count)) {}
        }
        return Double(count) / span
    }

    private static func tasks(_ bench: Bench) async throws -> Double {
        try await execute(20_000, by: bench)
        let count = 200_000
        return Double(count) / (try await seconds { try await execute(count, by: bench) })
    }

    /// So many tasks with one operation each, 256 at the same time.
    private static func execute(_ count: Int, by bench: Bench) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<count {
                if index >= 256 { try await group.next() }
                group.addTask { _ = try await bench.nothing(payload) }
            }
            try await group.waitForAll()
        }
    }

    private static func alone(_ bench: Bench) async throws -> Double {
        var spans: [Double] = []
        for _ in 0..<5_000 {
            spans.append(try await seconds { _ = try await bench.nothing(payload) })
        }
        return spans.sorted()[spans.count / 2] * 1e6
    }

    private static func bulk(_ bench: Bench) async throws -> Double {
        let bytes = Bytes(repeating: 7, count: 1 << 20)
        for try await _ in bench.echo(each: repeatElement(bytes, count: 8)) {}
        let count = 400
        let span = try await seconds {
            for try await _ in bench.echo(each: repeatElement(bytes, count: count)) {}
        }
        return 2 * Double(count << 20) / span
    }

    private func share(_ bench: Bench) async throws -> [Double] {
        _ = try await bench.nothing(Self.payload)
        let bytes = Bytes(repeating: 7, count: Self.shareBytes)
        let span = try await Self.seconds {
            bench.table.bytes = bytes
            try await Self.look(bench)
        }
        let memory = Processes.memory(below: getpid())
        if self == .change {
            let changed = (100 << 20)..<(101 << 20)
            bench.table.bytes.replaceSubrange(
                changed, with: repeatElement(8, count: changed.count))
            try await Self.look(bench)
        }
        return [span, memory]
    }

    /// By each of 8 workers: those that are idle come first.
    private static func look(_ bench: Bench) async throws {
        for try await _ in bench.look(each: Array(repeating: 0, count: 8)) {}
    }

    private static func growth(_ bench: Bench, _ workers: Int) async throws -> Double {
        try await see(workers, bench)
        for try await _ in bench.nothing(each: repeatElement(payload, count: 20_000)) {}
        let count = 200_000
        let span = try await seconds {
            for try await _ in bench.nothing(each: repeatElement(payload, count: count)) {}
        }
        return Double(count) / span
    }

    /// Returns once each worker has executed an operation.
    private static func see(_ count: Int, _ bench: Bench) async throws {
        var workers: Set<Int32> = []
        while workers.count < count {
            for try await worker in bench.rest(each: repeatElement(5, count: 2 * count)) {
                workers.insert(worker)
            }
        }
    }

    private static func rest(_ bench: Bench, _ workers: Int) async throws -> Double {
        try await see(workers, bench)
        return try await seconds {
            for try await _ in bench.rest(each: repeatElement(20, count: restCount)) {}
        }
    }

    private static func kill(_ bench: Bench) async throws -> Double {
        for try await _ in bench.rest(each: repeatElement(5, count: 40)) {}
        var count = 0
        let span = try await seconds {
            for try await worker in bench.rest(each: repeatElement(50, count: 200)) {
                count += 1
                if count == 100 { Glibc.kill(worker, SIGKILL) }
            }
        }
        return count == 200 ? span : .infinity
    }

    private static func idle(_ bench: Bench) async throws -> [Double] {
        _ = try await bench.nothing(payload)
        try await Task.sleep(for: .seconds(1))
        return [Processes.memoryAlone(of: getpid()), Processes.memory(below: getpid())]
    }

    private static func seconds(_ body: () async throws -> Void) async throws -> Double {
        let span = try await ContinuousClock().measure { try await body() }
        return span / .seconds(1)
    }
}
