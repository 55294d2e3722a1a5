import Archives
import Transport

/// One bundle for one host.
public struct PushOrder: Hashable, Sendable {
    /// The host's name for messages.
    public var host: String
    public var endpoint: Endpoint
    /// The store's directory there, absolute or beginning with `~/`; nil: `~/.cache/marionette`.
    public var store: String?
    /// The program and arguments that run the target's binaries there; empty: the host itself does.
    public var emulator: [String]
    public var architecture: TargetArchitecture
    public var bundle: BundleDescription
    /// What a link below `current` of the store is called that leads to the bundle; nil: there is
    /// none. A file's name.
    public var current: String?

    public init(
        host: String, endpoint: Endpoint, store: String? = nil, emulator: [String] = [],
        architecture: TargetArchitecture, bundle: BundleDescription, current: String? = nil
    ) {
        self.host = host
        self.endpoint = endpoint
        self.store = store
        self.emulator = emulator
        self.architecture = architecture
        self.bundle = bundle
        self.current = current
    }
}

/// A bundle that is in its place.
public struct PushOutcome: Hashable, Sendable {
    public enum Result: Hashable, Sendable {
        case pushed(bytes: Int, seconds: Double)
        case alreadyThere
    }

    public var result: Result
    /// The absolute path of the slave on the host.
    public var slave: String
    /// The absolute path of the link to the bundle, where one was asked for.
    public var current: String?

    public init(result: Result, slave: String, current: String? = nil) {
        self.result = result
        self.slave = slave
        self.current = current
    }
}
