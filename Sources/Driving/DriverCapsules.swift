import RunRecords
import Scheduling

/// Operations that killed their workers. Each ends when its capsule is written, or can't be: the
/// error has its path.
extension Driver {
    /// What is known of it until then.
    package struct Poisoned {
        package var call: CalledOperation
        package var death: Capsule.Death
        package var host: HostID
        /// The end of the worker.
        package var said: Receipt
    }

    package func poisoned(_ call: CalledOperation, _ kills: Int, _ host: HostID, _ said: Receipt) {
        let death = Capsule.Death(
            kills: UInt32(kills), worker: said.worker, attempt: said.attempt, how: said.failure)
        poisoned[call.place] = Poisoned(call: call, death: death, host: host, said: said)
        want(.writeCapsule(call, capsule(of: call, death, host)))
    }

    /// Gathers what it takes; the bytes are put together by whoever calls it.
    private func capsule(
        of call: CalledOperation, _ death: Capsule.Death, _ host: HostID
    ) -> @Sendable () -> Capsule? {
        let history = updates.history(before: call.position, reads: call.traits.reads)
        let host = hosts[host.index]
        let (place, position, arguments) = (call.place, call.position, call.arguments)
        return { [interface, procedure = call.traits.procedure] in
            history.map { history in
                Capsule(
                    application: interface.name, program: interface.program,
                    version: interface.version, interfaceHash: interface.hash, host: host.name,
                    target: host.target, build: host.build ?? "", procedure: procedure,
                    operation: interface.name(of: procedure), place: place, position: position,
                    arguments: arguments, death: death, updates: history.updates)
            }
        }
    }

    package func capsuleWritten(_ call: CalledOperation, _ capsule: CapsuleRecord) {
        guard let operation = poisoned.removeValue(forKey: call.place) else { return }
        let death = operation.death
        let error = RunError.operationPoisoned(
            operation: interface.name(of: call.traits.procedure), kills: Int(death.kills),
            how: death.how, host: hosts[operation.host.index].name, worker: death.worker,
            attempt: death.attempt, capsule: capsule)
        record(.failed(call, error, operation.said))
        answers.add(.failure(error), tag: call.tag, for: call.call.sink)
    }

    /// The run does not wait any longer for those that are being written.
    package func endPoisoned() {
        for operation in poisoned.values {
            capsuleWritten(operation.call, .failed(reason: "it was not written in time"))
        }
    }
}
