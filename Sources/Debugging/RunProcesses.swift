import RunRecords

/// The processes of a run as its event log tells them. A value: events in, questions answered.
struct RunProcesses: Hashable, Sendable {
    struct Host: Hashable, Sendable {
        /// nil: not connected.
        var slave: Int32?
        /// How many it has.
        var count = 0
        var workers: [UInt32: Int32] = [:]
        /// Why it is not connected, where that is known.
        var lost: String?
    }

    private(set) var hosts: [String: Host] = [:]
    /// How the run ended; nil: it goes on, or its master was killed.
    private(set) var ending: String?

    mutating func apply(_ event: RunEvent) {
        switch event.content {
        case .hello(let hello):
            hosts[hello.host] = Host(slave: hello.process, count: hello.workers)
        case .workerStarted(let start):
            hosts[start.host, default: Host()].workers[start.worker] = start.process
        case .workerEnded(let end):
            // A replacement may have the number already: only the process that ended is forgotten.
            guard hosts[end.host]?.workers[end.worker] == end.process else { return }
            hosts[end.host]?.workers[end.worker] = nil
        case .hostLost(let loss):
            hosts[loss.host] = Host(lost: loss.reason)
        case .hostLeft(let departure):
            hosts[departure.host] = Host(lost: "it has left the run")
        case .end(let end):
            ending = end.text
        case .start, .host, .operations, .operationRetried, .operationDoubled, .operationFailed,
            .transfer, .log, .update, .hostProgress, .progress, .draining, .gap:
            break
        }
    }

    /// Reads an event log, as far as it is written.
    init(log: EventLogReader) {
        for event in log { apply(event) }
    }

    init() {}

    /// The slave of the host that is meant, and how messages call what is meant there. Whether a worker
    /// has a process at this time is for the run to know.
    func find(
        _ selection: WorkerSelection, known: [String]
    ) throws(DebuggingError) -> (slave: Int32, who: String) {
        guard known.contains(selection.host) else {
            throw .unknownHost(host: selection.host, known: known)
        }
        guard let host = hosts[selection.host], let slave = host.slave else {
            throw .hostAbsent(host: selection.host, reason: hosts[selection.host]?.lost)
        }
        switch selection.part {
        case .slave: return (slave, "its slave")
        case .anyWorker: return (slave, "its worker")
        case .worker(let number):
            guard number < host.count else {
                throw .unknownWorker(host: selection.host, worker: number, count: host.count)
            }
            return (slave, "worker \(number)")
        }
    }
}
