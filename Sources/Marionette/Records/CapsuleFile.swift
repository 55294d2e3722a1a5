import Driving
import RunRecords
import Scheduling
import Synchronization

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
