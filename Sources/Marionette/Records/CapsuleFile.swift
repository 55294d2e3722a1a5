import RunRecords
import Scheduling
import Synchronization

/// What became of an operation's capsule.
public enum CapsuleRecord: Hashable, Sendable {
    case written(path: String)
    case failed(reason: String)
    /// The run leaves no record at all.
    case unwanted
}

/// The capsules that one run writes into its record, no more of them than its limits allow.
///
/// One has up to 1 GiB, to be put together, digested and synced: a thread of its own does that, one
/// after the other, while operations go on.
final class CapsuleFiles: Sendable {
    private struct Written {
        var count = 0
        var bytes = 0
    }

    private let directory: String
    private let written = Mutex(Written())
    private let writing = BackgroundJobs(limit: 1)

    /// - Parameter directory: empty: none are written.
    init(directory: String) { self.directory = directory }

    /// - Parameters:
    ///   - capsule: made by the thread that writes it; nil: something of it is gone.
    ///   - isWritten: called by that thread, or at once where none is wanted.
    func write(
        _ capsule: @escaping @Sendable () -> Capsule?,
        then isWritten: @escaping @Sendable (CapsuleRecord) -> Void
    ) {
        guard !directory.isEmpty else { return isWritten(.unwanted) }
        writing.add { [self] in isWritten(written.withLock { record(capsule, &$0) }) }
    }

    /// Waits until all are written, but not longer than `limit`.
    func wait(atMost limit: Duration) { writing.wait(atMost: limit) }

    private func record(
        _ capsule: () -> Capsule?, _ written: inout Written
    ) -> CapsuleRecord {
        guard written.count < RunLimits.capsulesMax else {
            return .failed(reason: "the run has written \(written.count), which is the limit")
        }
        guard let capsule = capsule() else { return .failed(reason: "an update is gone") }
        guard capsule.size <= RunLimits.capsuleMax - written.bytes else {
            let limit = RunLimits.capsuleMax >> 20
            return .failed(reason: "those of a run have at most \(limit) MiB together")
        }
        guard let content = try? capsule.encoded() else {
            return .failed(reason: "a name in it is too long")
        }
        let path = "\(directory)/capsule-\(capsule.place)"
        do throws(FileContent.Fault) { try FileContent.replace(path, by: content) } catch {
            return .failed(reason: error.reason)
        }
        written.count += 1
        written.bytes += content.count
        return .written(path: path)
    }
}

/// What an operation depends on: its contents are not in one piece yet.
struct CapsuleHistory: Sendable {
    fileprivate var context: [Capsule.Update] = []
    fileprivate var shared: [(position: Position, version: SharedVersion, content: SharedContent)] =
        []

    /// By ascending position.
    var updates: [Capsule.Update] {
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
    func history(before position: Position, reads: SlotSet) -> CapsuleHistory? {
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
