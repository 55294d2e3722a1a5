import Driving
import Diagnostics
import RunRecords

/// Starting and ending a run.
extension Master {
    /// Starts the run's thread. Hosts are connected while the program goes on.
    static func start(
        _ description: RunDescription, _ interface: InterfaceDescription,
        _ change: (inout RunStart) -> Void = { _ in }
    ) throws(RunError) -> Master {
        let digits = interface.hash.map { byte in
            let text = String(byte, radix: 16)
            return text.count == 1 ? "0" + text : text
        }
        guard digits.joined() == description.interfaceHash.lowercased() else {
            throw .programMismatch(application: interface.name)
        }
        let master = try Master(
            interface: interface,
            flightBytes: description.inFlight.map { $0 << 20 } ?? RunLimits.flightBytes,
            hasJournal: description.journal != nil)
        var start = RunStart(master: master, description: description)
        if let seconds = description.hostWait { start.policy.noHostMax = .seconds(seconds) }
        change(&start)
        try DescriptorLimit.raise(for: start.hosts)
        // Made here, so that a log that can't be written is told before anything starts.
        let loop = UncheckedLoop(loop: try RunLoop(start))
        try SystemThread.start("marionette-run", stackSize: 4 << 20) { loop.loop.run() }
        return master
    }

    /// Ends the run: every slave is told goodbye and has a few seconds. Throws what ended it
    /// before.
    ///
    /// - Parameter error: what the program threw.
    func finish(after error: (any Error)? = nil) async throws {
        let completion = Completion()
        // A run that an interrupt ended meanwhile has nothing left to end.
        guard queue.submit(.finish(completion, threw: error.map(Self.text))) else {
            if let failure = failure.withLock({ $0 }) { throw failure }
            return
        }
        if case .failure(let error) = await completion.ending() { throw error }
    }

    /// An error of anybody's, on one line that a terminal can be trusted with.
    private static func text(_ error: any Error) -> String {
        let known = (error as? any DiagnosticError)?.diagnostic ?? error as? Diagnostic
        return (known?.summary ?? "\(error)").neutral
    }

    /// Safe because: the loop is made, handed to its one thread, and never touched by another.
    private struct UncheckedLoop: @unchecked Sendable { let loop: RunLoop }
}
