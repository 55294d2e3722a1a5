/// Which lines of a run's log somebody wants to see; empty lists and nil choose all.
public struct LogSelection: Hashable, Sendable {
    public var hosts: [String]
    /// A worker's number.
    public var worker: UInt32?
    /// Names of operations, or places such as `12` and `12.345`; `12` also chooses each argument's.
    public var operations: [String]

    public init(hosts: [String] = [], worker: UInt32? = nil, operations: [String] = []) {
        self.hosts = hosts
        self.worker = worker
        self.operations = operations
    }

    public func chooses(_ line: RunEvent.LogLine) -> Bool {
        (hosts.isEmpty || hosts.contains(line.host))
            && (worker == nil || worker == line.worker)
            && (operations.isEmpty || operations.contains { Self.names($0, line) })
    }

    private static func names(_ operation: String, _ line: RunEvent.LogLine) -> Bool {
        if operation == line.procedure { return true }
        guard let wanted = OperationPlace(operation), let place = line.operation else {
            return false
        }
        return wanted == place || (wanted.element == 0 && wanted.statement == place.statement)
    }
}

extension RunEvent.LogLine: CustomStringConvertible {
    /// `xeon:0 render 12.345: what it printed`; what is not known is left out.
    public var description: String {
        var origin = host
        if let worker { origin += ":\(worker)" }
        if let procedure { origin += " \(procedure)" }
        if let operation { origin += " \(operation)" }
        return "\(origin): \(text)"
    }
}
