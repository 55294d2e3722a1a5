import Synchronization
import XDRCoding

/// A variable of the program that operations read.
///
/// Modifications take their place in the program's order when the next operation that reads the
/// variable is invoked: a hundred in a row make one update, and one that changes nothing makes
/// none.
public final class SharedVariable<Value: XDRCodable & Sendable>: Sendable {
    private struct State {
        var value: Value
        var isModified = true
        /// What the slaves' current version was made of.
        var current: [UInt8]?
    }

    private let slot: Int
    private let state: Mutex<State>

    public init(master: Master, slot: Int, initial: Value) {
        self.slot = slot
        state = Mutex(State(value: initial))
        master.register(self, slot: slot)
    }

    public var value: Value {
        get { state.withLock { $0.value } }
        set {
            state.withLock { state in
                state.value = newValue
                state.isModified = true
            }
        }
    }
}

/// A shared variable of any type, as the master sees it.
protocol SharedSlot: AnyObject, Sendable {
    /// Hands a modified value over, encoded.
    func flush(_ submit: (_ slot: Int, _ bytes: [UInt8]) -> Void) throws(XDRError)
}

extension SharedVariable: SharedSlot {
    func flush(_ submit: (_ slot: Int, _ bytes: [UInt8]) -> Void) throws(XDRError) {
        // The lock is held until the update stands in the queue: another task's operation that
        // reads the variable must not overtake it.
        try state.withLock { state throws(XDRError) in
            guard state.isModified else { return }
            var encoder = XDREncoder()
            try state.value.encode(to: &encoder)
            state.isModified = false
            guard encoder.bytes != state.current else { return }
            state.current = encoder.bytes
            submit(slot, encoder.bytes)
        }
    }
}
