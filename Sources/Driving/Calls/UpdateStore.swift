import Scheduling

/// The contents of a run's updates: every host that joins is told those that still matter.
package struct UpdateStore {
    package enum Update {
        case context(procedure: UInt32, arguments: [UInt8], any CallSink)
        case shared(slot: Int, SharedContent)
    }

    /// What a host is told; the bytes of shared data are kept apart, because they go only where
    /// they are read.
    package enum Message {
        case context(procedure: UInt32, arguments: [UInt8])
        case shared(SharedVersion)
    }

    private var messages: [Position: Message] = [:]
    private var sinks: [Position: any CallSink] = [:]
    private var contents: [SharedVersion: SharedContent] = [:]
    private var versions: [Int: UInt64] = [:]

    package private(set) var last: Position = 0
    /// Of what a host that joins is sent.
    package private(set) var contextBytes = 0
    /// Of the versions that can still be read.
    package private(set) var sharedBytes = 0

    /// Why there is no room for one more.
    package func refusal(of update: Update, _ interface: InterfaceDescription) -> RunError? {
        switch update {
        case .context(let procedure, let arguments, _):
            guard contextBytes + Self.size(of: arguments) > DrivingLimits.contextMax else {
                return nil
            }
            return .contextTooLarge(
                operation: interface.name(of: procedure), bytes: contextBytes,
                limit: DrivingLimits.contextMax)
        case .shared(let slot, let content):
            // The newest version replaces the one before, though maybe not at once.
            guard sharedBytes > 0, sharedBytes + content.size > DrivingLimits.sharedVersionsMax
            else { return nil }
            return .sharedTooLarge(
                variable: interface.shared[slot], bytes: sharedBytes + content.size,
                limit: DrivingLimits.sharedVersionsMax)
        }
    }

    /// With what remembering it takes.
    private static func size(of arguments: [UInt8]) -> Int { arguments.count + 128 }

    /// Takes the next position.
    package mutating func append(_ update: Update) -> Change {
        last += 1
        switch update {
        case .context(let procedure, let arguments, let sink):
            messages[last] = .context(procedure: procedure, arguments: arguments)
            sinks[last] = sink
            contextBytes += Self.size(of: arguments)
            return .context(procedure: procedure)
        case .shared(let slot, let content):
            versions[slot, default: 0] += 1
            let version = SharedVersion(slot: slot, version: versions[slot] ?? 1)
            messages[last] = .shared(version)
            contents[version] = content
            sharedBytes += content.size
            return .shared(version, bytes: UInt64(content.size))
        }
    }

    /// What the journal is told of the latest update.
    package func note(on update: Update, _ interface: InterfaceDescription) -> JournalNote {
        switch update {
        case .context(let procedure, let arguments, _):
            .update(last, name: interface.name(of: procedure), bytes: arguments)
        case .shared(let slot, let content):
            .update(last, name: interface.shared[slot], bytes: content.bytes)
        }
    }

    /// nil where the program made no such update, or where a later one replaces it.
    package func message(_ position: Position) -> Message? { messages[position] }

    /// By ascending position, those that no later one replaces for operations there.
    package func messages(upTo position: Position) -> [(Position, Message)] {
        messages.filter { $0.key <= position }.sorted { $0.key < $1.key }.map { ($0, $1) }
    }

    package func content(_ version: SharedVersion) -> SharedContent? { contents[version] }

    package mutating func forget(_ version: SharedVersion) {
        guard let content = contents.removeValue(forKey: version) else {
            preconditionFailure("a version is forgotten twice")
        }
        sharedBytes -= content.size
    }

    package mutating func forget(_ position: Position) {
        guard case .context(_, let arguments) = messages.removeValue(forKey: position)
        else { return }
        contextBytes -= Self.size(of: arguments)
    }

    /// Who waits for the update, once.
    package mutating func takeSink(_ position: Position) -> (any CallSink)? {
        sinks.removeValue(forKey: position)
    }

    package mutating func takeAllSinks() -> [any CallSink] {
        defer { sinks = [:] }
        return Array(sinks.values)
    }
}
