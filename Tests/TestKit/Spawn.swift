import Foundation

/// Starts a program in a process group of its own, with no signal blocked or ignored.
struct Spawn {
    let identifier: pid_t
    /// Our ends of its streams.
    let input: Int32
    let output: Int32
    let errors: Int32

    init(_ command: [String], directory: String?, environment: [String: String?]) throws {
        let failure = TestProcess.Failure(description: "can't start \(command)")
        // Becomes the program: posix_spawn's own way to another directory is hidden by glibc's
        // headers.
        let command = (directory.map { ["env", "--chdir=\($0)"] } ?? []) + command
        guard let program = command.first, let streams = Streams() else { throw failure }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (index, end) in streams.theirs.enumerated() {
            posix_spawn_file_actions_adddup2(&actions, end, Int32(index))
        }
        var attributes = Self.attributes()
        defer { posix_spawnattr_destroy(&attributes) }
        var words = command.map { strdup($0) } + [nil]
        var variables = Self.merged(environment).map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (words + variables).forEach { free($0) } }
        var identifier: pid_t = 0
        let status = posix_spawnp(&identifier, program, &actions, &attributes, &words, &variables)
        streams.theirs.forEach { close($0) }
        guard status == 0 else {
            streams.ours.forEach { close($0) }
            throw TestProcess.Failure(
                description: "can't start \(command): \(String(cString: strerror(status)))")
        }
        self.identifier = identifier
        (input, output, errors) = (streams.ours[0], streams.ours[1], streams.ours[2])
    }

    private struct Streams {
        var ours: [Int32] = []
        var theirs: [Int32] = []

        init?() {
            for _ in 0..<3 {
                var ends: [Int32] = [-1, -1]
                let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
                guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { return nil }
                ours.append(ends[0])
                theirs.append(ends[1])
            }
        }
    }

    private static func attributes() -> posix_spawnattr_t {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP
        posix_spawnattr_setflags(&attributes, Int16(flags))
        return attributes
    }

    private static func merged(_ changes: [String: String?]) -> [String: String] {
        var result = ProcessInfo.processInfo.environment
        for (name, value) in changes { result[name] = value }
        return result
    }
}
