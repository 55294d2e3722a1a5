import Foundation
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
        if let reason = Self.write(content, to: path) { return .failed(reason: reason) }
        count += 1
        bytes += content.count
        return .written(path: path)
    }

    /// Readable by its user alone; there is a whole file under that name, or none. Returns why.
    private static func write(_ content: [UInt8], to path: String) -> String? {
        let temporary = path + ".new"
        unlink(temporary)
        let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { return String(cString: strerror(errno)) }
        var isWhole = content.write(to: file) == content.count && fsync(file) == 0
        var fault = errno
        close(file)
        if isWhole, rename(temporary, path) != 0 { (isWhole, fault) = (false, errno) }
        guard !isWhole else { return nil }
        unlink(temporary)
        return String(cString: strerror(fault))
    }
}

extension Capsule {
    /// Reads a capsule that may come from anybody.
    ///
    /// - Throws: `capsuleUnreadable`.
    public init(contentsOf path: String) throws(RunError) {
        let bytes = try Self.content(of: path)
        do throws(CapsuleFault) { try self.init(bytes: bytes) } catch {
            throw .capsuleUnreadable(path: path, reason: "\(error)")
        }
    }

    private static func content(of path: String) throws(RunError) -> [UInt8] {
        // A pipe under that name shall not hold us up.
        let file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else {
            throw .capsuleUnreadable(path: path, reason: String(cString: strerror(errno)))
        }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw .capsuleUnreadable(path: path, reason: "it is no file")
        }
        guard status.st_size <= RunLimits.capsuleMax else {
            throw .capsuleUnreadable(path: path, reason: "it is larger than a capsule can be")
        }
        var content = [UInt8](repeating: 0, count: Int(status.st_size))
        var done = 0
        while done < content.count {
            let count = content.withUnsafeMutableBytes {
                read(file, $0.baseAddress! + done, $0.count - done)
            }
            if count < 0, errno == EINTR { continue }
            // Shorter than it was: what is missing is found by the digest.
            guard count > 0 else { break }
            done += count
        }
        return content
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
