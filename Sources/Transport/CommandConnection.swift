import Glibc

/// A host that a command of the user's reaches: `ssh -F FILE pi1`, `podman exec -i pi1`.
///
/// Each of its commands is a process of this machine, which gives a shell there: it is executed with
/// the word `/bin/sh` added, the one word that is the same for whoever executes words and for whoever
/// hands them to another shell. What the shell is to become it reads from its input.
///
/// Some shells (dash, busybox) read more of their input than the line that they execute. So nothing
/// follows that line until the shell has printed its mark.
final class CommandConnection: HostConnection {
    let host: String
    private let way: ShellCommand
    private let timeLimit: Duration
    private let cancellation: Cancellation
    private let processes: LocalConnection

    init(
        by way: ShellCommand, host: String, timeLimit: Duration, hangUpLimit: Duration,
        cancellation: Cancellation
    ) {
        self.host = host
        self.way = way
        self.timeLimit = timeLimit
        self.cancellation = cancellation
        processes = LocalConnection(host: host, hangUpLimit: hangUpLimit)
    }

    /// Waits for the shell there, which has the time that a connection may take.
    func open(_ command: [String]) throws(TransportError) -> any HostChannel {
        let words = way.words + ["/bin/sh"]
        let mark = StartMark()
        let process = try processes.open(
            ["sh", "-c", "cd \"$1\" && shift && exec \"$@\"", "sh", way.directory] + words)
        let channel = MarkedChannel(process, host: host, mark: mark, command: shellQuoted(words))
        do throws(TransportError) {
            try channel.begin(
                Self.line(command, after: mark), within: timeLimit, unless: cancellation)
        } catch {
            channel.close()
            throw error
        }
        return channel
    }

    func close() { processes.close() }

    /// One line: whatever else reads a line before the shell does leaves it nothing to execute.
    static func line(_ command: [String], after mark: StartMark) -> String {
        "{ if [ -t 0 ];then echo '\(terminal)';exit 1;fi;\(loginShellLine(command, after: mark));}\n"
    }

    /// It would change bytes on their way.
    private static let terminal =
        "the shell has a terminal for its input: leave out what asks for one, such as -t"
}
