import CLibSSH
import Glibc

/// One libssh session, and the only place that waits for it.
///
/// Everything here needs the connection's lock, and stands within `SSHLibrary.use`: a libssh call on
/// one session may run the callbacks of all its channels, and two threads in one session corrupt it.
final class SSHSession {
    let host: String
    let session: ssh_session
    /// nil before it is connected.
    private var socket: LentSocket?
    /// At the other end of `socket`, if that is not the host itself.
    private var proxy: SSHProxy?
    private var event: ssh_event?
    private(set) var isOpen = true
    /// The host, or a jump host, ended the connection before it had let anybody in, without a word.
    var isDropped = false

    private let cancellation: Cancellation

    init(host: String, cancellation: Cancellation) throws(TransportError) {
        guard let session = SSHLibrary.use({ ssh_new() }) else {
            throw .unreachable(host: host, reason: "out of memory")
        }
        self.host = host
        self.session = session
        self.cancellation = cancellation
    }

    deinit {
        SSHLibrary.use {
            close()
            ssh_free(session)
        }
        socket?.close()
    }

    /// Has libssh use a connected socket, which is closed with the session.
    private func use(_ descriptor: Int32) throws(TransportError) {
        guard let socket = LentSocket(descriptor) else {
            throw .unreachable(host: host, reason: lastErrorText())
        }
        self.socket = socket
        var descriptor = descriptor
        ssh_options_set(session, SSH_OPTIONS_FD, &descriptor)
    }

    /// What libssh says of the last error, on one line.
    var errorText: String {
        guard let text = ssh_get_error(UnsafeMutableRawPointer(session)) else { return "" }
        let line = String(cString: text).split(whereSeparator: \.isNewline).joined(separator: " ")
        return line.isEmpty ? "the connection was closed" : line
    }

    /// Whether the connection can carry more bytes.
    var isAlive: Bool {
        isOpen && ssh_is_connected(session) != 0
            && ssh_get_status(session) & (SSH_CLOSED | SSH_CLOSED_ERROR) == 0
    }

    var isWritePending: Bool { ssh_get_poll_flags(session) & SSH_WRITE_PENDING != 0 }

    private var descriptor: Int32 { socket?.anchor ?? ssh_get_fd(session) }

    var pollDescriptor: PollDescriptor {
        PollDescriptor(descriptor: descriptor, wantsRead: true, wantsWrite: isWritePending)
    }

    /// From here on `pump` drives the session.
    func startPumping() throws(TransportError) {
        guard let event = ssh_event_new() else {
            throw .unreachable(host: host, reason: "out of memory")
        }
        ssh_event_add_session(event, session)
        self.event = event
    }

    /// Reads and writes what the socket allows now; callbacks of channels run meanwhile.
    func pump() {
        guard isOpen, let event else { return }
        ssh_event_dopoll(event, 0)
        proxy?.listen()
    }

    /// Repeats a step until it no longer says `again`, and waits for the socket in between.
    ///
    /// - Parameter late: the error where `deadline` passes first.
    func complete(
        until deadline: ContinuousClock.Instant, again: Int32,
        late: @autoclosure () -> TransportError, _ step: () -> Int32
    ) throws(TransportError) -> Int32 {
        let clock = ContinuousClock()
        while true {
            acknowledgeAtOnce()
            let code = step()
            if code != again { return code }
            let rest = deadline - clock.now
            guard rest > .zero else { throw late() }
            guard !cancellation.isCancelled else { throw .cancelled(host: host) }
            proxy?.listen()
            let awaited = pollDescriptor
            SSHLibrary.pause { cancellation.wait(for: [awaited], atMost: rest) }
        }
    }

    /// A socket that is connected to the host.
    func connect(_ connecting: TCPConnecting) throws(TransportError) {
        let socket = try SSHLibrary.pause { () throws(TransportError) in
            try connecting.connect(host: host, cancellation: cancellation)
        }
        try use(socket)
    }

    /// The command of a proxy, which is connected to the host.
    func connect(through command: String) throws(TransportError) {
        let proxy: SSHProxy
        let descriptor: Int32
        do { (proxy, descriptor) = try SSHProxy.start(command) } catch {
            throw .unreachable(
                host: host,
                reason: "its proxy '\(command)' did not start: \(lastErrorText(error.code))")
        }
        self.proxy = proxy
        try use(descriptor)
    }

    /// What the proxy said last, line by line, for a connection that failed: it knows why. Empty: it
    /// said nothing, or there is none.
    func proxysWords() -> [String] {
        SSHLibrary.pause { proxy?.listenToTheEnd() }
        return proxy?.lastLines ?? []
    }

    /// The host's address in digits; nil where that is this machine's own loopback, or unknown.
    var peerAddress: String? {
        var address = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let descriptor = descriptor
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                getpeername(descriptor, name, &size) != 0
                    ? -1
                    : getnameinfo(
                        name, size, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
            }
        }
        guard code == 0 else { return nil }
        let name = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
        return name.hasPrefix("127.") || name == "::1" ? nil : name
    }

    /// Without this each small exchange with a server that leaves Nagle's algorithm on costs 40 ms.
    /// The kernel forgets the setting, so that it is made before each wait.
    private func acknowledgeAtOnce() {
        var isOn: Int32 = 1
        setsockopt(
            descriptor, SOL_TCP, TCP_QUICKACK, &isOn, socklen_t(MemoryLayout<Int32>.size))
    }

    func close() {
        guard isOpen else { return }
        isOpen = false
        if let event {
            ssh_event_remove_session(event, session)
            ssh_event_free(event)
        }
        event = nil
        ssh_disconnect(session)
        // The host must see the end now, even where the last packet found no room; and another
        // thread that polls the socket wakes.
        socket?.shutdown()
        SSHLibrary.pause { proxy?.end() }
        proxy = nil
    }
}
