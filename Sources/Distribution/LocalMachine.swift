import Foundation

/// This machine, as far as it is a host.
public enum LocalMachine {
    /// What `uname -m` says here, where the kernel can't execute a slave; nil: it can.
    ///
    /// Only the kernel knows: an emulator may be registered with it (binfmt_misc).
    public static func refuses(_ slave: String) -> String? {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] {
            posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", O_RDWR, 0)
        }
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup(slave), strdup("--identify")]
        defer { arguments.forEach { free($0) } }
        arguments.append(nil)
        var process: pid_t = 0
        guard posix_spawn(&process, slave, &actions, nil, arguments, environ) != ENOEXEC else {
            var names = utsname()
            uname(&names)
            return withUnsafeBytes(of: names.machine) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
        }
        // Whatever else is wrong with it the run finds out.
        if process > 0 {
            while waitpid(process, nil, 0) < 0, errno == EINTR {}
        }
        return nil
    }
}
