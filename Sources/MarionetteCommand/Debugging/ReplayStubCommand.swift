import ArgumentParser
import Debugging
import Foundation

/// What gdb is told to start as the other end of `target remote |` where an emulator executes the
/// operation: its stub listens on a socket in a directory of ours, not at a port.
struct ReplayStubCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay-stub",
        abstract: "Start a slave under an emulator and carry gdb's words to its stub.",
        shouldDisplay: false)

    @Option(help: "The file that is the slave's input.")
    var input: String

    @Argument(parsing: .postTerminator, help: "The emulator with its arguments, and the slave.")
    var command: [String] = []

    func run() async throws {
        try await reportingErrors {
            // Ctrl-C at the terminal is meant for gdb.
            signal(SIGINT, SIG_IGN)
            try EmulatorStub(command: command, input: input).carry()
        }
    }
}
