import Driving
import Synchronization
import XDRCoding

/// A variable of the program that operations read.
///
/// Modifications take their place in the program's order when the next operation that reads the
/// variable is invoked, with a journal when any operation is: a hundred in a row make one
/// update, and one that changes nothing makes none.
public final class SharedVariable<Value: XDRCodable & Sendable>: Sendable {
    private struct State {
        var value: Value
        var isModified = true
        /// The slaves' current version.
        var current: SharedContent?
    }

    private let slot: Int
    private let order: ProgramOrder
    private let state: Mutex<State>

    public init(master: Master, slot: Int, initial: Value) {
        self.slot = slot
        order = master.order
        state = Mutex(State(value: initial))
        master.register(self, slot: slot)
    }

    public var value: Value {
        get { state.withLock { $0.value } }
        set {
            order.withLock {
                state.withLock { state in
                    state.value = newValue
                    state.isModified = true
                }
            }
        }
    }
}

/// One lock for all shared variables of a program.
final class ProgramOrder: Sendable {
    private let lock = Mutex(())

    func withLock<Failure: Error>(_ body: () throws(Failure) -> Void) throws(Failure) {
        try lock.withLock { _ throws(Failure) in try body() }
    }
}

/// A shared variable of any type, as the master sees it.
protocol SharedSlot: AnyObject, Sendable {
    /// Hands a modified value over, encoded.
    func flush(_ submit: (_ slot: Int, SharedContent) -> Void) throws(XDRError)
}

extension SharedVariable: SharedSlot {
    func flush(_ submit: (_ slot: Int, SharedContent) -> Void) throws(XDRError) {
        // The lock is held until the update stands in the queue: another task's operation that
        // reads the variable must not overtake it.
        try state.withLock { state throws(XDRError) in
            guard state.isModified else { return }
            var encoder = XDREncoder(limit: RunLimits.sharedMax)
            try state.value.encode(to: &encoder)
            state.isModified = false
            let content =
                if let current = state.current {
                    SharedContent(encoder.bytes, after: current)
                } else {
                    SharedContent(encoder.bytes) as SharedContent?
                }
            guard let content else { return }
            state.current = content
            submit(slot, content)
        }
    }
}
