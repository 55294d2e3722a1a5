import ArgumentParser
import Diagnostics
import Foundation

@main
struct MarionetteMain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "marionette",
        abstract: "Run one sequential program on a cluster of unlike machines.",
        discussion: """
            A project is a directory with a marionette.yaml. 'marionette run' builds what changed, \
            pushes it to the hosts and starts the program; the other commands do parts of that.

            Exit codes: 0 done, 1 the build or the program failed, 64 usage, 69 a host is \
            unreachable, 70 a fault of Marionette, 75 hosts differ after a rollback, \
            78 configuration, 130 interrupted.
            """,
        version: marionetteVersion,
        subcommands: [
            InitCommand.self, BuildCommand.self, PushCommand.self, RunCommand.self,
            HostsCommand.self, StatusCommand.self, VerifyCommand.self, PruneCommand.self,
            RollbackCommand.self, ExecCommand.self,
            TargetsCommand.self, ToolchainCommand.self, HostCompilerCommand.self,
            GraphCommand.self,
            InterfaceCommand.self,
            TraceCommand.self, LogsCommand.self,
            DebugCommand.self, DebugBridgeCommand.self, ExplainCrashCommand.self,
            CrashCommand.self, ReplayCommand.self, ReplayStubCommand.self, CompareCommand.self,
            TerminalBridgeCommand.self, HostToolCommand.self,
            CleanCommand.self,
        ])

    static func main() async {
        CommandOutput.openStandardFiles()
        do {
            var command = try parseAsRoot(words())
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let code as ArgumentParser.ExitCode {
            // What there was to say is said. That of a refused command line is the parser's too.
            Foundation.exit(code.rawValue)
        } catch  where exitCode(for: error) == .validationFailure {
            printDiagnostic(refusal(of: error))
            Foundation.exit(Diagnostics.ExitCode.usage.rawValue)
        } catch {
            guard exitCode(for: error) == .success else { exit(withError: error) }
            // Help and the version: results, which the parser would print as if they always arrived.
            do throws(OutputError) { try printResult(fullMessage(for: error)) } catch {
                printDiagnostic(error.diagnostic)
                Foundation.exit(error.exitCode.rawValue)
            }
        }
    }

    /// What the parser says of a command line, in the form of all our errors.
    static func refusal(of error: any Error) -> Diagnostic {
        let message = message(for: error)
        // `See 'marionette run --help' for more information.`
        let help = fullMessage(for: error).split(separator: "'").last { $0.hasSuffix(" --help") }
        return Diagnostic(
            summary: message.prefix(1).lowercased() + message.dropFirst(),
            remedy: help.map(String.init))
    }

    /// A command without options. Its words stay as they are: no description of all commands needs to be
    /// made, which takes some milliseconds.
    static func isPlain(_ given: [String]) -> Bool {
        guard let name = given.first, given.count == 1 || given[1] == "--" else { return false }
        return configuration.subcommands.contains { command in
            command.configuration.commandName == name && command.configuration.subcommands.isEmpty
        }
    }

    /// The command line as the parser reads it.
    private static func words() -> [String] {
        let given = Array(CommandLine.arguments.dropFirst())
        if isPlain(given) { return given }
        guard let shape = try? CommandShape(description: _dumpHelp()) else {
            preconditionFailure("the parser describes its own commands")
        }
        do throws(UsageError) {
            return try CommandLineWords(given, of: shape).words
        } catch {
            printDiagnostic(error.diagnostic)
            Foundation.exit(error.exitCode.rawValue)
        }
    }
}

/// Kept equal to the newest heading of CHANGELOG.md by a test.
let marionetteVersion = "0.1.0"
