import CLibSSH
import Glibc

/// A command over SSH.
///
/// libssh keeps what arrives, and the SSH window bounds that; its data callback takes nothing and
/// notes only how much is there, so that every loop knows without asking the socket again.
///
/// Safe because: all that varies is touched only under the connection's lock.
final class SSHChannel: HostChannel, @unchecked Sendable {
    private let connection: SSHConnection
    private let command: String
    private let channel: ssh_channel
    private let callbacks: UnsafeMutablePointer<ssh_channel_callbacks_struct>

    /// Bytes that libssh holds, by stream.
    private var outputHeld = 0
    private var errorsHeld = 0
    private var told: ChannelEnding?
    private var isRemoteEnded = false
    private var isClosed = false
    private var isInputClosed = false
    /// The host has no room for another session.
    private(set) var isRefused = false

    /// The most that one `send` hands over, so that libssh's own queue stays small.
    private static let sendMax = 256 << 10

    init(_ connection: SSHConnection, session: SSHSession, command: String)
        throws(TransportError)
    {
        guard let channel = ssh_channel_new(session.session) else {
            throw .commandFailed(
                host: session.host, command: command, reason: session.errorText)
        }
        self.connection = connection
        self.command = command
        self.channel = channel
        callbacks = .allocate(capacity: 1)
        callbacks.initialize(to: ssh_channel_callbacks_struct())
        installCallbacks()
    }

    deinit {
        close()
        callbacks.deinitialize(count: 1)
        callbacks.deallocate()
    }

    /// Needs the lock, as all of `SSHSession` does.
    func start(
        _ line: String, session: SSHSession, deadline: ContinuousClock.Instant
    ) throws(TransportError) {
        let late = TransportError.commandFailed(
            host: session.host, command: command, reason: "no answer in time")
        let opened = try session.complete(until: deadline, again: SSH_AGAIN, late: late) {
            ssh_channel_open_session(channel)
        }
        guard opened == SSH_OK else {
            guard session.isAlive else {
                release(session)
                throw .lost(host: session.host, reason: session.errorText)
            }
            isRefused = true
            release(session)
            throw .noRoom(host: session.host, command: command)
        }
        let started = try session.complete(until: deadline, again: SSH_AGAIN, late: late) {
            ssh_channel_request_exec(channel, line)
        }
        guard started == SSH_OK else {
            release(session)
            throw session.isAlive
                ? .commandFailed(host: session.host, command: command, reason: session.errorText)
                : .lost(host: session.host, reason: session.errorText)
        }
    }

    var pollDescriptors: [PollDescriptor] {
        connection.locked { session in
            if isClosed { return [] }
            guard session.isAlive, outputHeld == 0, errorsHeld == 0 else {
                let descriptor = AlwaysReadable.descriptor
                return [PollDescriptor(descriptor: descriptor, wantsRead: true, wantsWrite: false)]
            }
            if isEnded(.output), isEnded(.errors), told != nil { return [] }
            return [session.pollDescriptor]
        }
    }

    func receive(
        _ stream: ChannelStream, into buffer: UnsafeMutableRawBufferPointer
    ) throws(TransportError) -> Received {
        try connection.locked { session throws(TransportError) in
            if isClosed { return .ended }
            try checkOpen(session)
            if held(stream) == 0 { session.pump() }
            if held(stream) == 0 {
                if isEnded(stream) { return .ended }
                guard session.isAlive else {
                    throw .lost(host: session.host, reason: session.errorText)
                }
                return .wouldBlock
            }
            let count = ssh_channel_read_timeout(
                channel, buffer.baseAddress, UInt32(clamping: min(buffer.count, held(stream))),
                stream == .errors ? 1 : 0, 0)
            guard count > 0 else {
                throw .lost(host: session.host, reason: session.errorText)
            }
            note(stream, held: held(stream) - Int(count))
            return .bytes(Int(count))
        }
    }

