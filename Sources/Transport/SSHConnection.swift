import CLibSSH

/// A host over SSH.
///
/// Safe because: `session`, and everything that libssh hangs on it, is touched only under `lock`.
final class SSHConnection: HostConnection, @unchecked Sendable {
    let host: String
    private let session: SSHSession
    /// Recursive: a channel that could not be opened closes itself while the lock is held.
    private let lock = SystemLock()

    /// How long the start of a command may take.
    private static let openMax: Duration = .seconds(30)

    init(
        to destination: SSHDestination, host: String, timeLimit: Duration
    ) throws(TransportError) {
        self.host = host
        session = try SSHSession(host: host)
        var options = SSHOptions(session, destination: destination)
        try options.apply()
        let settled = options
        let session = session
        let key = settled.proxy ?? "\(settled.address) \(settled.port)"
        try HandshakeGate.shared.pass(key) { () throws(TransportError) in
            let limit = settled.configuration.connectTimeout ?? timeLimit
            let handshake = SSHHandshake(
                session: session, options: settled, deadline: .now + limit)
            try handshake.perform()
        }
    }

    func open(_ command: [String]) throws(TransportError) -> any HostChannel {
        try locked { session throws(TransportError) in
            let line = shellQuoted(command)
            guard session.isAlive else {
                throw .lost(host: host, reason: session.errorText)
            }
            let channel = try SSHChannel(self, session: session, command: line)
            try channel.start(line, session: session, deadline: .now + Self.openMax)
            return channel
        }
    }

    func close() {
        locked { $0.close() }
    }

    /// Gives one thread at a time the session.
    func locked<Value, Failure: Error>(
        _ body: (SSHSession) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        lock.lock()
        defer { lock.unlock() }
        return try body(session)
    }
}
