import JSONCoding
import RunRecords
import Scheduling

/// Appends a run's events to its file: whole lines, many in one write, so that a reader beside it
/// sees lines only. A master that is killed in the middle of a write can tear the last line;
/// readers leave that out.
///
/// Events are rare and are written in the round in which they happen. Operations may end by the
/// hundred thousand each second: they gather on lines of many (`OperationLine`), which are written
/// after a tenth of a second at the latest.
struct EventLog {
    /// nil: the events go nowhere.
    private let file: LogFile?
    private var waiting: [UInt8] = []
    private var line = OperationLine()
    /// An event waits, not operations alone.
    private var isUrgent = false
    /// The time of the latest line.
    private var time = 0.0
    /// When operations that wait are written at the latest.
    private(set) var nextFlush: Instant?

    init(file: LogFile?) { self.file = file }

    mutating func append(_ event: RunEvent) {
        guard file != nil, let text = try? JSONWriter.text(event) else { return }
        line.close(into: &waiting)
        waiting.append(contentsOf: text)
        waiting.append(UInt8(ascii: "\n"))
        isUrgent = true
        time = event.t
    }

    /// One operation that ended; `names` are JSON strings, asked for where a line begins.
    mutating func append(
        _ end: OperationEnd, _ key: OperationLine.Key, _ now: Instant,
        _ names: () -> OperationLine.Names
    ) {
        guard file != nil else { return }
        line.append(end, key, names, into: &waiting)
        if nextFlush == nil { nextFlush = now.advanced(by: RunLimits.eventLogDelay) }
    }

    /// Hands over what is due.
    mutating func flush(_ now: Instant) {
        let isDue = nextFlush.map { now >= $0 } ?? false
        guard isUrgent || isDue || waiting.count >= RunLimits.eventLogBuffer else { return }
        flush()
    }

    mutating func flush() {
        line.close(into: &waiting)
        isUrgent = false
        nextFlush = nil
        guard !waiting.isEmpty else { return }
        file?.append(waiting, at: time)
        waiting = []
        waiting.reserveCapacity(RunLimits.eventLogBuffer / 4)
    }

    /// Returns when everything is written.
    mutating func finish() {
        flush()
        file?.finish(at: time)
    }

    /// Why the log is not complete, once.
    func takeFault() -> String? { file?.takeFault() }
}
