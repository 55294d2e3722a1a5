import Glibc

/// The events of a log that may still grow, a piece at a time.
public struct EventLogTail: ~Copyable {
    private let path: String
    private let file: Int32
    /// The beginning of a line whose end is not written yet.
    private var begun: [UInt8] = []

    private static let pieceMax = 1 << 20

    /// - Throws: `eventLogUnreadable`.
    public init(path: String) throws(RunRecordsError) {
        file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        self.path = path
        guard file >= 0 else {
            throw .eventLogUnreadable(path: path, reason: FileContent.Fault.last().reason)
        }
    }

    deinit { close(file) }

    /// The events of the next MiB; nil: nothing was added since the last call.
    ///
    /// - Throws: `eventLogUnreadable`.
    public mutating func next() throws(RunRecordsError) -> [RunEvent]? {
        var piece = [UInt8](repeating: 0, count: Self.pieceMax)
        var count = read(file, &piece, piece.count)
        while count < 0, errno == EINTR { count = read(file, &piece, piece.count) }
        guard count >= 0 else {
            throw .eventLogUnreadable(path: path, reason: FileContent.Fault.last().reason)
        }
        guard count > 0 else { return nil }
        begun += piece.prefix(count)
        let whole = begun.lastIndex(of: UInt8(ascii: "\n")).map { begun[...$0] } ?? []
        let events = Array(EventLogReader(whole))
        begun.removeFirst(whole.count)
        return events
    }
}
