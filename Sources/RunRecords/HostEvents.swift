/// What happens on hosts.
extension RunEvent {
    /// A host takes part in the run from now on.
    public struct Declaration: Codable, Hashable, Sendable {
        public var host: String
        /// Its triple: `aarch64-linux-musl`.
        public var target: String

        public init(host: String, target: String) {
            self.host = host
            self.target = target
        }
    }

    /// A host's slave answered.
    public struct Hello: Codable, Hashable, Sendable {
        public var host: String
        /// How many it has.
        public var workers: Int
        /// The slave's own, on its host.
        public var process: Int32
        /// As `uname -m` has it.
        public var machine: String
        /// The slave's build identity.
        public var build: String

        private enum CodingKeys: String, CodingKey {
            case host, workers, process, machine
            case build = "text"
        }

        public init(host: String, workers: Int, process: Int32, machine: String, build: String) {
            self.host = host
            self.workers = workers
            self.process = process
            self.machine = machine
            self.build = build
        }
    }

    /// A worker is there. It replaces an earlier process of that number.
    public struct WorkerStart: Codable, Hashable, Sendable {
        public var host: String
        public var worker: UInt32
        /// On its host.
        public var process: Int32
        /// How many updates it knows.
        public var position: UInt64

        public init(host: String, worker: UInt32, process: Int32, position: UInt64) {
            self.host = host
            self.worker = worker
            self.process = process
            self.position = position
        }
    }

    /// A worker's process ended.
    public struct WorkerEnd: Hashable, Sendable {
        /// What it executed at that moment.
        public struct Execution: Codable, Hashable, Sendable {
            public var procedure: String
            public var operation: OperationPlace?
            /// From 1.
            public var attempt: UInt32?
            /// When that was sent: seconds since the run began.
            public var since: Double?

            public init(
                procedure: String, operation: OperationPlace? = nil, attempt: UInt32? = nil,
                since: Double? = nil
            ) {
                self.procedure = procedure
                self.operation = operation
                self.attempt = attempt
                self.since = since
            }
        }

        public var host: String
        public var worker: UInt32
        public var process: Int32
        /// `killed by SIGSEGV`, `ended itself by exit(3)`.
        public var how: String
        /// nil: it was idle.
        public var executing: Execution?

        public init(
            host: String, worker: UInt32, process: Int32, how: String,
            executing: Execution? = nil
        ) {
            self.host = host
            self.worker = worker
            self.process = process
            self.how = how
            self.executing = executing
        }
    }

    /// A host is not connected any more, or could not be reached.
    public struct Loss: Codable, Hashable, Sendable {
        public var host: String
        public var reason: String
        /// Seconds until it is tried again; nil: it is given up.
        public var pause: Double?

        private enum CodingKeys: String, CodingKey {
            case host
            case reason = "text"
            case pause
        }

        public init(host: String, reason: String, pause: Double? = nil) {
            self.host = host
            self.reason = reason
            self.pause = pause
        }
    }

    /// A host was drained or removed, and is gone.
    public struct Departure: Codable, Hashable, Sendable {
        public var host: String

        public init(host: String) {
            self.host = host
        }
    }

    /// The content of a shared variable begins to travel to a host.
    public struct Transfer: Codable, Hashable, Sendable {
        public var host: String
        /// The variable.
        public var shared: String
        /// From 1, of that variable.
        public var version: UInt64
        public var bytes: Int

        public init(host: String, shared: String, version: UInt64, bytes: Int) {
            self.host = host
            self.shared = shared
            self.version = version
            self.bytes = bytes
        }
    }

    /// A line that the slave wrote to its log, or that user code printed.
    public struct LogLine: Codable, Hashable, Sendable {
        public var host: String
        /// At most 500 bytes, without control characters.
        public var text: String
        /// Where user code printed it in an operation; nil: the slave wrote it, or a replica, or it
        /// is part of a crash's report, which has a procedure.
        public var worker: UInt32?
        /// The operation that user code executed, or that crashed.
        public var procedure: String?
        /// Where that had not ended.
        public var operation: OperationPlace?

        public init(
            host: String, text: String, worker: UInt32? = nil, procedure: String? = nil,
            operation: OperationPlace? = nil
        ) {
            self.host = host
            self.text = text
            self.worker = worker
            self.procedure = procedure
            self.operation = operation
        }
    }

    /// What a host did since the run began.
    public struct HostProgress: Codable, Hashable, Sendable {
        public var host: String
        /// Those that it executed.
        public var operations: Int
        /// Seconds that its workers executed, all of them together.
        public var busy: Double
        /// Bytes to the host, and from it.
        public var sent: UInt64
        public var received: UInt64

        public init(host: String, operations: Int, busy: Double, sent: UInt64, received: UInt64) {
            self.host = host
            self.operations = operations
            self.busy = busy
            self.sent = sent
            self.received = received
        }
    }
}

extension RunEvent.WorkerEnd: Codable {
    private enum Key: String, CodingKey { case host, worker, process, text, procedure }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        host = try container.decode(String.self, forKey: .host)
        worker = try container.decode(UInt32.self, forKey: .worker)
        process = try container.decode(Int32.self, forKey: .process)
        how = try container.decode(String.self, forKey: .text)
        // The keys of an execution stand beside the others.
        executing = container.contains(.procedure) ? try Execution(from: decoder) : nil
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(host, forKey: .host)
        try container.encode(worker, forKey: .worker)
        try container.encode(process, forKey: .process)
        try container.encode(how, forKey: .text)
        try executing?.encode(to: encoder)
    }
}
