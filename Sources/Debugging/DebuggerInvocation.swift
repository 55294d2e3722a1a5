import Foundation
import Inventory
import SlaveBuild
import Transport

/// The command line of gdb for one process: of a run, or one that executes an operation again.
public struct DebuggerInvocation: Hashable, Sendable {
    /// How gdb reaches the process.
    public enum Way: Hashable, Sendable {
        /// Through gdbserver on the host, carried by this command.
        case bridge(command: [String])
        /// By ptrace, on this machine.
        case process(Int32)
        /// gdb starts the program itself, with this file as its input, up to a function.
        case start(program: [String], input: String, function: String)
        /// This command starts the program, which waits; up to a function.
        case stub(command: [String], function: String)
    }

    /// What the process was stopped for, and where gdb goes first.
    public enum Scene: Hashable, Sendable {
        /// It was stopped where it happened to be.
        case anywhere
        /// Before its operation's first line, which is in this function; nil: its name there is not
        /// known (Swift).
        case operation(function: String?)
        /// In the handler of the signal that ends it.
        case crash
    }

    public var debugger: String
    /// The unstripped ELF.
    public var symbols: String
    public var sources: [SourceMapping]
    public var way: Way
    public var scene: Scene
    /// The other end of the bridge waits for its worker first.
    public var isPatient = false
    /// The user's own, after ours.
    public var arguments: [String]

    public init(
        debugger: String, symbols: String, sources: [SourceMapping], way: Way,
        scene: Scene = .anywhere, arguments: [String]
    ) {
        self.debugger = debugger
        self.symbols = symbols
        self.sources = sources
        self.way = way
        self.scene = scene
        self.arguments = arguments
    }

    /// The program and its arguments.
    public var command: [String] {
        var commands = [
            // The slave is linked statically: nothing of the host's file system is read.
            "set sysroot /nonexistent",
            // A stop must not wait for a key in a terminal that nobody looks at.
            "set pagination off",
        ]
        if isPatient { commands.append("set remotetimeout 86400") }
        commands += sources.map { mapping in
            "set substitute-path \(Self.escaped(mapping.name)) \(Self.escaped(mapping.directory))"
        }
        switch way {
        case .bridge(let command):
            commands += ["target remote | \(shellQuoted(command))", Self.unheld]
        case .process(let process):
            commands += ["attach \(process)", Self.unheld]
        case .start(let program, let input, let function):
            let words = shellQuoted(Array(program.dropFirst()))
            // What the slave answers is for nobody; what user code prints goes to the terminal.
            commands += [
                // The unstripped file is for its symbols; nobody may execute it.
                "exec-file \(shellQuoted(Array(program.prefix(1))))",
                "set args \(words) < \(shellQuoted([input])) > /dev/null", "tbreak \(function)",
                "run",
            ]
        case .stub(let command, let function):
            commands += [
                "target remote | \(shellQuoted(command))",
                "tbreak \(function)", "continue",
            ]
        }
        switch scene {
        case .anywhere, .operation(nil): break
        case .operation(let function?): commands += ["tbreak \(function)", "continue"]
        // The handler, the frame that the system put below it, and what crashed.
        case .crash: commands += ["frame function mrn_crash_handle", "up 2"]
        }
        return [debugger, "-q", symbols] + commands.flatMap { ["-ex", $0] } + arguments
    }

    /// What holds a worker is no news when it goes on. gdb would print a table.
    private static let unheld = "pipe handle SIGSTOP nostop noprint nopass | cat > /dev/null"

    /// gdb-multiarch before gdb: the plain one knows this machine's architecture only.
    public static func debugger(
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(DebuggingError) -> String {
        if let named = environment["MARIONETTE_GDB"], !named.isEmpty { return named }
        let names = ["gdb-multiarch", "gdb"]
        let found = names.lazy.flatMap { Programs.named($0, environment: environment) }.first
        guard let found else { throw .noDebugger(tried: names) }
        return found
    }

    /// A word for gdb, which splits its line at blanks and takes quotation marks away (buildargv).
    private static func escaped(_ word: String) -> String {
        var text = ""
        for character in word {
            if " \t\n\\\"'".contains(character) { text.append("\\") }
            text.append(character)
        }
        return text
    }
}
