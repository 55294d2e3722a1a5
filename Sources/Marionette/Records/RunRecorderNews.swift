import Driving
import Scheduling

extension RunRecorder {
    mutating func take(_ ending: OperationEnding, _ now: Instant) {
        if ending.outcome == .done, let receipt = ending.receipt {
            replied(receipt.host, microseconds: receipt.microseconds)
        }
        ended(ending.operation, ending.outcome, ending.receipt, now)
    }

    /// Makes the events of what the driver says.
    mutating func take(_ news: RunNews, _ now: Instant) {
        switch news {
        case .submitted(let procedure, let count): submitted(procedure, count)
        case .worked(let host, let microseconds): replied(host, microseconds: microseconds)
        case .declared(let description): declare(description, now)
        case .greeted(let identity, let host): greeted(identity, host, now)
        case .lost(let host, let reason, let pause):
            lost(host, reason, retryAfter: pause, now)
        case .left(let host): left(host, now)
        case .workerStarted(let start, let host): started(start, on: host, now)
        case .workerEnded(let end, let host, let call, let said):
            ended(end, on: host, call, said, now)
        case .crashed(let crash, let host, let call): crashed(crash, on: host, call)
        case .failed(let call, let error, let said):
            if case .operationFailed? = error as? RunError, let said {
                replied(said.host, microseconds: said.microseconds)
            }
            failed(call, error, said, now)
        case .recalled(let call): recalled(call, now)
        case .retried(let attempt, let call, let host, let cause):
            retried(attempt, call, on: host, cause, now)
        case .doubled(let attempt, let call, let host): doubled(attempt, call, on: host, now)
        case .updated(let position, let update): updated(position, update, now)
        case .transferred(let version, let bytes, let host):
            transferred(version, bytes: bytes, to: host, now)
        case .line(let line, let host, let source): note(line, from: host, of: source, now)
        case .draining(let open): draining(open: open, now)
        case .note(let text): tell(text)
        case .warning(let text): warn(text)
        }
    }
}
