import CAllocator
import Foundation
import Marionette

/// A long run: the master's processor time for a step, and how much memory master and slaves have,
/// tenth by tenth.
struct LongLife {
    private let client: TrialClient
    private let count: Int32

    init(_ client: TrialClient, _ count: Int32) {
        self.client = client
        self.count = count
    }

    func run(_ kind: String) async throws {
        switch kind {
        case "edits": try await edits()
        case "updates": try await updates()
        case "operations": try await operations()
        case "tasks": try await tasks()
        default: throw CocoaError(.featureUnsupported)
        }
    }

    /// Of one shared value: an insertion, a removal or a change of 40 bytes; then it is read.
    private func edits() async throws {
        var state: UInt64 = 1
        func number(below bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        var table = (0..<200_000).map { _ in UInt8(number(below: 40)) }
        try await tenths { _ in
            let place = number(below: table.count - 40)
            switch number(below: 3) {
            case 0: table.insert(contentsOf: repeatElement(7, count: 40), at: place)
            case 1 where table.count > 100_000: table.removeSubrange(place..<(place + 40))
            default: table.replaceSubrange(place..<(place + 40), with: repeatElement(9, count: 40))
            }
            // A copy: an array that is changed while it is shared gets more and more capacity.
            client.table = table.withUnsafeBytes { [UInt8]($0) }
            try await client.burst()
        }
    }

    private func updates() async throws {
        try await tenths { index in
            try await client.add(1)
            if index % 10 == 0 { _ = try await client.square(1) }
        }
    }

    private func operations() async throws {
        var (before, done, rows) = (Self.processorTime(), Int32(0), Int32(0))
        for try await _ in client.square(each: 0..<count, milliseconds: 0) {
            done += 1
            guard done == count / 10 * (rows + 1) else { continue }
            rows += 1
            report(done, Self.processorTime() - before, steps: count / 10)
            before = Self.processorTime()
        }
    }

    /// A hundred tasks of a `once` operation each, which are never grouped, some of them cancelled, again
    /// and again; none is open when a row is made.
    private func tasks() async throws {
        try await tenths { index in
            guard index % 100 == 99 else { return }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<100 {
                    group.addTask { try await client.note("/dev/null", milliseconds: 0) }
                }
                for _ in 0..<90 { try await group.next() }
                group.cancelAll()
                while let result = await group.nextResult() {
                    if case .failure(let error) = result, !(error is CancellationError) {
                        throw error
                    }
                }
            }
        }
    }

    private func tenths(_ step: (Int32) async throws -> Void) async throws {
        for tenth in 0..<10 as Range<Int32> {
            let start = Self.processorTime()
            for index in 0..<(count / 10) { try await step(index) }
            report(count / 10 * (tenth + 1), Self.processorTime() - start, steps: count / 10)
        }
    }

    /// Of this process: that of the clock on the wall depends on what else the machine does.
    private static func processorTime() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }

    private func report(_ done: Int32, _ time: Duration, steps: Int32) {
        let slaves = Self.descendants()
        let nanoseconds = Int(time / .nanoseconds(1)) / Int(max(1, steps))
        let files = slaves.reduce(0) { $0 + Self.files($1) }
        TrialMaster.say(
            "row \(done) \(nanoseconds) \(Self.kibibytes(getpid()))"
                + " \(allocator_bytes_in_use() / 1_024)"
                + " \(slaves.reduce(0) { $0 + Self.kibibytes($1) }) \(files)")
    }

    /// Resident, and shared with nobody else: workers share what they were forked from.
    private static func kibibytes(_ process: Int32) -> Int {
        let text = try? String(contentsOfFile: "/proc/\(process)/smaps_rollup", encoding: .utf8)
        return (text ?? "").split(separator: "\n").reduce(0) { sum, line in
            let words = line.split(separator: " ")
            guard words.count > 1, words[0].hasPrefix("Private_") else { return sum }
            return sum + (Int(words[1]) ?? 0)
        }
    }

    private static func files(_ process: Int32) -> Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd").count) ?? 0
    }

    private static func descendants() -> [Int32] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        let parents = names.compactMap(Int32.init).map { ($0, parent(of: $0)) }
        var found = [getpid()]
        var index = 0
        while index < found.count {
            found += parents.filter { $0.1 == found[index] }.map(\.0)
            index += 1
        }
        return Array(found.dropFirst())
    }

    private static func parent(of process: Int32) -> Int32 {
        let text = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
        // The name in parentheses may hold anything.
        let rest = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
        return rest.count > 2 ? Int32(rest[2]) ?? 0 : 0
    }
}
