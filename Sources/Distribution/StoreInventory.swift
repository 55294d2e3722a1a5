import Transport

/// A host's store, as far as it concerns one application.
public struct StorePlace: Hashable, Sendable {
    /// The host's name for messages.
    public var host: String
    public var target: String
    public var endpoint: Endpoint
    /// The store's directory there, absolute or beginning with `~/`; nil: `~/.cache/marionette`.
    public var store: String?
    /// What the links below `current` and `previous` are called.
    public var application: String
    /// The digest of the bundle that the host should have; nil: none was built.
    public var bundle: String?

    public init(
        host: String, target: String, endpoint: Endpoint, store: String? = nil,
        application: String, bundle: String? = nil
    ) {
        self.host = host
        self.target = target
        self.endpoint = endpoint
        self.store = store
        self.application = application
        self.bundle = bundle
    }
}

/// What a store holds, and who uses it, as `RemoteScripts.inventory` says it. Sizes are in bytes.
public struct StoreInventory: Hashable, Sendable {
    /// A process that has a file of a bundle in its memory.
    public struct Process: Hashable, Sendable {
        public var identifier: Int
        public var parent: Int
        public var bundle: String

        public init(identifier: Int, parent: Int, bundle: String) {
            self.identifier = identifier
            self.parent = parent
            self.bundle = bundle
        }
    }

    public enum Presence: String, Hashable, Sendable { case yes, no, damaged }

    public var store: String
    /// Hosts that share a store have the same; nil: it has none.
    public var token: String?
    public var free: Int?
    /// Of the bundle that the host should have.
    public var presence: Presence = .no
    /// What is in `bundles`, by its name.
    public var sizes: [String: Int] = [:]
    /// Names of entries that are older than a day, and older than a week.
    public var dayOld: Set<String> = []
    public var weekOld: Set<String> = []
    /// Digests by the application's name.
    public var current: [String: String] = [:]
    public var previous: [String: String] = [:]
    /// Of this and other stores of the host; nil: it does not tell.
    public var processes: [Process]?

    public init(store: String) { self.store = store }

    /// Of all that is in it.
    public var size: Int { sizes.values.reduce(0, +) }

    public var bundles: [String] { sizes.keys.filter(Self.isDigest).sorted() }

    /// Those that use a bundle of this store, and not one of another on the same host.
    public var ownProcesses: [Process]? { processes?.filter { sizes[$0.bundle] != nil } }

    /// How many programs were started from the store: those whose parents were not.
    public var programs: Int? {
        ownProcesses.map { processes in
            let identifiers = Set(processes.map(\.identifier))
            return processes.filter { !identifiers.contains($0.parent) }.count
        }
    }

    static func isDigest(_ name: String) -> Bool {
        name.utf8.count == 64
            && name.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    /// Reads lines of `word value …`; nil where the answer is cut off.
    init?(answer: String) {
        let answers = Answers(answer)
        guard answers["complete"] != nil, let store = answers["store"],
            let presence = answers["present"].flatMap(Presence.init(rawValue:))
        else { return nil }
        self.store = store
        self.presence = presence
        token = answers["token"]
        free = answers.positive("free", orZero: true).map { $0 * 1_024 }
        if answers["processes"] == "known" { processes = [] }
        for line in answer.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: " ", maxSplits: 3).map { String($0).neutral }
            switch (parts.first, parts.count) {
            case ("entry", 3):
                if let size = Int(parts[1]), 0...(1 << 40) ~= size {
                    sizes[parts[2]] = size * 1_024
                }
            case ("day", 2): dayOld.insert(parts[1])
            case ("week", 2): weekOld.insert(parts[1])
            case ("current", 3): current[parts[1]] = parts[2]
            case ("previous", 3): previous[parts[1]] = parts[2]
            case ("process", 4):
                if let identifier = Int(parts[1]), let parent = Int(parts[2]) {
                    processes?.append(
                        Process(identifier: identifier, parent: parent, bundle: parts[3]))
                }
            default: break
            }
        }
    }
}

/// What `RemoteScripts.verify` found.
public struct StoreVerification: Hashable, Sendable {
    public struct Fault: Hashable, Sendable {
        public var bundle: String
        /// Its path in the bundle.
        public var file: String

        public init(bundle: String, file: String) {
            self.bundle = bundle
            self.file = file
        }
    }

    public var store: String
    /// Digests of bundles without a fault.
    public var whole: [String] = []
    public var faults: [Fault] = []

    init?(answer: String) {
        let answers = Answers(answer)
        guard answers["complete"] != nil, let store = answers["store"] else { return nil }
        self.store = store
        for line in answer.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: " ", maxSplits: 2).map { String($0).neutral }
            switch (parts.first, parts.count) {
            case ("whole", 2): whole.append(parts[1])
            case ("damaged", 3): faults.append(Fault(bundle: parts[1], file: parts[2]))
            default: break
            }
        }
    }
}
