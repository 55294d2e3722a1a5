import Driving
import Glibc
import JSONCoding
import RunRecords
import Synchronization

/// The file of an event log and the thread that writes it: a disk that is slow, or stands still, holds
/// up nobody. Lines wait in memory; beyond a limit they are left out, and a line tells how many.
///
/// The file is locked while it is open, and the kernel takes the lock away when the process ends in
/// whatever way: the record of a run that goes on is told by it.
final class LogFile: Sendable {
    private struct State {
        var waiting = 0
        /// Lines that were left out since the last one that was taken.
        var missing = 0
        /// A write ended within a line: the next one begins a new line.
        var isTorn = false
        /// Why the log is not complete; until it was taken.
        var fault: String?
        var isFaultTaken = false
    }

    private let descriptor: Int32
    private let waitingMax: Int
    private let writing: BackgroundJobs
    private let state = Mutex(State())

    /// - Parameter writing: one thread at most.
    init(
        path: String, writing: BackgroundJobs, waitingMax: Int = RunLimits.eventLogWaitingMax
    ) throws(RunError) {
        descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw .eventLogUnwritable(path: path, reason: String(cString: strerror(errno)))
        }
        // A file system without locks is no reason not to run.
        flock(descriptor, LOCK_EX | LOCK_NB)
        self.writing = writing
        self.waitingMax = waitingMax
    }

    deinit { close(descriptor) }

    /// Hands whole lines over; returns at once.
    func append(_ lines: [UInt8], at time: Double) {
        let gap: Int? = state.withLock { state in
            guard state.waiting + lines.count <= waitingMax else {
                state.missing += lines.count { $0 == UInt8(ascii: "\n") }
                state.fault = state.fault ?? "the disk takes it too slowly"
                return nil
            }
            state.waiting += lines.count
            defer { state.missing = 0 }
            return state.missing
        }
        guard let gap else { return }
        writing.add { [self] in
            write((gap > 0 ? Self.gap(gap, at: time) : []) + lines)
            state.withLock { $0.waiting -= lines.count }
        }
    }

    /// Waits until all is written, and what is missing at the end is told.
    func finish(at time: Double) {
        writing.wait()
        let missing = state.withLock { state in
            defer { state.missing = 0 }
            return state.missing
        }
        if missing > 0 { write(Self.gap(missing, at: time)) }
    }

    /// Why the log is not complete, once.
    func takeFault() -> String? {
        state.withLock { state in
            guard !state.isFaultTaken, let fault = state.fault else { return nil }
            state.isFaultTaken = true
            return fault
        }
    }

    private static func gap(_ count: Int, at time: Double) -> [UInt8] {
        let text = "\(count) \(count == 1 ? "line is" : "lines are") missing"
        let event = RunEvent(.gap(RunEvent.Gap(text: text)), at: time)
        return ((try? JSONWriter.text(event)) ?? []) + [UInt8(ascii: "\n")]
    }

    /// A disk that is full costs the log, never the run.
    private func write(_ lines: [UInt8]) {
        let isTorn = state.withLock { $0.isTorn }
        let bytes = isTorn ? [UInt8(ascii: "\n")] + lines : lines
        let written = bytes.write(to: descriptor)
        let reason = written < bytes.count ? String(cString: strerror(errno)) : nil
        state.withLock { state in
            state.fault = state.fault ?? reason
            if written > 0 { state.isTorn = bytes[written - 1] != UInt8(ascii: "\n") }
        }
    }
}
