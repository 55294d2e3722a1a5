import Glibc

/// How a process of ours ends.
extension ChildProcess {
    /// nil while the process runs.
    func reap(options: Int32 = WNOHANG) -> ChannelEnding? {
        var status: Int32 = 0
        let found = waitpid(identifier, &status, options)
        if found == 0 || found < 0 && errno == EINTR { return nil }
        guard found == identifier else { return .untold }
        let signal = status & 0x7f
        if signal == 0 { return .exited(status: status >> 8 & 0xff) }
        return .signalled(name: Self.signalName(signal))
    }

    /// Hangs the whole group up, and kills what is left of it once its first process has ended.
    ///
    /// That process is reaped last: until then its identifier can't name another group.
    func end(within limit: Duration) -> ChannelEnding {
        kill(-identifier, SIGHUP)
        kill(-identifier, SIGCONT)
        let clock = ContinuousClock()
        let deadline = clock.now + limit
        while !hasEnded, clock.now < deadline { poll([], for: .milliseconds(1)) }
        kill(-identifier, SIGKILL)
        while true {
            if let ending = reap(options: 0) { return ending }
        }
    }

    /// Whether the process has ended; it stays to be reaped.
    var hasEnded: Bool {
        var info = siginfo_t()
        let code = waitid(P_PID, id_t(identifier), &info, WEXITED | WNOHANG | WNOWAIT)
        return code != 0 || info.si_signo == SIGCHLD
    }

    private static func signalName(_ signal: Int32) -> String {
        signalNames[signal] ?? String(signal)
    }

    /// The signals that end a process, as RFC 4254 §6.10 and kill(1) name them.
    private static let signalNames: [Int32: String] = [
        SIGABRT: "ABRT", SIGALRM: "ALRM", SIGBUS: "BUS", SIGFPE: "FPE", SIGHUP: "HUP",
        SIGILL: "ILL", SIGINT: "INT", SIGKILL: "KILL", SIGPIPE: "PIPE", SIGQUIT: "QUIT",
        SIGSEGV: "SEGV", SIGSYS: "SYS", SIGTERM: "TERM", SIGTRAP: "TRAP", SIGUSR1: "USR1",
        SIGUSR2: "USR2", SIGXCPU: "XCPU", SIGXFSZ: "XFSZ",
    ]
}
