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
    /// What the links below `current` and `previous` of the store are called that lead to this bundle and
    /// to the one before; nil: there are none. A file's name.
    public var current: String?

    /// Programs have a path that stays: it must lead to them.
    var needsCurrent: Bool {
        current != nil && bundle.files.contains { $0.path.hasPrefix("bin/") }
    }

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
        /// It came by the store of another host, which is this host's as well.
        case shared(with: String)
    }

    public var result: Result
    /// The absolute path of the slave on the host.
    public var slave: String
    /// The absolute path of the link to the bundle, where one was asked for.
    public var current: String?
    /// What the store is recognised by that hosts share; nil: it has no token.
    public var token: String?
    /// Another target, whose bundle was current before; nil: there was none, or one of the same target.
    public var displaced: String?

    public init(
        result: Result, slave: String, current: String? = nil, token: String? = nil,
        displaced: String? = nil
    ) {
        self.result = result
        self.slave = slave
        self.current = current
        self.token = token
        self.displaced = displaced
    }
}
