import Glibc

/// The process that carries a connection in the place of a socket (`ProxyCommand`).
///
/// libssh would start it with the signals of the thread that it is in, keep the process's end of the
/// socket open itself, and wait for a process that then never ends.
struct SSHProxy {
    private let child: ChildProcess
    /// What it last wrote to standard error.
    private var words: [UInt8] = []

    private static let wordsMax = 4096
    /// How long it has to end when it is hung up; it is killed then.
    private static let hangUpLimit: Duration = .milliseconds(500)

    /// Starts the command as ssh does, in the user's shell.
    ///
    /// - Returns: the proxy, and the descriptor that is its input and output, for the caller to close.
    static func start(_ command: String) throws(ChildProcess.NotStarted) -> (SSHProxy, Int32) {
        let named = getenv("SHELL").map { String(cString: $0) } ?? ""
        let shell = named.isEmpty ? "/bin/sh" : named
        let child = try ChildProcess.start(
            ChildLimits.restored([shell, "-c", "exec \(command)"]), isJoined: true)
        return (SSHProxy(child: child), child.input)
    }

    private init(child: ChildProcess) { self.child = child }

    /// Reads what it wrote to standard error: it waits where nobody does. One that never stops
    /// writing waits for the next time.
    mutating func listen() {
        var room = [UInt8](repeating: 0, count: Self.wordsMax)
        for _ in 0..<16 {
            let count = read(child.errors, &room, room.count)
            guard count > 0 else { return }
            words = Array((words + room.prefix(count)).suffix(Self.wordsMax))
        }
    }

    /// The last lines that it wrote to standard error.
    var lastLines: [String] { words.lines.suffix(ShellFault.wordsMax) }

    /// Waits a little for what a proxy that gives up says of it.
    mutating func listenToTheEnd() {
        let clock = ContinuousClock()
        let deadline = clock.now + Self.hangUpLimit
        listen()
        while !child.hasEnded, clock.now < deadline {
            poll([], for: .milliseconds(2))
            listen()
        }
        listen()
    }

    func end() {
        Glibc.close(child.errors)
        _ = child.end(within: Self.hangUpLimit)
    }
}
