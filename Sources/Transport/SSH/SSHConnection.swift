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
    /// How long a host that has no room for another command is asked again.
    private static let busyMax: Duration = .seconds(2)

    /// - Parameter client: the ssh client, which is asked for the configuration.
    init(
        to destination: SSHDestination, host: String, client: String, timeLimit: Duration,
        cancellation: Cancellation
    ) throws(TransportError) {
        self.host = host
        try destination.check(host: host)
        let question = SSHQuestion(client: client, destination: destination, host: host)
        let answer = try question.ask(unless: cancellation)
        var tries = 0
        while true {
            let session = try SSHSession(host: host, cancellation: cancellation)
            let settings = SSHSettings(session: session, destination: destination)
            let (options, known) = try SSHLibrary.use { () throws(TransportError) in
                guard let answer else { return (try settings.read(), nil as KnownHosts?) }
                let options = try question.options(answer)
                guard let asked = options.asked else { return (options, nil) }
                let known = try KnownHosts(asked.trust, host: host)
                try settings.apply(options, asked, known: known.types(by: asked.trust))
                return (options, known)
            }
            do throws(TransportError) {
                try HandshakeGate.shared.pass(options.bottleneck, unless: cancellation) {
                    () throws(TransportError) in
                    let limit = options.connectTimeout ?? timeLimit
                    let handshake = SSHHandshake(
                        session: session, settings: settings, options: options, known: known,
                        deadline: .now + limit)
                    try SSHLibrary.use { () throws(TransportError) in try handshake.perform() }
                }
                self.session = session
                return
            } catch {
                guard session.isDropped, tries < Self.retriesMax, !cancellation.isCancelled else {
                    throw error
                }
                HandshakeGate.shared.narrow(options.bottleneck)
                Self.pause(Self.backOff(tries), unless: cancellation)
                tries += 1
            }
        }
    }

    /// How often a connection is tried again that the host dropped before it let anybody in: sshd does
    /// so at random while many others log in (MaxStartups).
    private static let retriesMax = 6

    /// Doubles with each try, from 50 ms on, and differs from host to host.
    private static func backOff(_ tries: Int) -> Duration {
        .milliseconds(Int.random(in: 50...100) << tries)
    }

    private static func pause(_ time: Duration, unless cancellation: Cancellation) {
        let end = ContinuousClock.now + time
        while ContinuousClock.now < end, !cancellation.isCancelled {
            cancellation.wait(for: [], atMost: end - .now)
        }
    }

    func open(_ command: [String]) throws(TransportError) -> any HostChannel {
        try locked { session throws(TransportError) in
            let mark = StartMark()
            let line = loginShellLine(command, after: mark)
            let deadline = ContinuousClock.now + Self.openMax
            let busyDeadline = ContinuousClock.now + Self.busyMax
            while true {
                guard session.isAlive else {
                    throw .lost(host: host, reason: session.errorText)
                }
                let channel = try SSHChannel(self, session: session, command: Self.told(command))
                do throws(TransportError) {
                    try channel.start(line, session: session, deadline: deadline)
                    return MarkedChannel(channel, host: host, mark: mark)
                } catch {
                    // With `MaxSessions 1` sshd has yet to notice that the last command is over.
                    guard channel.isRefused, ContinuousClock.now < busyDeadline else { throw error }
                    SSHLibrary.pause { _ = poll([], for: .milliseconds(10)) }
                }
            }
        }
    }

    /// What an error calls the command: a script would fill the screen.
    private static func told(_ command: [String]) -> String {
        let isScript = command.count > 2 && command[0] == "sh" && command[1] == "-c"
        return isScript ? "sh" : shellQuoted(command)
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
