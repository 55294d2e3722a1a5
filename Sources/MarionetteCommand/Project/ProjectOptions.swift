import ArgumentParser
import Diagnostics
import Foundation
import Inventory

/// What every command on a project takes.
struct ProjectOptions: ParsableArguments {
    @Option(
        name: [.customShort("C"), .long],
        help: ArgumentHelp("Work on the project in this directory.", valueName: "dir"))
    var directory: String = "."
}

extension Profile: ExpressibleByArgument {
    /// For help texts.
    static var listed: String { allCases.map(\.rawValue).joined(separator: ", ") }
}

/// What a path means to another process, wherever that works.
func absolutePath(_ path: String) -> String {
    URL(fileURLWithPath: path).standardizedFileURL.path
}

/// Runs a command's work, prints what it throws as diagnostics to standard error, and turns it into
/// the exit code.
func reportingErrors(_ work: () async throws -> Void) async throws {
    do {
        try await work()
    } catch let error as any DiagnosticError {
        error.diagnostics.forEach(printDiagnostic)
        throw ArgumentParser.ExitCode(error.exitCode.rawValue)
    } catch let exit as ArgumentParser.ExitCode {
        throw exit
    } catch {
        printDiagnostic(
            Diagnostic(
                summary: "unexpected error: \(error)",
                remedy: "this is a fault of Marionette: report it with the command that led here"))
        throw ArgumentParser.ExitCode(Diagnostics.ExitCode.software.rawValue)
    }
}

func printDiagnostic(_ diagnostic: Diagnostic) {
    // Whoever closed standard error, or sends it to a full disk, has the exit code.
    try? CommandOutput.write(diagnostic.rendered + "\n", to: STDERR_FILENO)
}
