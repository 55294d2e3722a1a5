import SlaveBuild

/// The command line of gdb for one process of a run.
public struct DebuggerInvocation: Hashable, Sendable {
    /// How gdb reaches the process.
    public enum Way: Hashable, Sendable {
        /// Through gdbserver on the host, carried by this command.
        case bridge(command: [String])
        /// By ptrace, on this machine.
        case process(Int32)
    }

    public var debugger: String
    /// The unstripped ELF.
    public var symbols: String
    public var sources: [SourceMapping]
    public var way: Way
    /// The user's own, after ours.
    public var arguments: [String]

    /// The program and its arguments.
    public var command: [String] {
        var commands = [
            // The slave is linked statically: nothing of the host's file system is read.
            "set sysroot /nonexistent",
            // A stop must not wait for a key in a terminal that nobody looks at.
            "set pagination off",
        ]
        commands += sources.map { "set substitute-path \($0.name) \($0.directory)" }
        switch way {
        case .bridge(let command):
            commands.append("target remote | \(command.map(quoted).joined(separator: " "))")
        case .process(let process):
            commands.append("attach \(process)")
        }
        return [debugger, "-q", symbols] + commands.flatMap { ["-ex", $0] } + arguments
    }

    /// For the shell that gdb starts the bridge with.
    private func quoted(_ word: String) -> String {
        let plain = word.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || "/._-".utf8.contains(byte)
        }
        return plain && !word.isEmpty ? word : "'" + word.replacing("'", with: "'\\''") + "'"
    }
}
