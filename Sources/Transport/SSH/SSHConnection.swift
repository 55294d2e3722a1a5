import CLibSSH

/// A host over SSH.
///
/// Safe because: `session`, and everything that libssh hangs on it, is touched only under `lock`.
final class SSHConnection: HostConnection, @unchecked Sendable {
    let host: String
    private let session: SSHSession
    /// Recursive: a channel that could not be opened closes itself while the lock is held.
    private let lock = SystemLock()
    /// How often the thread that holds the lock has taken it.
    private var depth = 0

    /// How long the start of a command may take.
    private static let openMax: Duration = .seconds(30)

    /// - Parameter client: the ssh client, which is asked for the configuration.
    init(
        to destination: SSHDestination, host: String, client: String, timeLimit: Duration,
        cancellation: Cancellation
    ) throws(TransportError) {
        self.host = host
        try destination.check(host: host)
        let question = SSHQuestion(client: client, destination: destination, host: host)
        let answer = try question.ask(unless: cancellation)
        let session = try SSHSession(host: host, cancellation: cancellation)
        self.session = session
        let settings = SSHSettings(session: session, destination: destination)
        let (options, known) = try SSHLibrary.use { () throws(TransportError) in
            guard let answer else { return (try settings.read(), nil as KnownHosts?) }
            let options = try question.options(answer)
            guard let asked = options.asked else { return (options, nil) }
            let known = try KnownHosts(asked.trust, host: host)
            try settings.apply(options, asked, known: known.types(by: asked.trust))
            return (options, known)
        }
        try HandshakeGate.shared.pass(options.bottleneck, unless: cancellation) {
            () throws(TransportError) in
            let limit = options.connectTimeout ?? timeLimit
            let handshake = SSHHandshake(
                session: session, settings: settings, options: options, known: known,
                deadline: .now + limit)
            try SSHLibrary.use { () throws(TransportError) in try handshake.perform() }
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
        depth += 1
        defer {
            depth -= 1
            lock.unlock()
        }
        // A thread that holds the lock already is in the library.
        guard depth == 1 else { return try body(session) }
        return try SSHLibrary.use { () throws(Failure) in try body(session) }
    }
}
