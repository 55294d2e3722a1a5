import Foundation
import Marionette

/// Master programs for tests that need a process of their own, to kill it.
///
///     sums COUNT MILLISECONDS ADDED   squares, twice, with an update before each; `result N` for
///                                     each, and `sum N` at the end
///     notes FILE COUNT MILLISECONDS   `once` operations, one after the other; `note N` for each
///     mixed FILE COUNT                in turn a `once` operation and a square; `result N`, `unknown`
///                                     where the first may have been executed, and `sum N`
///     group COUNT STOP SEED           single squares, each in a task of its own, in an order by
///                                     seed; throws after STOP results (0: never); `sum N`
///     errands FILES COUNT STOP        single `once` operations, each in a task and with a file of its
///                                     own; `done` and `unknown` for each; throws after STOP of them
///     tables FILES COUNT SEED         five times: modifies the table, then a group of tasks, in an order
///                                     by seed: `once` operations with a file each, and operations
///                                     that read the table; `done` or `unknown` for each
///     long KIND COUNT                 `edits`, `updates`, `operations` or `tasks`, so many; a row of
///                                     a table for each tenth of them
///     poison SIZE                     an operation that reads so many bytes and kills each worker;
///                                     its error; then `result N` of a sound one
///     patience FILE MILLISECONDS      waits so long for the file; then, where it has not come, the square
///                                     of 7, `result 49`, and in any case that of 8; throws at the end
///                                     where the file is not there
///     end HOW COUNT MILLISECONDS      so many squares, and a pause; then the end: `return`, `throw`,
///                                     `exit` with status 3, or `wait` for a signal
///     starve COUNT                    takes all descriptors that are left, `starved`; gives them
///                                     back at a byte of its input, `fed`; at the next one it looks
///                                     whether those that it took again are still its own, `whole`
///     screen FILE                     what the script in FILE says: ScreenProgram
///     alone FILE                      the same without Marionette: no operation is executed
///     bench COUNT                     as many squares as fast as it goes; `rate N`
@main
struct TrialMaster {
    static func main() async {
        var arguments = CommandLine.arguments.dropFirst()
        let program = arguments.popFirst() ?? ""
        let rest = Array(arguments)
        ScreenProgram.goBehindBridge()
        if program == "alone" {
            do { try await ScreenProgram(path: rest[0]).run(nil) } catch { exit(1) }
            return
        }
        await TrialClient.run { client in
            switch program {
            case "sums":
                try await sums(client, number(rest, 0), number(rest, 1), number(rest, 2))
            case "notes":
                for index in 0..<number(rest, 1) {
                    try await client.note(rest[0], milliseconds: UInt32(number(rest, 2)))
                    say("note \(index)")
                }
            case "screen": try await ScreenProgram(path: rest[0]).run(client)
            case "mixed": try await mixed(client, rest[0], number(rest, 1))
            case "group":
                try await group(client, number(rest, 0), number(rest, 1), number(rest, 2))
            case "errands": try await errands(client, rest[0], number(rest, 1), number(rest, 2))
            case "tables": try await tables(client, rest[0], number(rest, 1), number(rest, 2))
            case "long": try await LongLife(client, number(rest, 1)).run(rest[0])
            case "poison": try await poison(client, number(rest, 0))
            case "patience": try await patience(client, rest[0], number(rest, 1))
            case "end": try await end(client, rest[0], number(rest, 1), number(rest, 2))
            case "starve": try await starve(client, number(rest, 0))
            case "bench": try await bench(client, number(rest, 0))
            default: throw CocoaError(.featureUnsupported)
            }
        }
    }

    private static func number(_ arguments: [String], _ index: Int) -> Int32 {
        arguments.indices.contains(index) ? Int32(arguments[index]) ?? 0 : 0
    }

    private static func sums(
        _ client: TrialClient, _ count: Int32, _ milliseconds: Int32, _ added: Int32
    ) async throws {
        var sum: Int64 = 0
        for round in 1...2 {
            try await client.add(added * Int32(round))
            for try await result in client.square(
                each: 0..<count, milliseconds: UInt32(milliseconds))
            {
                sum += result
                say("result \(result)")
            }
        }
        say("sum \(sum)")
    }

    private static func mixed(
        _ client: TrialClient, _ file: String, _ count: Int32
    ) async throws {
        var sum: Int64 = 0
        for index in 0..<count {
            if index % 5 == 0 { try await client.add(index) }
            do {
                try await client.note(file, milliseconds: UInt32(index % 3))
            } catch RunError.fateUnknown {
                say("unknown")
            }
            let result = try await client.square(index)
            sum += result
            say("result \(result)")
        }
        say("sum \(sum)")
    }

