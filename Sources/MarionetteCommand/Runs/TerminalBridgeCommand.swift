import ArgumentParser
import Console
import Foundation

/// What `marionette run` starts between the program and its terminal.
struct TerminalBridgeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "terminal-bridge",
        abstract: "Carry a program's output to its terminal, with live lines below it.",
        shouldDisplay: false)

    @Argument(help: "The program's process.")
    var process: Int32

    @Option(help: "Seconds for which a line of Marionette's waits for the end of the program's.")
    var patience = TerminalBridge.usualPatience

    func run() { TerminalBridge.run(for: process, patience: patience) }

    /// Empty where this program can't be found.
    static var command: [String] {
        Bundle.main.executablePath.map { [$0, configuration.commandName ?? ""] } ?? []
    }
}
