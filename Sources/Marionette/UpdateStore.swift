import Scheduling

/// The contents of a run's updates: every host that joins is told all of them.
struct UpdateStore {
    enum Update {
        case context(procedure: UInt32, arguments: [UInt8], any CallSink)
        case shared(slot: Int, bytes: [UInt8])
    }

    /// What a host is told; the bytes of shared data are kept apart, because they go only where
    /// they are read.
    enum Message {
        case context(procedure: UInt32, arguments: [UInt8])
        case shared(SharedVersion)
    }

    private var messages: [Message] = []
    private var sinks: [Position: any CallSink] = [:]
    private var contents: [SharedVersion: [UInt8]] = [:]
    private var versions: [Int: UInt64] = [:]

    var last: Position { Position(messages.count) }

    /// Takes the next position.
    mutating func append(_ update: Update) -> Change {
        switch update {
        case .context(let procedure, let arguments, let sink):
            messages.append(.context(procedure: procedure, arguments: arguments))
            sinks[last] = sink
            return .context(procedure: procedure)
        case .shared(let slot, let bytes):
            versions[slot, default: 0] += 1
            let version = SharedVersion(slot: slot, version: versions[slot] ?? 1)
            messages.append(.shared(version))
            contents[version] = bytes
            return .shared(version)
        }
    }

    /// nil where the program made no such update.
    func message(_ position: Position) -> Message? {
        guard position >= 1, position <= last else { return nil }
        return messages[Int(position) - 1]
    }

    func content(_ version: SharedVersion) -> [UInt8]? { contents[version] }

    mutating func forget(_ version: SharedVersion) { contents[version] = nil }

    /// Who waits for the update, once.
    mutating func takeSink(_ position: Position) -> (any CallSink)? {
        sinks.removeValue(forKey: position)
    }

    mutating func takeAllSinks() -> [any CallSink] {
        defer { sinks = [:] }
        return Array(sinks.values)
    }
}