    private static func group(
        _ client: TrialClient, _ count: Int32, _ stop: Int32, _ seed: Int32
    ) async throws {
        // Not each two squares differ: some operations are equal.
        let values = shuffled((0..<count).map { $0 / 2 }, seed)
        try await client.add(1)
        let sum = try await withThrowingTaskGroup(of: Int64.self) { group in
            for value in values { group.addTask { try await client.square(value) } }
            var (sum, results) = (Int64(0), Int32(0))
            for try await result in group {
                sum += result
                results += 1
                say("result \(result)")
                if results == stop { throw CocoaError(.userCancelled) }
            }
            return sum
        }
        // What follows has another number each time: so many tasks came to their operation.
        let last = try await client.square(7)
        say("sum \(sum + last)")
    }

    private static func shuffled(_ values: [Int32], _ seed: Int32) -> [Int32] {
        var values = values
        var state = UInt64(seed)
        for index in values.indices.reversed() {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            values.swapAt(index, Int(state >> 33) % (index + 1))
        }
        return values
    }

    private static func tables(
        _ client: TrialClient, _ files: String, _ count: Int32, _ seed: Int32
    ) async throws {
        for round in 0..<5 as Range<Int32> {
            client.table = [UInt8](repeating: UInt8(round), count: 1000)
            let numbers = shuffled(Array(0..<2 * count), seed + round)
            try await withThrowingTaskGroup(of: String.self) { group in
                for number in numbers {
                    group.addTask {
                        guard number < count else {
                            try await client.burst()
                            return "done"
                        }
                        let file = "\(files)\(round)-\(number)"
                        do { try await client.note(file, milliseconds: 0) } catch RunError
                            .fateUnknown
                        { return "unknown" }
                        return "done"
                    }
                }
                for try await how in group { say(how) }
            }
        }
        say("all")
    }

    private static func errands(
        _ client: TrialClient, _ files: String, _ count: Int32, _ stop: Int32
    ) async throws {
        try await withThrowingTaskGroup(of: String.self) { group in
            for index in 0..<count {
                group.addTask {
                    do { try await client.note("\(files)\(index)", milliseconds: 0) } catch RunError
                        .fateUnknown
                    { return "unknown \(index)" }
                    return "done \(index)"
                }
            }
            var ended: Int32 = 0
            for try await how in group {
                say(how)
                ended += 1
                if ended == stop { throw CocoaError(.userCancelled) }
            }
        }
        say("all")
    }

    private static func poison(_ client: TrialClient, _ size: Int32) async throws {
        client.table = [UInt8](repeating: 42, count: Int(size))
        do { try await client.burst() } catch let error as RunError {
            say(error.diagnostic.rendered)
        }
        for try await result in client.square(each: [9], milliseconds: 0) {
            say("result \(result)")
        }
    }

    private static func patience(
        _ client: TrialClient, _ path: String, _ milliseconds: Int32
    ) async throws {
        do {
            try await withDeadline(.milliseconds(milliseconds)) { try await client.wait(for: path) }
        } catch RunError.deadlinePassed {
            say("result \(try await client.square(7))")
        }
        say("result \(try await client.square(8))")
        guard FileManager.default.fileExists(atPath: path) else { throw Refusal() }
    }

    private static func end(
        _ client: TrialClient, _ how: String, _ count: Int32, _ milliseconds: Int32
    ) async throws {
        for try await _ in client.square(each: 0..<count, milliseconds: 0) {}
        try await Task.sleep(for: .milliseconds(milliseconds))
        say("ends")
        switch how {
        case "throw": throw Refusal()
        case "exit": exit(3)
        case "wait": try await Task.sleep(for: .seconds(600))
        default: break
        }
    }

    private static func starve(_ client: TrialClient, _ count: Int32) async throws {
        for try await _ in client.square(each: 0..<count, milliseconds: 0) {}
        var taken: [Int32] = []
        func takeAll() {
            while case let descriptor = open("/dev/null", O_RDONLY), descriptor >= 0 {
                taken.append(descriptor)
            }
        }
        takeAll()
        say("starved")
        _ = FileHandle.standardInput.readData(ofLength: 1)
        for descriptor in taken { close(descriptor) }
        taken = []
        say("fed")
        _ = FileHandle.standardInput.readData(ofLength: 1)
        takeAll()
        // Operations go on, and what is this program's stays so.
        for try await _ in client.square(each: 0..<count, milliseconds: 0) {}
        let isWhole = taken.allSatisfy { fcntl($0, F_GETFD) >= 0 }
        for descriptor in taken { close(descriptor) }
        say(isWhole ? "whole" : "torn")
    }

    private struct Refusal: Error, CustomStringConvertible {
        let description = "the picture is too small"
    }

    private static func bench(_ client: TrialClient, _ count: Int32) async throws {
        for try await _ in client.square(each: 0..<1000, milliseconds: 0) {}
        let start = ContinuousClock.now
        for try await _ in client.square(each: 0..<count, milliseconds: 0) {}
        let span = ContinuousClock.now - start
        say("rate \(Int(Double(count) / (span / .seconds(1))))")
    }

    /// At once: whoever kills this process wants to have read it.
    static func say(_ text: String) {
        FileHandle.standardOutput.write(Data("\(text)\n".utf8))
    }
}
