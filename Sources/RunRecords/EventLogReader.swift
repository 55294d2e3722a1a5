import JSONCoding

/// The events of a log, as far as it is written.
///
/// A line that is torn (the master was killed in the middle of it, or is writing it; the disk was
/// full) is left out, and so is one of an event that this version does not know.
public struct EventLogReader: Sequence, IteratorProtocol {
    private var rest: ArraySlice<UInt8>

    /// - Parameter log: the file's bytes.
    public init(_ log: some Collection<UInt8>) { rest = ArraySlice(log) }

    /// - Throws: `eventLogUnreadable`.
    public init(path: String) throws(RunRecordsError) {
        do throws(FileContent.Fault) {
            self.init(try FileContent.read(path))
        } catch {
            throw .eventLogUnreadable(path: path, reason: error.reason)
        }
    }

    /// nil: there are no more whole lines.
    public mutating func next() -> RunEvent? {
        // Without its newline a line may be torn, whatever it looks like.
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            let line = rest[rest.startIndex..<end]
            rest = rest[rest.index(after: end)...]
            if let event = try? JSONReader.read(RunEvent.self, from: line) { return event }
        }
        return nil
    }
}
