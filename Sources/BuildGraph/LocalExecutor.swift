import Foundation

/// Runs commands as processes of this machine, and functions on threads of their own.
public struct LocalExecutor: StepExecutor {
    public init() {}

    public var writes: Bool { true }

    public func execute(_ step: Step) async -> StepOutcome {
        if Task.isCancelled { return .interrupted }
        switch step.action {
        case .command(let command): return await execute(command)
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
        case .exited(let code): return .failed(output: ending.output, status: "exit code \(code)")
        case .signalled(let signal):
            return .failed(output: ending.output, status: "killed by signal \(signal)")
        case .notStarted(let reason):
            return .failed(
                output: "", status: "can't start '\(command.arguments[0])': \(reason)")
        }
    }

    private func execute(_ function: Step.Function) async -> StepOutcome {
        await onThread {
            do {
                return .succeeded(output: "", written: try function.body())
            } catch {
                return .failed(output: told(error), status: "failed")
            }
        }
    }

    /// Blocking work must not hold one of the few threads that all tasks of the process share.
    private func onThread<Value: Sendable>(
        _ work: @escaping @Sendable () -> Value
    ) async -> Value {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: work()) }
        }
    }
}
