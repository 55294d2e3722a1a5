import Synchronization

/// A command whose shell marks where it begins: what the shell printed before is taken out of its
/// streams.
final class MarkedChannel: HostChannel {
    private struct State {
        var output: Prelude
        var errors: Prelude
    }

    private let channel: any HostChannel
    private let host: String
    /// What gives the shell; nil: the host's login does.
    private let command: String?
    private let state: Mutex<State>
    /// The stream comes from the command alone by now.
    private let isOutputClear = Atomic<Bool>(false)
    private let areErrorsClear = Atomic<Bool>(false)

    init(_ channel: any HostChannel, host: String, mark: StartMark, command: String? = nil) {
        self.channel = channel
        self.host = host
        self.command = command
        state = Mutex(State(output: Prelude(until: mark.line), errors: Prelude(until: mark.line)))
    }

    var pollDescriptors: [PollDescriptor] {
        if isOutputClear.load(ordering: .acquiring), areErrorsClear.load(ordering: .acquiring) {
            return channel.pollDescriptors
        }
        let isRestHeld = state.withLock { !$0.output.rest.isEmpty || !$0.errors.rest.isEmpty }
        guard isRestHeld else { return channel.pollDescriptors }
        let descriptor = AlwaysReadable.descriptor
        return [PollDescriptor(descriptor: descriptor, wantsRead: true, wantsWrite: false)]
    }

    func receive(
        _ stream: ChannelStream, into buffer: UnsafeMutableRawBufferPointer
    ) throws(TransportError) -> Received {
        switch stream {
        case .output:
            if isOutputClear.load(ordering: .acquiring) { break }
            return try receive(stream, \.output, into: buffer, isClear: isOutputClear)
        case .errors:
            if areErrorsClear.load(ordering: .acquiring) { break }
            return try receive(stream, \.errors, into: buffer, isClear: areErrorsClear)
        }
        return try channel.receive(stream, into: buffer)
    }

    private func receive(
        _ stream: ChannelStream, _ path: WritableKeyPath<State, Prelude> & Sendable,
        into buffer: UnsafeMutableRawBufferPointer, isClear: borrowing Atomic<Bool>
    ) throws(TransportError) -> Received {
        nonisolated(unsafe) let buffer = buffer  // Safe because: the lock's body does not keep it.
        let received: Received? = try state.withLock { state throws(TransportError) in
            while !state[keyPath: path].isOver {
                switch try channel.receive(stream, into: buffer) {
                case .wouldBlock: return .wouldBlock
                case .ended where stream == .errors: state[keyPath: path].giveUp()
                case .ended: throw fault(.ended(channel.ending), &state)
                case .bytes(let count):
                    state[keyPath: path].append(buffer[..<count])
                    if state[keyPath: path].isTooLong { throw fault(.noisy, &state) }
                }
            }
            guard !state[keyPath: path].rest.isEmpty else { return nil }
            return .bytes(state[keyPath: path].takeRest(into: buffer))
        }
        if let received { return received }
        isClear.store(true, ordering: .releasing)
        return try channel.receive(stream, into: buffer)
    }

    /// Why there will be no command, with the words that came instead.
    private func fault(_ kind: ShellFault.Kind, _ state: inout State) -> TransportError {
        let piece = PieceBuffer(size: 4 << 10)
        while !state.errors.isOver, !state.errors.isTooLong,
            case .bytes(let count)? = try? channel.receive(.errors, into: piece.bytes)
        {
            state.errors.append(piece.bytes[..<count])
        }
        let lines = state.output.text.lines + state.errors.text.lines
        // Why something ended is said last; what prints without end began with it.
        let words = kind == .noisy ? lines.prefix(1) : lines.suffix(ShellFault.wordsMax)
        return .shellFailed(
            host: host, ShellFault(kind: kind, command: command, words: Array(words)))
    }

    var prelude: ChannelPrelude {
        state.withLock { state in
            ChannelPrelude(
                output: state.output.isOver ? state.output.text.lines : [],
                errors: state.errors.isOver ? state.errors.text.lines : [])
        }
    }

    func send(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int {
        try channel.send(bytes)
    }

    func closeInput() { channel.closeInput() }

    var ending: ChannelEnding? { channel.ending }

    func close() { channel.close() }
}
