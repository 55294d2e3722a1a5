import Scheduling

import Driving
import RunRecords

/// How the program's operations and updates ended, kept beside the driver and independent of it, and
/// the rules that it broke.
///
/// Safe because: a world has one thread, and nobody else knows its ledger.
final class Endings: @unchecked Sendable {
    /// One operation of the program.
    struct Member: Hashable {
        let step: Int
        let index: Int
    }

    private struct Fate {
        let operation: RandomProgram.Operation
        let deadline: Instant?
        var endings = 0
        /// Executions that began, and that a worker died of.
        var begun = 0
        var kills = 0
        /// Hosts on which it is or was handed to a slave that lives.
        var live: [HostID] = []
        var isCancelled = false
        /// How often its end went into the record of the run.
        var records = 0
    }

    private var fates: [Member: Fate] = [:]
    private var updates: [Position: Int] = [:]
    private var breachCount = 0
    private(set) var breaches: [String] = []
    private(set) var counts: [String: Int] = [:]
    private(set) var open = 0
    var now = Instant.zero
    var isInterrupted = false
    /// The program makes an update that can't be applied.
    var mayFail: Bool
    /// The run has failed, as it may.
    var isFailed = false
    var isFinished = false

    init(mayFail: Bool) { self.mayFail = mayFail }

    func breach(_ text: String) {
        breachCount += 1
        if breachCount <= 10 { breaches.append(text) }
    }

    // MARK: The program

    func submitted(_ member: Member, _ operation: RandomProgram.Operation, _ deadline: Instant?) {
        fates[member] = Fate(operation: operation, deadline: deadline)
        open += 1
    }

    func cancelled(step: Int, count: Int) {
        for index in 0..<count { fates[Member(step: step, index: index)]?.isCancelled = true }
    }

    func appended(_ position: Position) { updates[position] = 0 }

    // MARK: Hosts

    func handed(_ member: Member, to host: HostID) {
        guard let fate = fates[member] else {
            breach("step \(member.step) was sent, and nobody submitted it")
            return
        }
        if fate.operation.traits.kind != .pure, !fate.live.isEmpty {
            breach("step \(member.step), which is impure, is on two hosts at once")
        }
        if fate.live.contains(host) { breach("step \(member.step) is twice on one host") }
        fates[member]?.live.append(host)
    }

    /// Its host has it no more: it answered, its worker died, or nobody wants it there.
    func gone(_ member: Member, from host: HostID) {
        fates[member]?.live.removeAll { $0 == host }
    }

    func lost(_ host: HostID) {
        for member in fates.keys { gone(member, from: host) }
    }

    func began(_ member: Member) {
        fates[member]?.begun += 1
        if let fate = fates[member], fate.operation.traits.kind == .once, fate.begun > 1 {
            breach("step \(member.step), which is 'once', was executed twice")
        }
    }

    func killed(_ member: Member) { fates[member]?.kills += 1 }

    /// What the record of the run says of its end.
    func recorded(_ operation: CalledOperation) {
        guard let sink = operation.call.sink as? StepSink else {
            breach("an end is recorded of what the program did not submit")
            return
        }
        fates[Member(step: sink.step, index: operation.tag)]?.records += 1
    }

    // MARK: Endings

    func ended(_ member: Member, _ ending: CallEnding) {
        guard let fate = fates[member] else {
            breach("step \(member.step) ended, and nobody submitted it")
            return
        }
        fates[member]?.endings += 1
        if fate.endings > 0 {
            breach("member \(member.index) of step \(member.step) ended twice")
        } else {
            open -= 1
        }
        let (name, fault) = judge(ending, fate, member)
        counts[name, default: 0] += 1
        if let fault { breach("member \(member.index) of step \(member.step): \(fault)") }
    }

    private func judge(
        _ ending: CallEnding, _ fate: Fate, _ member: Member
    ) -> (name: String, fault: String?) {
        let error: any Error
        switch ending {
        case .result(let bytes, _):
            let value = DrivenProgram.value(of: bytes.bytes)
            let isRight = value == fate.operation.expected[member.index]
            return ("succeeded", isRight ? nil : "wrong result")
        case .failure(let failure): error = failure
        }
        guard let error = error as? RunError else {
            return ("cancelled", fate.isCancelled ? nil : "it was cancelled by nobody")
        }
        switch error {
        case .deadlinePassed:
            let isLate = fate.deadline.map { $0 <= now } ?? false
            return ("late", isLate ? nil : "it was in time")
        case .operationPoisoned(_, let kills, _, _, _, _, _):
            let isPoison = kills == 3 && fate.kills >= 3
            return ("poisoned", isPoison ? nil : "it is no poison")
        case .fateUnknown:
            return ("unknown", fate.operation.traits.kind == .once ? nil : "it was given up")
        case .interrupted: return ("interrupted", isInterrupted ? nil : "nobody interrupted it")
        case .updateFailed: return ("abandoned", mayFail ? nil : "every update can be applied")
        case .runEnded: return ("abandoned", isFinished ? nil : "the run had not ended")
        default: return ("failed", "it can't end so: \(error)")
        }
    }

    func updateEnded(_ position: Position, _ ending: CallEnding) {
        updates[position, default: 0] += 1
        if updates[position] != 1 { breach("update \(position) ended twice") }
        guard case .failure(let error) = ending else { return }
        guard mayFail || isInterrupted || isFinished else {
            breach("update \(position) ended with \(error)")
            return
        }
    }

    /// What must hold when the run is over.
    func close() {
        for (member, fate) in fates where fate.endings != 1 || fate.records != 1 {
            breach(
                """
                member \(member.index) of step \(member.step) ended \(fate.endings) times, and is \
                recorded \(fate.records) times
                """)
        }
        for (position, endings) in updates where endings != 1 {
            breach("update \(position) ended \(endings) times")
        }
    }
}

/// Where the endings of a step go.
final class StepSink: CallSink {
    let step: Int
    private let endings: Endings

    init(_ step: Int, _ endings: Endings) {
        self.step = step
        self.endings = endings
    }

    func ended(_ answers: [CallAnswer], _ wakes: inout [Wake]) {
        for answer in answers {
            endings.ended(Endings.Member(step: step, index: answer.tag), answer.ending)
        }
    }
}

final class UpdateSink: CallSink {
    private let position: Position
    private let endings: Endings

    init(_ position: Position, _ endings: Endings) {
        self.position = position
        self.endings = endings
    }

    func ended(_ answers: [CallAnswer], _ wakes: inout [Wake]) {
        for answer in answers { endings.updateEnded(position, answer.ending) }
    }
}

/// Who waits for the end of the run.
///
/// Safe because: a world has one thread.
final class EndSink: CallSink, @unchecked Sendable {
    private(set) var told = 0

    func ended(_ answers: [CallAnswer], _ wakes: inout [Wake]) { told += answers.count }
}
