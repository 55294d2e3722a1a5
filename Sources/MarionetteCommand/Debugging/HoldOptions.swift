import ArgumentParser
import Debugging
import Diagnostics
import Foundation
import Marionette

/// Which worker a debugger wants.
struct HoldOptions: ParsableArguments {
    @Option(
        name: .customLong("break"),
        help: ArgumentHelp(
            "The next worker that is given this operation, at its first line.",
            valueName: "operation"))
    var operationName: String?

    @Flag(help: "The next worker that crashes, where it crashed.")
    var nextCrash = false

    @Option(
        help: ArgumentHelp(
            "The worker that executes this operation, as the run's messages call it.",
            valueName: "id"))
    var operation: String?

    @Argument(help: ArgumentHelp("What to attach to.", valueName: "host[:worker]"))
    var host: String?

    func validate() throws {
        let count = [operationName != nil, nextCrash, operation != nil].count { $0 }
        guard count <= 1 else {
            throw ValidationError("--break, --next-crash and --operation exclude each other.")
        }
        guard count == 1 || host != nil else {
            throw ValidationError(
                "Missing what to attach to: a HOST, --break, --next-crash or --operation.")
        }
    }

    /// nil: on whatever host it is.
    func selection() throws(DebuggingError) -> WorkerSelection? {
        guard let host else { return nil }
        let selection = try WorkerSelection(host)
        guard !isWaiting || selection.part == .anyWorker else { throw .badSelection(text: host) }
        return selection
    }

    /// It may take any time until there is such a worker.
    private var isWaiting: Bool { operationName != nil || nextCrash || operation != nil }

    /// These options again.
    var words: [String] {
        (operationName.map { ["--break", $0] } ?? []) + (nextCrash ? ["--next-crash"] : [])
            + (operation.map { ["--operation", $0] } ?? []) + (host.map { [$0] } ?? [])
    }

    private func request() throws(DebuggingError) -> HoldRequest {
        let selection = try selection()
        let subject: HoldRequest.Subject =
            if let operationName {
                .next(operationName)
            } else if nextCrash {
                .crash
            } else if let operation {
                .operation(operation)
            } else {
                switch selection?.part {
                case .worker(let number): .worker(number)
                case .slave: .slave
                case .anyWorker, nil: .any
                }
            }
        return HoldRequest(subject, host: selection?.host, debugger: getpid())
    }

    /// Returns when the process stands still.
    func hold(in directory: String) throws -> (HeldProcess, HoldConnection) {
        let (answer, connection) = try RunControl.hold(try request(), of: directory)
        guard case .held(let process) = answer else {
            connection.end()
            guard case .refused(let reason) = answer else {
                throw DebuggingError.notHeld(reason: "the run gave no answer to that")
            }
            throw DebuggingError.notHeld(reason: reason.neutral)
        }
        return (process, connection)
    }

    /// Says what the command waits for, if that may take long.
    func tellWaiting() {
        let place = host.map { " on host '\($0)'" } ?? ""
        let what: String
        if let operationName {
            what = "the next worker that executes '\(operationName)'"
        } else if nextCrash {
            what = "the next worker that crashes"
        } else {
            return
        }
        FileHandle.standardError.write(Data("waiting for \(what)\(place); Ctrl-C gives up\n".utf8))
    }
}
