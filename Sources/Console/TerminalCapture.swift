// For `stdout`, which C declares as a variable.
@preconcurrency import Glibc

/// A terminal that lies behind a bridge: what this process and its children write to standard output
/// and standard error, where those are the terminal, goes to a pseudo-terminal, and the bridge
/// carries it on.
///
/// It survives exec(2), so that `marionette run` makes it and the user's program has it:
/// `MARIONETTE_TERMINAL` is then `PROCESS:TERMINAL:ANSWERS`, the process and two descriptors.
struct TerminalCapture {
    /// The terminal itself.
    let terminal: Int32
    /// Where the bridge answers; it sees from its other end that this process is gone.
    let answers: Int32

    static let variable = "MARIONETTE_TERMINAL"
    /// How long the bridge may take to start, and to print what it has, in milliseconds.
    static let startMax: Int32 = 5_000
    static let endMax: Int32 = 10_000
    /// Ours start there, so that a program finds the small numbers free.
    private static let firstDescriptor: Int32 = 64

    /// What the process that became this one has made.
    static let ofThisProcess: TerminalCapture? = {
        guard let text = getenv(variable) else { return nil }
        let numbers = String(cString: text).split(separator: ":").map { Int32($0) ?? -1 }
        guard numbers.count == 3, numbers[0] == getpid(), isatty(numbers[1]) == 1 else {
            return nil
        }
        let capture = TerminalCapture(terminal: numbers[1], answers: numbers[2])
        for end in [capture.terminal, capture.answers] { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return capture
    }()

    private init(terminal: Int32, answers: Int32) {
        (self.terminal, self.answers) = (terminal, answers)
    }

    /// Puts a bridge before the terminal of standard error.
    ///
    /// - Parameter bridge: the command that executes `TerminalBridge.run`.
    /// - Returns: nil where it can't be started: all is as it was then.
    init?(bridge: [String]) {
        guard let ends = PseudoTerminal(like: STDERR_FILENO) else { return nil }
        defer { ends.close() }
        var pipeEnds: [Int32] = [-1, -1]
        guard pipe(&pipeEnds) == 0 else { return nil }
        for end in pipeEnds { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let kept = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, Self.firstDescriptor)
        let read = fcntl(pipeEnds[0], F_DUPFD_CLOEXEC, Self.firstDescriptor)
        close(pipeEnds[0])
        defer { close(pipeEnds[1]) }
        guard kept >= 0, read >= 0,
            Self.start(bridge, [ends.master, kept, pipeEnds[1]])
        else {
            close(kept)
            close(read)
            return nil
        }
        self.init(terminal: kept, answers: read)
        guard isAnswered(within: Self.startMax) else {
            close(kept)
            close(read)
            return nil
        }
        for stream in [STDOUT_FILENO, STDERR_FILENO] where Self.isSame(stream, kept) {
            dup2(ends.slave, stream)
        }
        for end in [kept, read] { _ = fcntl(end, F_SETFD, 0) }
        setenv(Self.variable, "\(getpid()):\(kept):\(read)", 1)
    }

    /// Returns when all that was printed is on the terminal; what comes now goes there directly.
    func giveBack() {
        Suspension.end()
        fflush(stdout)
        if Terminal.write(BoardMessage.end.bytes, to: STDERR_FILENO) {
            _ = isAnswered(within: Self.endMax)
        }
        for stream in [STDOUT_FILENO, STDERR_FILENO] where isCaptured(stream) {
            dup2(terminal, stream)
        }
    }

    /// A program may have put something else there since.
    private func isCaptured(_ stream: Int32) -> Bool {
        isatty(stream) == 1 && !Self.isSame(stream, terminal)
    }

    private static func isSame(_ one: Int32, _ two: Int32) -> Bool {
        var first = stat()
        var second = stat()
        return fstat(one, &first) == 0 && fstat(two, &second) == 0
            && first.st_mode & S_IFMT == S_IFCHR && first.st_rdev == second.st_rdev
    }

    private func isAnswered(within milliseconds: Int32) -> Bool {
        var descriptor = pollfd(fd: answers, events: Int16(POLLIN), revents: 0)
        let end = Terminal.now + Double(milliseconds) / 1000
        while true {
            let left = Int32((end - Terminal.now) * 1000)
            let count = poll(&descriptor, 1, max(0, left))
            if count < 0, errno == EINTR { continue }
            var byte: UInt8 = 0
            return count > 0 && read(answers, &byte, 1) == 1
        }
    }

    /// Starts it as nobody's child: a program that waits for its children must not wait for it.
    ///
    /// - Parameter descriptors: its descriptors 3, 4 and 5.
    private static func start(_ bridge: [String], _ descriptors: [Int32]) -> Bool {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        // None of them may be one of the three numbers before it is copied there.
        let copies = descriptors.map { fcntl($0, F_DUPFD_CLOEXEC, firstDescriptor) }
        defer { copies.forEach { close($0) } }
        for stream in Int32(0)...2 {
            posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", O_RDWR, 0)
        }
        for (index, copy) in copies.enumerated() {
            posix_spawn_file_actions_adddup2(&actions, copy, Int32(3 + index))
        }
        var words = (["sh", "-c", "\"$@\" &", "sh"] + bridge + ["\(getpid())"]).map { strdup($0) }
        words.append(nil)
        defer { words.forEach { free($0) } }
        var process: pid_t = 0
        guard posix_spawn(&process, "/bin/sh", &actions, nil, &words, environ) == 0 else {
            return false
        }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        return status == 0
    }
}

/// Both ends of a pseudo-terminal that changes no byte.
private struct PseudoTerminal {
    let master: Int32
    let slave: Int32

    /// Of Linux's <asm/ioctls.h>; Swift doesn't import them, nor grantpt(3) and its kin.
    private static let lock: UInt = 0x4004_5431
    private static let number: UInt = 0x8004_5430

    /// - Parameter terminal: has its size.
    init?(like terminal: Int32) {
        let master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var isLocked: Int32 = 0
        var number: UInt32 = 0
        guard master >= 0, ioctl(master, Self.lock, &isLocked) == 0,
            ioctl(master, Self.number, &number) == 0
        else {
            if master >= 0 { Glibc.close(master) }
            return nil
        }
        let slave = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard slave >= 0 else {
            Glibc.close(master)
            return nil
        }
        var mode = termios()
        tcgetattr(slave, &mode)
        // The terminal itself makes of a newline what it makes of one.
        mode.c_oflag &= ~tcflag_t(OPOST)
        mode.c_lflag &= ~tcflag_t(ECHO)
        tcsetattr(slave, TCSANOW, &mode)
        var size = winsize()
        if ioctl(terminal, UInt(TIOCGWINSZ), &size) == 0 {
            _ = ioctl(master, UInt(TIOCSWINSZ), &size)
        }
        (self.master, self.slave) = (master, slave)
    }

    func close() {
        Glibc.close(master)
        Glibc.close(slave)
    }
}
