import Endpoints
import JSONCoding

/// How a run is done: written by `marionette run` to a file, read by the master program that it
/// starts.
///
/// The file's path is in the environment variable `MARIONETTE_RUN`.
public struct RunDescription: Codable, Hashable, Sendable {
    /// Has the path of the description of a master program.
    public static let environmentVariable = "MARIONETTE_RUN"
    /// The longest `hostWait`: 30 days.
    public static let hostWaitMax = 30 * 86_400
    /// `inFlight` if it is nil, and at most: 1 TiB.
    public static let inFlightDefault = 512
    public static let inFlightMax = 1 << 20

    /// Its name in the manifest.
    public var application: String
    /// SHA-256 of the checked interface that the slaves were built with, in hexadecimal.
    public var interfaceHash: String
    /// Where the run leaves what it records.
    public var directory: String
    /// One local process, one operation at a time, in program order.
    public var serial: Bool
    /// Those that have their slave, in the manifest's order.
    public var hosts: [HostDescription]
    /// Where the run's end writes its trace; nil: nowhere.
    public var trace: String?
    /// Where the run keeps the results of its operations; nil: nowhere.
    public var journal: Journal?
    /// Hosts that could not be reached before the run, and how they are looked for; nil: none.
    public var absent: Absence?
    /// A command that explains a crash, to which the target's name is added: it reads a
    /// `slave_crash` and writes a `CrashText`. nil: crashes have no stack.
    public var explainer: [String]?
    /// How many seconds the run goes on without any host; nil: 30.
    public var hostWait: Int?
    /// How many MiB arguments and results of one sequence may have that are open or unread; nil: 512.
    public var inFlight: Int?
    /// By operation, how many that succeed leave a capsule: the first ones; nil: none.
    public var capture: [String: Int]?
    /// For which use the worker was compiled: `debug`, `sanitize`; nil: `release`.
    public var profile: String?

    public init(
        application: String, interfaceHash: String, directory: String, serial: Bool = false,
        hosts: [HostDescription], trace: String? = nil,
        journal: Journal? = nil, absent: Absence? = nil, explainer: [String]? = nil,
        hostWait: Int? = nil, inFlight: Int? = nil, capture: [String: Int]? = nil,
        profile: String? = nil
    ) {
        self.application = application
        self.interfaceHash = interfaceHash
        self.directory = directory
        self.serial = serial
        self.hosts = hosts
        self.trace = trace
        self.journal = journal
        self.absent = absent
        self.explainer = explainer
        self.hostWait = hostWait
        self.inFlight = inFlight
        self.capture = capture
        self.profile = profile
    }

    /// Where results are kept: Documentation/Formats.md, "The journal".
    public struct Journal: Codable, Hashable, Sendable {
        public var path: String
        /// Operations that it knows are not executed again.
        public var resume: Bool

        public init(path: String, resume: Bool) {
            self.path = path
            self.resume = resume
        }
    }

    /// Hosts that take no part yet.
    public struct Absence: Codable, Hashable, Sendable {
        /// Their names in the manifest.
        public var hosts: [String]
        /// A command to which a host's name is added. It brings the slave there and asks the run,
        /// through its control socket, to take the host in. Exit code 69: the host is still not
        /// there. It has to end when its input does.
        public var command: [String]

        public init(hosts: [String], command: [String]) {
            self.hosts = hosts
            self.command = command
        }
    }

    /// A host whose store has the slave.
    public struct HostDescription: Codable, Hashable, Sendable {
        /// The manifest's name for it.
        public var name: String
        /// The target that its slave was built for.
        public var target: String
        /// How it is reached.
        public var endpoint: Endpoint
        /// The emulator's prefix, where there is one, and the path of the slave in the host's
        /// store.
        public var command: [String]
        /// 0: one for each core.
        public var workers: Int
        /// The identity that the slave must have; nil: any.
        public var build: String?

        public init(
            name: String, target: String, endpoint: Endpoint, command: [String], workers: Int = 0,
            build: String? = nil
        ) {
            self.name = name
            self.target = target
            self.endpoint = endpoint
            self.command = command
            self.workers = workers
            self.build = build
        }
    }

    /// - Throws: `runDescriptionUnreadable`, which names the key that is missing or not valid.
    public init(contentsOf path: String) throws(RunRecordsError) {
        do {
            self = try JSONReader.read(RunDescription.self, from: try FileContent.read(path))
        } catch {
            throw .runDescriptionUnreadable(path: path, reason: Self.reason(error))
        }
    }

    /// Writes the file so that its user alone can read it, and never half of it.
    ///
    /// - Throws: `runDescriptionUnwritable`.
    public func write(to path: String) throws(RunRecordsError) {
        do {
            try FileContent.replace(path, by: try JSONWriter.text(self, isIndented: true))
        } catch {
            throw .runDescriptionUnwritable(path: path, reason: Self.reason(error))
        }
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case let error as DecodingError: Self.reason(decoding: error)
        case let error as FileContent.Fault: error.reason
        default: "\(error)"
        }
    }

    private static func reason(decoding error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, _): "'\(key.stringValue)' is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context),
            .dataCorrupted(let context):
            context.codingPath.isEmpty
                ? "not JSON"
                : "'\(context.codingPath.map(\.stringValue).joined(separator: "."))' is not valid"
        @unknown default: "not a run description"
        }
    }
}
