import Dispatch
import Foundation

/// Does `work` in a task that SIGINT, SIGTERM and SIGHUP cancel, so that it can put away what it
/// has half done.
///
/// Afterwards these signals have their default meaning again: who executes another program passes
/// that on.
func cancelledBySignals<Value: Sendable>(
    _ work: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    let task = Task { try await work() }
    // What was ignored (nohup) stays so, here and in whatever this process becomes.
    let signals = [SIGINT, SIGTERM, SIGHUP].filter { number in
        var action = sigaction()
        sigaction(number, nil, &action)
        return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) != 1
    }
    let sources = signals.map { number in
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number)
        source.setEventHandler { task.cancel() }
        source.resume()
        return source
    }
    defer {
        sources.forEach { $0.cancel() }
        signals.forEach { signal($0, SIG_DFL) }
    }
    return try await task.value
}
