import Marionette
import RunRecords

/// What an event says under a key, whatever its kind is: tests look for a text or a process without
/// asking who said it.
extension RunEvent {
    var text: String? {
        switch content {
        case .hello(let hello): hello.build
        case .workerEnded(let end): end.how
        case .operationRetried(let retry): retry.cause.rawValue
        case .operationFailed(let failure): failure.text
        case .log(let line): line.text
        case .hostLost(let loss): loss.reason
        case .gap(let gap): gap.text
        case .end(let end): end.text
        default: nil
        }
    }

    var process: Int32? {
        switch content {
        case .hello(let hello): hello.process
        case .workerStarted(let start): start.process
        case .workerEnded(let end): end.process
        default: nil
        }
    }

    var worker: UInt32? {
        switch content {
        case .workerStarted(let start): start.worker
        case .workerEnded(let end): end.worker
        case .log(let line): line.worker
        default: nil
        }
    }

    var workers: Int? { if case .hello(let hello) = content { hello.workers } else { nil } }

    var position: UInt64? {
        switch content {
        case .workerStarted(let start): start.position
        case .update(let update): update.position
        default: nil
        }
    }

    var procedure: String? {
        switch content {
        case .workerEnded(let end): end.executing?.procedure
        case .operations(let operations): operations.procedure
        case .operationRetried(let retry): retry.procedure
        case .operationDoubled(let doubling): doubling.procedure
        case .operationFailed(let failure): failure.procedure
        case .log(let line): line.procedure
        default: nil
        }
    }

    var operation: OperationPlace? {
        switch content {
        case .workerEnded(let end): end.executing?.operation
        case .operationRetried(let retry): retry.operation
        case .operationDoubled(let doubling): doubling.operation
        case .log(let line): line.operation
        default: nil
        }
    }

    var attempt: UInt32? {
        switch content {
        case .workerEnded(let end): end.executing?.attempt
        case .operationRetried(let retry): retry.attempt
        case .operationDoubled(let doubling): doubling.attempt
        default: nil
        }
    }

    var outcome: String? {
        switch content {
        case .operations(let operations): operations.outcome.rawValue
        case .operationFailed(let failure): failure.kind?.rawValue
        case .end(let end): end.outcome?.rawValue
        default: nil
        }
    }

    var ended: [OperationEnd]? {
        switch content {
        case .operations(let operations): operations.ended
        case .operationFailed(let failure): failure.end.map { [$0] }
        default: nil
        }
    }

    var capsule: String? {
        if case .operationFailed(let failure) = content { failure.capsule } else { nil }
    }

    var bytes: Int? {
        switch content {
        case .transfer(let transfer): transfer.bytes
        case .update(let update): update.bytes
        default: nil
        }
    }

    var pause: Double? { if case .hostLost(let loss) = content { loss.pause } else { nil } }
}
