/// What a debugger asks of a run: that a worker stands still until it has attached. The connection that
/// asks stays open as long as the worker is to be held.
public struct HoldRequest: Codable, Hashable, Sendable {
    public enum Subject: Codable, Hashable, Sendable {
        /// A worker of the host: one that executes, if there is one.
        case any
        case worker(UInt32)
        /// The slave itself, which is not stopped: its host may only be silent for longer.
        case slave
        /// Whoever executes the operation of this place, now or later.
        case operation(String)
        /// The next worker that is given an operation of this name, before its first line.
        case next(String)
        /// The next worker that crashes, as it was then.
        case crash
    }

    public var subject: Subject
    /// nil: any host of the run.
    public var host: String?
    /// The process that asks, for others who ask for the same worker.
    public var debugger: Int32

    public init(_ subject: Subject, host: String?, debugger: Int32) {
        self.subject = subject
        self.host = host
        self.debugger = debugger
    }
}

/// A process that stands still for whoever asked.
public struct HeldProcess: Codable, Hashable, Sendable {
    public var host: String
    /// nil: the slave itself.
    public var worker: UInt32?
    public var process: Int32
    /// The name and place of the operation that it executes.
    public var operation: String?
    public var place: String?

    public init(
        host: String, worker: UInt32?, process: Int32, operation: String? = nil,
        place: String? = nil
    ) {
        self.host = host
        self.worker = worker
        self.process = process
        self.operation = operation
        self.place = place
    }

    /// `worker 3 of host 'xeon' (process 4711)`
    var text: String {
        let who = worker.map { "worker \($0)" } ?? "the slave"
        return "\(who) of host '\(host)' (process \(process))"
    }
}
