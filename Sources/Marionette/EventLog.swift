import Glibc
import JSONCoding
import Scheduling

/// Appends a run's events to its file: whole lines, many in one write, so that a reader beside it
/// sees lines only. A master that is killed in the middle of a write can tear the last line;
/// readers leave that out.
///
/// Events are rare and are written in the round in which they happen. Operations may end by the
/// hundred thousand each second: they gather on lines of many (`OperationLine`), which are written
/// after a tenth of a second at the latest.
struct EventLog: ~Copyable {
    private let descriptor: Int32
    private var waiting: [UInt8] = []
    private var line = OperationLine()
    /// An event waits, not operations alone.
    private var isUrgent = false
    /// A write ended within a line: the next one begins a new line.
    private var isTorn = false
    /// Why the first write failed that did; until it was taken.
    private var fault: String?
    private var isFaultTaken = false
    /// When operations that wait are written at the latest.
    private(set) var nextFlush: Instant?

    /// nil: the events go nowhere.
    init(path: String?) throws(RunError) {
        guard let path else {
            descriptor = -1
            return
        }
        let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            throw .eventLogUnwritable(path: path, reason: String(cString: strerror(errno)))
        }
        descriptor = file
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    mutating func append(_ event: RunEvent) {
        guard descriptor >= 0, let text = try? JSONWriter.text(event) else { return }
        line.close(into: &waiting)
        waiting.append(contentsOf: text)
        waiting.append(UInt8(ascii: "\n"))
        isUrgent = true
    }

    /// One operation that ended; `names` are JSON strings, asked for where a line begins.
    mutating func append(
        _ end: OperationEnd, _ key: OperationLine.Key, _ now: Instant,
        _ names: () -> OperationLine.Names
    ) {
        guard descriptor >= 0 else { return }
        line.append(end, key, names, into: &waiting)
        if nextFlush == nil { nextFlush = now.advanced(by: RunLimits.eventLogDelay) }
    }

    /// Writes what is due.
    mutating func flush(_ now: Instant) {
        let isDue = nextFlush.map { now >= $0 } ?? false
        guard isUrgent || isDue || waiting.count >= RunLimits.eventLogBuffer else { return }
        flush()
    }

    /// A disk that is full costs the log, never the run.
    mutating func flush() {
        line.close(into: &waiting)
        isUrgent = false
        nextFlush = nil
        guard !waiting.isEmpty else { return }
        if isTorn { waiting.insert(UInt8(ascii: "\n"), at: 0) }
        let written = waiting.write(to: descriptor)
        if written < waiting.count, fault == nil { fault = String(cString: strerror(errno)) }
        isTorn = written == 0 ? isTorn : waiting[written - 1] != UInt8(ascii: "\n")
        waiting.removeAll(keepingCapacity: true)
    }

    /// Why the log is not complete, once.
    mutating func takeFault() -> String? {
        guard !isFaultTaken, let fault else { return nil }
        isFaultTaken = true
        return fault
    }
}

extension [UInt8] {
    /// How many of them the file took: all, as long as its disk has room; else errno tells why.
    func write(to file: Int32) -> Int {
        withUnsafeBytes { bytes in
            var done = 0
            while done < bytes.count {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
                let count = Glibc.write(file, rest.baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { break }
                done += count
            }
            return done
        }
    }
}
