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
                case .ended: throw ended(&state)
                case .bytes(let count):
                    state[keyPath: path].append(buffer[..<count])
                    guard state[keyPath: path].isTooLong else { break }
                    guard stream == .errors else { throw fault(.noisy, &state) }
                    state[keyPath: path].shorten()
                }
            }
            guard !state[keyPath: path].rest.isEmpty else { return nil }
            return .bytes(state[keyPath: path].takeRest(into: buffer))
        }
        if let received { return received }
        isClear.store(true, ordering: .releasing)
        return try channel.receive(stream, into: buffer)
    }

    /// Tells the shell what to become, and waits until it does.
    func begin(
        _ line: String, within limit: Duration, unless cancellation: Cancellation
    ) throws(TransportError) {
        let clock = ContinuousClock()
        let deadline = clock.now + limit
        let bytes = Array(line.utf8)
        var sent = 0
        while true {
            while sent < bytes.count {
                let count = try bytes.withUnsafeBufferPointer { all throws(TransportError) in
                    try channel.send(
                        UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(all)[sent...]))
                }
                if count == 0 { break }
                sent += count
            }
            let isBegun = try state.withLock { state throws(TransportError) in
                listen(&state)
                try search(&state)
                guard !cancellation.isCancelled else { throw .cancelled(host: host) }
                guard state.output.isOver || clock.now < deadline else {
                    throw fault(.late(seconds: limit.wholeSeconds), &state)
                }
                return state.output.isOver
            }
            if isBegun { return }
            cancellation.wait(for: channel.pollDescriptors, atMost: deadline - clock.now)
        }
    }

    /// Looks for the mark in what the output has.
    private func search(_ state: inout State) throws(TransportError) {
        let piece = PieceBuffer(size: 4 << 10)
        while !state.output.isOver {
            switch try channel.receive(.output, into: piece.bytes) {
            case .wouldBlock: return
            case .ended: throw ended(&state)
            case .bytes(let count):
                state.output.append(piece.bytes[..<count])
                if state.output.isTooLong { throw fault(.noisy, &state) }
            }
        }
    }

    /// Reads what there is of the errors. Who never stops writing there waits for the next time.
    private func listen(_ state: inout State) {
        let piece = PieceBuffer(size: 4 << 10)
        for _ in 0..<64 where !state.errors.isOver {
            guard case .bytes(let count)? = try? channel.receive(.errors, into: piece.bytes) else {
                return
            }
            state.errors.append(piece.bytes[..<count])
            state.errors.shorten()
        }
    }

    /// The output ended. A command of ours has a little time to say how, and why.
    private func ended(_ state: inout State) -> TransportError {
        let clock = ContinuousClock()
        let deadline = clock.now + Self.endingMax
        while command != nil, channel.ending == nil, clock.now < deadline {
            listen(&state)
            poll([], for: .milliseconds(2))
        }
        return fault(.ended(channel.ending), &state)
    }

    private static let endingMax: Duration = .milliseconds(500)

    /// Why there will be no command, with the words that came instead.
    private func fault(_ kind: ShellFault.Kind, _ state: inout State) -> TransportError {
        listen(&state)
        let lines = state.output.text.lines + state.errors.text.lines
        // Why something ended is said last; what prints without end began with it.
        let words = kind == .noisy ? lines.prefix(1) : lines.suffix(ShellFault.wordsMax)
        return .shellFailed(
            host: host, ShellFault(kind: kind, command: command, words: Array(words)))
    }

    var prelude: ChannelPrelude? {
        state.withLock { state in
            guard state.output.isOver, state.errors.isOver else { return nil }
            return ChannelPrelude(
                output: state.output.text.lines, errors: state.errors.text.lines)
        }
    }

    func send(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int {
        try channel.send(bytes)
    }

    func closeInput() { channel.closeInput() }

    var ending: ChannelEnding? { channel.ending }

    func close() { channel.close() }
}
