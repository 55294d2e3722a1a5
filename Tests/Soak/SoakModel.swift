import Scheduling
import Simulation
import Synchronization
import TestKit

/// What each replica would hold at this point of the program, and what an operation makes of it.
final class SoakModel: Sendable {
    private let replica = Mutex(ReplicaState())
    /// Where `once` operations leave their notes.
    private let notes: String

    init(notes: String) { self.notes = notes }

    func apply(_ update: SoakProgram.Update, _ filler: [UInt8]) {
        let value = update.value ^ SoakClient.digest(0, filler)
        let applied = RandomProgram.ContextUpdate(value: value, replacing: update.replacing)
        replica.withLock { $0.apply(applied) }
    }

    func set(_ slot: Int, _ content: [UInt8]) {
        let digest = SoakClient.digest(slot, content)
        replica.withLock { $0.shared[slot] = digest }
    }

    /// One operation, as it is invoked at this point.
    func call(_ operations: SoakProgram.Operations, _ member: Int) -> SoakCall {
        let argument = operations.first &+ UInt64(member)
        var random = SeededNumbers(argument)
        var content = operations.content
        var resultSize = operations.resultSize
        if operations.isMixed {
            content.size = Sizes.any(atMost: content.size, &random)
            resultSize = Sizes.any(atMost: resultSize, &random)
        }
        content.seed &+= UInt64(member)
        let filler = content.bytes
        let seen = argument ^ SoakClient.digest(0, filler)
        let isUnsound = operations.unsound?.member == member
        return SoakCall(
            member: member, argument: argument,
            how: operations.unsound.map { isUnsound ? $0.how : .sound } ?? .sound,
            microseconds: operations.microseconds, resultSize: resultSize,
            notes: operations.kind == .once ? notes : "", filler: filler,
            expected: replica.withLock { $0.result(seen, reads: operations.reads) })
    }
}

/// The operations of a step as a sequence; each is made when it is invoked.
struct SoakCalls: Sequence, Sendable {
    let model: SoakModel
    let operations: SoakProgram.Operations
    /// By member, for whoever reads results.
    let made = MadeCalls()

    var underestimatedCount: Int { operations.count }

    func makeIterator() -> AnyIterator<SoakCall> {
        var next = 0
        return AnyIterator {
            guard next < operations.count else { return nil }
            defer { next += 1 }
            let call = model.call(operations, next)
            made.add(call)
            return call
        }
    }
}

/// The calls of a sequence that are open, without their content.
final class MadeCalls: Sendable {
    private let byValue = Mutex<[UInt64: (member: Int, resultSize: Int)]>([:])

    func add(_ call: SoakCall) {
        byValue.withLock { $0[call.expected] = (call.member, call.resultSize) }
    }

    /// The call that has this result; nil: none, or it was taken before.
    func take(_ value: UInt64) -> (member: Int, resultSize: Int)? {
        byValue.withLock { $0.removeValue(forKey: value) }
    }
}
