import Diagnostics

/// Runs commands as processes of this machine, and functions on threads of their own.
public struct LocalExecutor: StepExecutor {
    private let telling: @Sendable (any Error) -> String

    /// - Parameter telling: what is shown of an error of a function.
    public init(telling: @escaping @Sendable (any Error) -> String = told) {
        self.telling = telling
    }

    public var writes: Bool { true }

    public func execute(_ step: Step) async -> StepOutcome {
        if Task.isCancelled { return .interrupted }
        switch step.action {
        case .command(let command):
            let outcome = await execute(command)
            guard case .failed(let output, let status) = outcome, let reading = step.reading else {
                return outcome
            }
            return .failed(output: reading(output), status: status)
        case .function(let function): return await execute(function)
        }
    }

    private func execute(_ command: Step.Command) async -> StepOutcome {
        let process = ChildProcess()
        let ending = await withTaskCancellationHandler {
            await onThread { process.run(command) }
        } onCancel: {
            process.terminate()
        }
        if Task.isCancelled { return .interrupted }
        switch ending.status {
        case .exited(0): return .succeeded(output: ending.output, written: [])
        case .exited(let code):
            return .failed(output: ending.output, status: exitText(code))
        case .signalled(let signal):
            return .failed(output: ending.output, status: "killed by \(signalName(signal))")
        case .notStarted(let reason):
            return .failed(
                output: "", status: "can't start '\(command.arguments[0])': \(reason)")
        }
    }

    private func execute(_ function: Step.Function) async -> StepOutcome {
        await onThread { [telling] in
            do {
                let (written, output) = try function.body()
                return .succeeded(output: output, written: written)
            } catch {
                return .failed(output: telling(error), status: "failed")
            }
        }
    }
}

/// An error as text: whole where it knows how it is told.
public func told(_ error: any Error) -> String {
    if let error = error as? any DiagnosticError {
        return error.diagnostics.map { $0.rendered + "\n" }.joined()
    }
    if let diagnostic = error as? Diagnostic { return diagnostic.rendered + "\n" }
    return "\(error)\n"
}
