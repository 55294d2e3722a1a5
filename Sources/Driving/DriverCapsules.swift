import RunRecords
import Scheduling

/// Operations that killed their workers, and those that succeeded and shall leave a capsule. The former
/// end when it is written, or can't be: the error has its path.
extension Driver {
    /// What is known of it until then.
    package struct Poisoned {
        package var call: CalledOperation
        package var kills: Int
        package var host: HostID
        /// The end of the worker.
        package var said: Receipt
    }

    package func poisoned(_ call: CalledOperation, _ kills: Int, _ host: HostID, _ said: Receipt) {
        poisoned[call.place] = Poisoned(call: call, kills: kills, host: host, said: said)
        let outcome = Capsule.Outcome.death(kills: UInt32(kills), how: said.failure)
        want(.writeCapsule(call, capsule(of: call, said, on: host) { outcome }))
    }

    /// Whether an operation that succeeds leaves a capsule.
    package func isWanted(_ call: CalledOperation) -> Bool {
        guard captureRoom > 0 else { return false }
        return call.call.isCaptured
            || !captures.isEmpty && captures[call.traits.procedure, default: 0] > 0
    }

    /// It ends without waiting for that.
    package func capture(_ call: CalledOperation, _ said: Receipt, _ result: ResultBytes) {
        if let left = captures[call.traits.procedure], !call.call.isCaptured {
            captures[call.traits.procedure] = left - 1
        }
        want(.writeCapsule(call, capsule(of: call, said, on: said.host) { .result(result.bytes) }))
        captureRoom -= 1
        if captureRoom == 0 {
            record(.note("a run captures \(DrivingLimits.capturesMax) operations: no more are"))
        }
    }

    /// Gathers what it takes; the bytes are put together by whoever calls it.
    private func capsule(
        of call: CalledOperation, _ said: Receipt, on host: HostID,
        _ outcome: @escaping @Sendable () -> Capsule.Outcome
    ) -> @Sendable () -> Capsule? {
        let history = updates.history(before: call.position, reads: call.traits.reads)
        let host = hosts[host.index]
        let (worker, attempt) = (said.worker, said.attempt)
        return { [interface, procedure = call.traits.procedure] in
            history.map { history in
                Capsule(
                    application: interface.name, program: interface.program,
                    version: interface.version, interfaceHash: interface.hash, host: host.name,
                    target: host.target, build: host.build ?? "", procedure: procedure,
                    operation: interface.name(of: procedure), place: call.place,
                    position: call.position, arguments: call.arguments, worker: worker,
                    attempt: attempt, outcome: outcome(), updates: history.updates)
            }
        }
    }

    package func capsuleWritten(_ call: CalledOperation, _ capsule: CapsuleRecord) {
        guard let operation = poisoned.removeValue(forKey: call.place) else {
            let name = "'\(interface.name(of: call.traits.procedure))' (operation \(call.place))"
            switch capsule {
            case .written(let path): record(.note("capsule of \(name): \(path)"))
            case .failed(let reason): record(.warning("\(name) has no capsule: \(reason)"))
            case .unwanted: break
            }
            return
        }
        let said = operation.said
        let error = RunError.operationPoisoned(
            operation: interface.name(of: call.traits.procedure), kills: operation.kills,
            how: said.failure, host: hosts[operation.host.index].name, worker: said.worker,
            attempt: said.attempt, capsule: capsule)
        record(.failed(call, error, said))
        answers.add(.failure(error), tag: call.tag, for: call.call.sink)
    }

    /// The run does not wait any longer for those that are being written.
    package func endPoisoned() {
        for operation in poisoned.values {
            capsuleWritten(operation.call, .failed(reason: "it was not written in time"))
        }
    }
}