    func send(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int {
        try connection.locked { session throws(TransportError) in
            if isClosed || isInputClosed || isRemoteEnded { return bytes.count }
            try checkOpen(session)
            // ssh_channel_write queues without bound: one piece may wait for the socket, no more.
            if session.isWritePending { session.pump() }
            if ssh_channel_window_size(channel) == 0 { session.pump() }
            guard session.isAlive else {
                throw .lost(host: session.host, reason: session.errorText)
            }
            if ssh_channel_is_closed(channel) != 0 { return bytes.count }
            if session.isWritePending { return 0 }
            let room = min(Int(ssh_channel_window_size(channel)), bytes.count, Self.sendMax)
            if room == 0 { return 0 }
            let count = ssh_channel_write(channel, bytes.baseAddress, UInt32(room))
            guard count >= 0 else {
                throw .lost(host: session.host, reason: session.errorText)
            }
            return Int(count)
        }
    }

    func closeInput() {
        connection.locked { session in
            if isClosed || isInputClosed || !session.isAlive { return }
            isInputClosed = true
            ssh_channel_send_eof(channel)
        }
    }

    var ending: ChannelEnding? {
        connection.locked { session in
            if told == nil, !isClosed { session.pump() }
            if let told { return told }
            return isRemoteEnded || isClosed || !session.isAlive ? .untold : nil
        }
    }

    func close() {
        connection.locked { release($0) }
    }

    private func release(_ session: SSHSession) {
        if isClosed { return }
        isClosed = true
        // A session that was closed or freed has freed its channels.
        guard session.isOpen else { return }
        ssh_remove_channel_callbacks(channel, callbacks)
        // sshd ends the connection of a client that closes a channel it was refused.
        if session.isAlive, !isRefused { ssh_channel_close(channel) }
        ssh_channel_free(channel)
    }

    /// Once the session is closed, libssh has freed the channel: nothing may be asked of it.
    private func checkOpen(_ session: SSHSession) throws(TransportError) {
        if !session.isOpen { throw .lost(host: session.host, reason: "it was closed here") }
    }

    private func held(_ stream: ChannelStream) -> Int {
        stream == .output ? outputHeld : errorsHeld
    }

    private func note(_ stream: ChannelStream, held: Int) {
        if stream == .output { outputHeld = held } else { errorsHeld = held }
    }

    private func isEnded(_ stream: ChannelStream) -> Bool {
        isClosed || held(stream) == 0 && (isRemoteEnded || ssh_channel_is_eof(channel) != 0)
    }

    // MARK: - What libssh calls, under the lock that the calling function holds

    private func installCallbacks() {
        // `ssh_callbacks_init` is a macro that Swift does not see.
        callbacks.pointee.size = MemoryLayout<ssh_channel_callbacks_struct>.size
        callbacks.pointee.userdata = Unmanaged.passUnretained(self).toOpaque()
        callbacks.pointee.channel_data_function = { _, _, _, count, isErrors, channel in
            SSHChannel.of(channel)?.note(isErrors == 0 ? .output : .errors, held: Int(count))
            return 0
        }
        callbacks.pointee.channel_exit_status_function = { _, _, status, channel in
            SSHChannel.of(channel)?.told = .exited(status: status)
        }
        callbacks.pointee.channel_exit_signal_function = { _, _, signal, _, _, _, channel in
            let name = signal.map { String(cString: $0) } ?? "UNKNOWN"
            SSHChannel.of(channel)?.told = .signalled(name: name)
        }
        callbacks.pointee.channel_close_function = { _, _, channel in
            SSHChannel.of(channel)?.isRemoteEnded = true
        }
        ssh_set_channel_callbacks(channel, callbacks)
    }

    private static func of(_ pointer: UnsafeMutableRawPointer?) -> SSHChannel? {
        guard let pointer else { return nil }
        return Unmanaged<SSHChannel>.fromOpaque(pointer).takeUnretainedValue()
    }
}
