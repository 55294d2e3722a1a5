import Driving
import Console
import Diagnostics
@preconcurrency import Glibc
import RunRecords
import Transport

/// What every generated client is: an application's operations as methods.
public protocol ApplicationClient: Sendable {
    static var interface: InterfaceDescription { get }
    init(master: Master)
}

extension ApplicationClient {
    /// Executes the program of a run that `marionette run` started, and ends the run.
    ///
    /// The hosts are connected while the program goes on. At the end a table of hosts is printed.
    /// An error, of the program or of the run, is printed and ends the process with its exit code;
    /// so do SIGINT and SIGTERM, after every slave was sent away.
    ///
    /// Standard output is buffered by lines from here on, also in a pipe: a program that crashes has said
    /// what it said.
    public static func run(_ program: @Sendable (Self) async throws -> Void) async {
        setvbuf(stdout, nil, _IOLBF, 0)
        do {
            let master = try Master.start(try RunDescription.ofThisProcess(), interface) { start in
                start.board = .ofProgram
                start.onInterrupt = { Ending.interrupted(by: $0) }
            }
            StatusBoard.ofProgram.closeAtExit()
            Interrupts.deliver(to: master)
            try await run(program, on: master)
            StatusBoard.ofProgram.close()
        } catch {
            Ending.failed(error)
        }
    }

    /// The program's own error comes before what its end brings about.
    static func run(
        _ program: @Sendable (Self) async throws -> Void, on master: Master
    ) async throws {
        do {
            try await program(Self(master: master))
        } catch {
            try? await master.finish(after: error)
            throw error
        }
        try await master.finish()
    }
}

/// How a master's process ends.
private enum Ending {
    static func failed(_ error: any Error) -> Never {
        let known = error as? any DiagnosticError
        let diagnostic =
            known?.diagnostic ?? error as? Diagnostic ?? Diagnostic(summary: "\(error)")
        // The exit code tells more than that nobody reads this.
        _ = HeldBrokenPipe()
        StatusBoard.ofProgram.note(diagnostic.rendered)
        exit((known?.exitCode ?? .failed).rawValue)
    }

    static func interrupted(by signal: Int32) -> Never {
        failed(RunError.interrupted(signal: signal))
    }
}
