import Scheduling

/// What became of an operation's capsule.
public enum CapsuleRecord: Hashable, Sendable {
    case written(path: String)
    case failed(reason: String)
    /// The run leaves no record at all.
    case unwanted
}

/// The capsules that one run writes into its record, no more of them than its limits allow.
struct CapsuleFiles {
    private let directory: String
    private var count = 0
    private var bytes = 0

    /// - Parameter directory: empty: none are written.
    init(directory: String) { self.directory = directory }

    mutating func write(_ capsule: @autoclosure () -> Capsule?) -> CapsuleRecord {
        guard !directory.isEmpty else { return .unwanted }
        guard count < RunLimits.capsulesMax else {
            return .failed(reason: "the run has written \(count), which is the limit")
        }
        guard let capsule = capsule() else { return .failed(reason: "an update is gone") }
        guard capsule.size <= RunLimits.capsuleMax - bytes else {
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
        count += 1
        bytes += content.count
        return .written(path: path)
    }
}

extension Capsule {
    /// Reads a capsule that may come from anybody.
    ///
    /// - Throws: `capsuleUnreadable`.
    public init(contentsOf path: String) throws(RunError) {
        do {
            let bytes = try FileContent.read(path, atMost: RunLimits.capsuleMax)
            try self.init(bytes: bytes)
        } catch {
            let fault = error as? FileContent.Fault
            throw .capsuleUnreadable(path: path, reason: fault?.reason ?? "\(error)")
        }
    }

    /// About as many bytes as the file has, before it is made.
    fileprivate var size: Int {
        updates.reduce(arguments.count) { sum, update in
            switch update.change {
            case .context(_, let arguments): sum + arguments.count + 32
            case .shared(_, _, let bytes): sum + bytes.count + 32
            }
        }
    }
}

extension UpdateStore {
    /// What an operation at the position depends on; nil where something of it is gone.
    func history(before position: Position, reads: SlotSet) -> [Capsule.Update]? {
        var history: [Capsule.Update] = []
        var latest: [Int: (position: Position, version: UInt64)] = [:]
        for (place, message) in messages(upTo: position) {
            switch message {
            case .context(let procedure, let arguments):
                let change = Capsule.Update.Change.context(
                    procedure: procedure, arguments: arguments)
                history.append(Capsule.Update(position: place, change: change))
            case .shared(let shared):
                latest[shared.slot] = (place, shared.version)
            }
        }
        for slot in reads {
            // A variable that the program never wrote has no content.
            guard let (place, version) = latest[slot] else { continue }
            guard let bytes = content(SharedVersion(slot: slot, version: version))?.bytes else {
                return nil
            }
            let change = Capsule.Update.Change.shared(
                slot: UInt32(slot), version: version, bytes: bytes)
            history.append(Capsule.Update(position: place, change: change))
        }
        return history.sorted { $0.position < $1.position }
    }
}
