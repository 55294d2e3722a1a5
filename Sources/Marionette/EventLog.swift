import Foundation

/// Appends a run's events to its file: whole lines, each in one write, so that a reader beside it
/// and a crash both see lines only.
struct EventLog: ~Copyable {
    private let descriptor: Int32
    private let encoder = JSONEncoder()
    private var waiting = Data()

    /// nil: the events go nowhere.
    init(path: String?) throws(RunError) {
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
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
        guard descriptor >= 0, let line = try? encoder.encode(event) else { return }
        waiting.append(line)
        waiting.append(UInt8(ascii: "\n"))
    }

    /// A disk that is full costs the log, never the run.
    mutating func flush() {
        guard !waiting.isEmpty else { return }
        waiting.withUnsafeBytes { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let count = write(descriptor, rest.baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
        }
        waiting.removeAll(keepingCapacity: true)
    }
}
