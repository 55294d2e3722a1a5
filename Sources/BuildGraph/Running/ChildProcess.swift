import Dispatch
import Glibc
import Synchronization

/// One process, in a process group of its own, with its output and errors in one text.
///
/// posix_spawn and not Foundation's Process: a group of its own is what lets `terminate` end the
/// compiler that a wrapper started, and keeps the terminal's Ctrl-C from ending it before its
/// outputs are removed.
final class ChildProcess: Sendable {
    enum Status: Hashable, Sendable {
        case exited(Int32)
        case signalled(Int32)
        case notStarted(reason: String)
    }

    struct Ending: Sendable {
        var status: Status
        var output: String
    }

    private enum State {
        case new
        case running(pid_t)
        case ended
        /// `terminate` came first.
        case refused
    }

    /// How many bytes of what a process prints are shown.
    static let outputMax = 4 << 20
    /// How long a process may take to end itself.
    static let graceSeconds = 3.0

    private let state = Mutex(State.new)

    /// Blocks until the process ended.
    func run(_ command: Step.Command) -> Ending {
        guard let file = OutputFile() else {
            return Ending(status: .notStarted(reason: lastError()), output: "")
        }
        let started = state.withLock { state -> Result<pid_t, SpawnFailure> in
            guard case .new = state else { return .failure(SpawnFailure(reason: "interrupted")) }
            let result = spawn(command, output: file.descriptor)
            if case .success(let pid) = result { state = .running(pid) }
            return result
        }
        switch started {
        case .failure(let failure):
            return Ending(status: .notStarted(reason: failure.reason), output: "")
        case .success(let pid):
            let status = wait(for: pid)
            return Ending(status: status, output: file.text(max: Self.outputMax))
        }
    }

    /// Asks the process and all it started to end, and ends them by force a little later. It may
    /// come at any time.
    func terminate() {
        let descendants = state.withLock { state -> Descendants? in
            switch state {
            case .running(let pid):
                var descendants = Descendants()
                kill(pid, SIGSTOP)
                descendants.signal(below: pid, SIGTERM)
                kill(-pid, SIGTERM)
                kill(pid, SIGCONT)
                return descendants
            case .new:
                state = .refused
                return nil
            case .ended, .refused: return nil
            }
        }
        guard let descendants else { return }
        DispatchQueue.global().asyncAfter(deadline: .now() + Self.graceSeconds) { [self] in
            state.withLock { state in
                if case .running(let pid) = state { kill(-pid, SIGKILL) }
            }
            descendants.end()
        }
    }

    private func wait(for pid: pid_t) -> Status {
        // The process stays a zombie until the lock is held: its number can't be given to another
        // process while `terminate` may still use it.
        var info = siginfo_t()
        while waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        return state.withLock { state in
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0, errno == EINTR {}
            state = .ended
            let signal = status & 0x7f
            return signal == 0 ? .exited(status >> 8 & 0xff) : .signalled(signal)
        }
    }

    private struct SpawnFailure: Error { var reason: String }

    private func spawn(_ command: Step.Command, output: Int32) -> Result<pid_t, SpawnFailure> {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO)
        resetSignals(&attributes)
        // The shell changes the directory: glibc's posix_spawn can, but by a GNU extension that
        // Swift does not see.
        let script = "cd \"$1\" && shift && exec \"$@\""
        let arguments = CStrings(["sh", "-c", script, "sh", command.directory] + command.arguments)
        let environment = CStrings(Self.environment(of: command))
        var pid: pid_t = 0
        let error = posix_spawn(
            &pid, "/bin/sh", &actions, &attributes, arguments.pointers, environment.pointers)
        guard error == 0 else {
            return .failure(SpawnFailure(reason: String(cString: strerror(error)).lowercased()))
        }
        return .success(pid)
    }

    /// A new group, and every signal as a program expects it: ours may be blocked or ignored.
    private func resetSignals(_ attributes: inout posix_spawnattr_t) {
        var (none, all) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(
            &attributes,
            Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    }

    private static func environment(of command: Step.Command) -> [String] {
        var environment = ["LC_ALL": "C"]
        for name in ["PATH", "HOME", "TMPDIR"] {
            environment[name] = getenv(name).map { String(cString: $0) }
        }
        environment.merge(command.environment) { $1 }
        return environment.map { "\($0.key)=\($0.value)" }.sorted()
    }
}

/// Where a process writes what it prints: a file without a name, and not a pipe, so that neither a
/// full pipe nor a background process that keeps one open can hold the build up.
private final class OutputFile {
    let descriptor: Int32

    init?() {
        let directory = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        let path = "\(directory)/marionette-\(String(UInt64.random(in: 0 ... .max), radix: 36))"
        descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return nil }
        unlink(path)
    }

    deinit { close(descriptor) }

    func text(max: Int) -> String {
        let size = Int(lseek(descriptor, 0, SEEK_END))
        var bytes = [UInt8](repeating: 0, count: min(Swift.max(0, size), max))
        let count = pread(descriptor, &bytes, bytes.count, 0)
        let text = String(decoding: bytes.prefix(Swift.max(0, count)), as: UTF8.self)
        return size > max ? "\(text)\n[\(size - max) more bytes were dropped]\n" : text
    }
}

/// An array of C strings that ends with NULL, as exec wants it.
private final class CStrings {
    let pointers: [UnsafeMutablePointer<CChar>?]

    init(_ texts: [String]) { pointers = texts.map { strdup($0) } + [nil] }

    deinit { for pointer in pointers { free(pointer) } }
}
