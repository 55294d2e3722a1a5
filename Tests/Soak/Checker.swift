import CSoak
import Foundation
import Marionette
import Synchronization

/// Compares what came with what must come, and tells whoever watches this process.
///
/// What is wrong ends the process with status 3, as it stands: nothing may cover it up.
final class Checker: Sendable {
    /// Failures of hosts and workers happen beside this program.
    let mayFail: Bool
    let isSerial: Bool
    /// The arguments of `once` operations that gave their result are written there.
    private let onceDone: String
    /// An update that no replica can apply was invoked.
    let runFails = Atomic<Bool>(false)
    private let ended = Atomic<Int>(0)
    private let toldAt = Mutex(ContinuousClock.now)

    init(mayFail: Bool, isSerial: Bool, onceDone: String) {
        self.mayFail = mayFail
        self.isSerial = isSerial
        self.onceDone = onceDone
    }

    var operations: Int { ended.load(ordering: .relaxed) }

    /// At once: whoever watches takes it for progress.
    func say(_ text: String) {
        let line = Array("\(text)\n".utf8)
        _ = line.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
    }

    func wrong(_ step: SoakProgram.Step, _ text: String) -> Never {
        say("wrong: step \(step.number): \(text)")
        _exit(3)
    }

    // MARK: Results

    func check(_ step: SoakProgram.Step, _ call: SoakCall, _ answer: SoakAnswer) {
        if call.how != .sound { wrong(step, "number \(call.member) should have \(call.how)") }
        guard answer.value == call.expected else {
            wrong(step, "number \(call.member) gave \(answer.value), not \(call.expected)")
        }
        checkFiller(step, call.member, call.resultSize, answer)
        if !call.notes.isEmpty { keep(call.argument) }
        endOne()
    }

    /// Of a sequence that does not tell to which argument it belongs.
    func check(
        _ step: SoakProgram.Step, _ calls: SoakCalls, _ answer: SoakAnswer, of call: SoakCall?
    ) {
        if let call, call.expected != answer.value {
            wrong(step, "number \(call.member) gave \(answer.value), not \(call.expected)")
        }
        guard let (member, size) = calls.made.take(answer.value) else {
            wrong(step, "\(answer.value) is no result that was open")
        }
        if let unsound = calls.operations.unsound, unsound.member == member {
            wrong(step, "number \(member) should have \(unsound.how)")
        }
        checkFiller(step, member, size, answer)
        if calls.operations.kind == .once { keep(calls.operations.first &+ UInt64(member)) }
        endOne()
    }

    private func checkFiller(
        _ step: SoakProgram.Step, _ member: Int, _ size: Int, _ answer: SoakAnswer
    ) {
        guard answer.filler.count == size else {
            wrong(step, "number \(member) gave \(answer.filler.count) bytes, not \(size)")
        }
        let content = SoakProgram.Content(seed: answer.value, texture: 0, size: size)
        guard answer.filler == content.bytes else {
            wrong(step, "number \(member) gave \(size) bytes that are others than they must be")
        }
    }

    private func keep(_ argument: UInt64) {
        let file = open(onceDone, O_WRONLY | O_APPEND | O_CREAT, 0o600)
        guard file >= 0 else { return say("wrong: can't write '\(onceDone)'") }
        let digits = String(argument, radix: 16)
        let line = Array((String(repeating: "0", count: 16 - digits.count) + digits + "\n").utf8)
        _ = line.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
        close(file)
    }

    private func endOne() {
        let count = ended.wrappingAdd(1, ordering: .relaxed).newValue
        let isDue = toldAt.withLock { toldAt in
            guard ContinuousClock.now - toldAt > .milliseconds(200) else { return false }
            toldAt = .now
            return true
        }
        if isDue { say("at \(count)") }
    }

    // MARK: Errors

    /// - Parameter call: nil: of a sequence, which does not tell whose it is.
    func check(
        _ step: SoakProgram.Step, _ operations: SoakProgram.Operations, _ call: SoakCall?,
        _ error: any Error
    ) {
        endOne()
        guard let text = refusal(of: error, operations, call) else { return }
        wrong(step, "\(call.map { "number \($0.member)" } ?? "the sequence") threw \(text)")
    }

    /// nil: the error is one that may come.
    private func refusal(
        of error: any Error, _ operations: SoakProgram.Operations, _ call: SoakCall?
    ) -> String? {
        let unsound = operations.unsound.flatMap { unsound in
            call == nil || call?.member == unsound.member ? unsound : nil
        }
        let crashes = unsound.map { $0.how != .fails } ?? false
        let isFine: Bool
        switch error {
        case is CancellationError: isFine = operations.cancelledAfter != nil
        case RunError.deadlinePassed: isFine = operations.timeLimit != nil
        case RunError.operationFailed(_, _, let reason):
            let argument = operations.first &+ UInt64(unsound?.member ?? 0)
            isFine = unsound?.how == .fails && reason == "asked to fail at \(argument)"
        case RunError.operationPoisoned(_, let kills, let how, _, _, _, _):
            isFine =
                kills >= (isSerial ? 1 : 3)
                && (crashes && operations.kind != .once || mayFail && how == "killed by SIGKILL")
            if isFine, !crashes { say("innocent \(kills)") }
        case RunError.fateUnknown(_, _, let how):
            // The first host where an update fails is given up; when a second one says so, the run
            // ends as the program wants it.
            let isWish =
                runFails.load(ordering: .relaxed) && how.contains("failed there: asked to fail at ")
            isFine = operations.kind == .once && (crashes || mayFail || isWish)
        case RunError.updateFailed: isFine = runFails.load(ordering: .relaxed)
        default: isFine = false
        }
        return isFine
            ? nil
            : "\((error as? RunError)?.diagnostic.rendered ?? "") (\(String(reflecting: error)))"
    }
}
