import Glibc
import Synchronization

/// This machine as a host: each command is a process of ours in a process group of its own.
final class LocalConnection: HostConnection {
    let host: String
    /// How long a command has, after it was hung up, until it is killed.
    fileprivate let hangUpLimit: Duration
    private let channels = Mutex<[WeakChannel]>([])

    init(host: String, hangUpLimit: Duration) {
        self.host = host
        self.hangUpLimit = hangUpLimit
    }

    deinit { close() }

    func open(_ command: [String]) throws(TransportError) -> any HostChannel {
        let child: ChildProcess
        do { child = try ChildProcess.start(ChildLimits.restored(command)) } catch {
            throw .commandFailed(
                host: host, command: shellQuoted(command), reason: lastErrorText(error.code))
        }
        let channel = LocalChannel(child, of: self)
        channels.withLock { list in
            list.removeAll { $0.channel == nil }
            list.append(WeakChannel(channel: channel))
        }
        return channel
    }

    func close() {
        let open = channels.withLock { list in
            defer { list = [] }
            return list.compactMap(\.channel)
        }
        for channel in open { channel.close() }
    }

    private struct WeakChannel: Sendable { weak let channel: LocalChannel? }
}

/// A local command's streams and its end.
final class LocalChannel: HostChannel {
    private struct State {
        var child: ChildProcess
        var ending: ChannelEnding?
        /// The last `send` found no room.
        var isFull = false
    }

    /// Kept, as a channel over SSH keeps its connection: dropping it would close the channel.
    private let connection: LocalConnection
    private let state: Mutex<State>

    init(_ child: ChildProcess, of connection: LocalConnection) {
        self.connection = connection
        state = Mutex(State(child: child))
    }

    deinit { close() }

    var pollDescriptors: [PollDescriptor] {
        state.withLock { state in
            var list: [PollDescriptor] = []
            for descriptor in [state.child.output, state.child.errors] where descriptor >= 0 {
                list.append(
                    PollDescriptor(descriptor: descriptor, wantsRead: true, wantsWrite: false))
            }
            if state.isFull, state.child.input >= 0 {
                list.append(
                    PollDescriptor(
                        descriptor: state.child.input, wantsRead: false, wantsWrite: true))
            }
            return list
        }
    }

    func receive(
        _ stream: ChannelStream, into buffer: UnsafeMutableRawBufferPointer
    ) throws(TransportError) -> Received {
        let path: WritableKeyPath<ChildProcess, Int32> & Sendable =
            switch stream {
            case .output: \.output
            case .errors: \.errors
            }
        nonisolated(unsafe) let buffer = buffer  // Safe because: the lock's body does not keep it.
        return state.withLock { state in
            let descriptor = state.child[keyPath: path]
            guard descriptor >= 0 else { return .ended }
            let count = read(descriptor, buffer.baseAddress, buffer.count)
            if count > 0 { return .bytes(count) }
            if count < 0, errno == EAGAIN || errno == EINTR { return .wouldBlock }
            Glibc.close(descriptor)
            state.child[keyPath: path] = -1
            return .ended
        }
    }

    func send(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int {
        nonisolated(unsafe) let bytes = bytes  // Safe because: the lock's body does not keep it.
        return state.withLock { state in
            guard state.child.input >= 0 else { return bytes.count }
            let flags = Int32(MSG_NOSIGNAL)
            let count = Glibc.send(state.child.input, bytes.baseAddress, bytes.count, flags)
            // Else whoever polls would be woken for room that nobody needs, again and again.
            state.isFull = false
            if count == bytes.count { return count }
            state.isFull = count >= 0 || errno == EAGAIN || errno == EINTR
            return state.isFull ? max(0, count) : bytes.count
        }
    }

    func closeInput() {
        state.withLock { state in
            if state.child.input >= 0 { Glibc.close(state.child.input) }
            state.child.input = -1
        }
    }

    var ending: ChannelEnding? {
        state.withLock { state in
            if state.ending == nil { state.ending = state.child.reap() }
            return state.ending
        }
    }

    func close() {
        state.withLock { state in
            for descriptor in [state.child.input, state.child.output, state.child.errors]
            where descriptor >= 0 {
                Glibc.close(descriptor)
            }
            (state.child.input, state.child.output, state.child.errors) = (-1, -1, -1)
            if state.ending == nil {
                state.ending = state.child.end(within: connection.hangUpLimit)
            }
        }
    }
}
