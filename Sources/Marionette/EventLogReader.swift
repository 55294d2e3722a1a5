import Foundation

/// The events of a log, as far as it is written.
///
/// A line that is torn (the master was killed in the middle of it, or is writing it; the disk was
/// full) is left out, and so is one of an event that this version does not know.
public struct EventLogReader: Sequence, IteratorProtocol {
    private var rest: Data
    private let decoder = JSONDecoder()

    public init(_ log: Data) { rest = log }

    public init(path: String) throws(RunError) {
        do {
            self.init(try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe))
        } catch {
            let isMissing = (error as? CocoaError)?.code == .fileReadNoSuchFile
            throw .eventLogUnreadable(
                path: path, reason: isMissing ? "no such file" : error.localizedDescription)
        }
    }

    public mutating func next() -> RunEvent? {
        // Without its newline a line may be torn, whatever it looks like.
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            let line = rest[rest.startIndex..<end]
            rest = rest[rest.index(after: end)...]
            if let event = try? decoder.decode(RunEvent.self, from: line) { return event }
        }
        return nil
    }
}
