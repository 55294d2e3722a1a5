import Foundation
import Marionette

/// The master of a run of the soak, a process of its own:
///
///     soak master SEED STEPS NOTES ONCE-DONE [faults] [serial] [repeatable]
///
/// STEPS are the numbers of the steps to do; `all`: all of them. Prints `step N` where it begins one,
/// `at N` when so many operations have ended, `innocent KILLS` for an operation that outside hands
/// killed, and `wrong: …`, with status 3, at what must not be.
enum SoakMaster {
    static func run(_ arguments: [String]) async {
        guard arguments.count >= 4, let seed = UInt64(arguments[0]) else { exit(64) }
        let words = Set(arguments.dropFirst(4))
        let wanted = StepNumbers(arguments[1])
        let checker = Checker(
            mayFail: words.contains("faults"), isSerial: words.contains("serial"),
            onceDone: arguments[3])
        await SoakClient.run { client in
            let program = SoakProgram(seed: seed)
            var performance = Performance(
                client, SoakModel(notes: arguments[2]), checker,
                isRepeatable: words.contains("repeatable"))
            defer { checker.say("ended \(checker.operations)") }
            try await performance.perform(program.steps.filter { wanted.contains($0.number) })
        }
    }
}

/// `all`, or numbers and ranges: `3,7-9`.
struct StepNumbers: CustomStringConvertible, Hashable, Sendable {
    /// nil: all.
    let numbers: Set<Int>?

    init(_ numbers: Set<Int>?) { self.numbers = numbers }

    init(_ text: String) {
        guard text != "all" else {
            numbers = nil
            return
        }
        numbers = text.split(separator: ",").reduce(into: []) { numbers, part in
            let ends = part.split(separator: "-").compactMap { Int($0) }
            guard let first = ends.first, let last = ends.last, first <= last else { return }
            numbers.formUnion(first...last)
        }
    }

    func contains(_ number: Int) -> Bool { numbers?.contains(number) ?? true }

    var description: String {
        guard let numbers else { return "all" }
        var ranges: [ClosedRange<Int>] = []
        for number in numbers.sorted() {
            if let last = ranges.last, last.upperBound + 1 == number {
                ranges[ranges.count - 1] = last.lowerBound...number
            } else {
                ranges.append(number...number)
            }
        }
        return ranges.map {
            $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)"
        }
        .joined(separator: ",")
    }
}
