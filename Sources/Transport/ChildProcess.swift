import Glibc

/// A process of ours in a process group of its own, and our ends of its three streams.
struct ChildProcess {
    let identifier: pid_t
    var input: Int32
    /// -1 where its input and its output are one socket.
    var output: Int32
    var errors: Int32

    struct NotStarted: Error {
        /// An `errno`.
        var code: Int32

        /// PATH has no such program that this user may execute.
        var isNotFound: Bool { [ENOENT, ENOTDIR, EACCES].contains(code) }
    }

    /// Starts a program found by PATH, with signals as a fresh process has them.
    ///
    /// Its streams are sockets: writing to a process that is gone is an error without SIGPIPE, and
    /// they are closed in other children from the first moment, which pipe(2) can't promise.
    ///
    /// - Parameter isJoined: one socket is its input and its output.
    static func start(
        _ command: [String], isJoined: Bool = false
    ) throws(NotStarted) -> ChildProcess {
        var streams = ChildStreams()
        guard streams.open(isJoined: isJoined) else {
            let code = errno
            streams.close()
            throw NotStarted(code: code)
        }
        var identifier: pid_t = 0
        let code = spawn(command, streams: streams, identifier: &identifier)
        streams.closeTheirs()
        guard code == 0 else {
            streams.close()
            throw NotStarted(code: code)
        }
        return ChildProcess(
            identifier: identifier, input: streams.input.ours, output: streams.output.ours,
            errors: streams.errors.ours)
    }

    private static func spawn(
        _ command: [String], streams: ChildStreams, identifier: inout pid_t
    ) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, streams.input.theirs, STDIN_FILENO)
        let output = streams.output.theirs >= 0 ? streams.output.theirs : streams.input.theirs
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, streams.errors.theirs, STDERR_FILENO)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
        posix_spawnattr_setflags(&attributes, Int16(flags))

        guard let program = command.first else { return ENOENT }
        var arguments = command.map { strdup($0) }
        defer { arguments.forEach { free($0) } }
        arguments.append(nil)
        return posix_spawnp(
            &identifier, program, &actions, &attributes, arguments, environ)
    }
}

/// Both ends of the three streams, each -1 while it is not open.
private struct ChildStreams {
    struct Pair {
        var ours: Int32 = -1
        var theirs: Int32 = -1
    }

    var input = Pair()
    var output = Pair()
    var errors = Pair()

    /// Ours do not block; none is inherited by other processes.
    mutating func open(isJoined: Bool) -> Bool {
        guard let input = Self.pair() else { return false }
        self.input = input
        if !isJoined {
            guard let output = Self.pair() else { return false }
            self.output = output
        }
        guard let errors = Self.pair() else { return false }
        self.errors = errors
        return true
    }

    private static func pair() -> Pair? {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { return nil }
        // Fewer turns of both processes for a large record; the system grants what it allows.
        var room: Int32 = 1 << 20
        for end in ends {
            setsockopt(end, SOL_SOCKET, SO_SNDBUF, &room, socklen_t(MemoryLayout<Int32>.size))
        }
        _ = fcntl(ends[0], F_SETFL, fcntl(ends[0], F_GETFL) | O_NONBLOCK)
        return Pair(ours: ends[0], theirs: ends[1])
    }

    mutating func closeTheirs() {
        for end in [input.theirs, output.theirs, errors.theirs] where end >= 0 { Glibc.close(end) }
        (input.theirs, output.theirs, errors.theirs) = (-1, -1, -1)
    }

    mutating func close() {
        closeTheirs()
        for end in [input.ours, output.ours, errors.ours] where end >= 0 { Glibc.close(end) }
    }
}
