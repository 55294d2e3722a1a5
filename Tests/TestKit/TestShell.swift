import Glibc
import Synchronization

/// A shell script that runs until it is told to end, or until this process ends in any way: its
/// input is a pipe whose other side is open here only.
///
/// Foundation's `Process` would hand on the signal mask of the thread that starts it. Those of
/// libdispatch block nearly all signals, so that a shell's `wait` never returns.
final class TestShell: Sendable {
    let identifier: pid_t
    /// The writing end of its input; -1 once it was ended.
    private let input: Mutex<Int32>

    /// nil where it can't be started.
    init?(script: String, arguments: [String]) {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { return nil }
        defer { close(ends[0]) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        let flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
        posix_spawnattr_setflags(&attributes, Int16(flags))
        var words = (["sh", "-c", script, "sh"] + arguments).map { strdup($0) }
        defer { words.forEach { free($0) } }
        words.append(nil)
        var identifier: pid_t = 0
        guard posix_spawn(&identifier, "/bin/sh", &actions, &attributes, words, environ) == 0 else {
            close(ends[1])
            return nil
        }
        self.identifier = identifier
        input = Mutex(ends[1])
    }

    /// Sends the script a last line, closes its input and waits for its end.
    func end(line: String) {
        input.withLock { input in
            guard input >= 0 else { return }
            let bytes = Array((line + "\n").utf8)
            _ = send(input, bytes, bytes.count, Int32(MSG_NOSIGNAL))
            close(input)
            input = -1
            var status: Int32 = 0
            while waitpid(identifier, &status, 0) < 0, errno == EINTR {}
        }
    }
}
