import RunRecords
import Scheduling

/// What an operation depends on: its contents are not in one piece yet.
package struct CapsuleHistory: Sendable {
    fileprivate var context: [Capsule.Update] = []
    fileprivate var shared: [(position: Position, version: SharedVersion, content: SharedContent)] =
        []

    /// By ascending position.
    package var updates: [Capsule.Update] {
        let contents = shared.map { position, version, content in
            Capsule.Update(
                position: position,
                change: .shared(
                    slot: UInt32(version.slot), version: version.version, bytes: content.bytes))
        }
        return (context + contents).sorted { $0.position < $1.position }
    }
}

extension UpdateStore {
    /// What an operation at the position depends on; nil where something of it is gone.
    package func history(before position: Position, reads: SlotSet) -> CapsuleHistory? {
        var history = CapsuleHistory()
        var latest: [Int: (position: Position, version: UInt64)] = [:]
        for (place, message) in messages(upTo: position) {
            switch message {
            case .context(let procedure, let arguments):
                let change = Capsule.Update.Change.context(
                    procedure: procedure, arguments: arguments)
                history.context.append(Capsule.Update(position: place, change: change))
            case .shared(let shared):
                latest[shared.slot] = (place, shared.version)
            }
        }
        for slot in reads {
            // A variable that the program never wrote has no content.
            guard let (place, number) = latest[slot] else { continue }
            let version = SharedVersion(slot: slot, version: number)
            guard let content = content(version) else { return nil }
            history.shared.append((place, version, content))
        }
        return history
    }
}
