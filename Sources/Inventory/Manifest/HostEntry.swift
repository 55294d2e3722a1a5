/// One host of the manifest, after its folded name was unfolded.
public struct HostEntry: Hashable, Sendable {
    /// How the host is reached.
    public enum Via: Hashable, Sendable {
        case ssh
        /// A process on this machine.
        case local
        /// A command that gives a shell there; its words, with nothing left to replace.
        case command([String])
    }

    /// The name in messages and tables; for SSH also the alias that ~/.ssh/config is asked for.
    public var name: String
    /// The name of a target of the catalog.
    public var target: String
    public var via: Via
    public var user: String?
    public var port: Int?
    /// What to connect to where it is not `name`.
    public var address: String?
    /// nil: one for each core of the host.
    public var workers: Int?
    /// The program and arguments that run a foreign binary there; empty: the host runs it itself.
    public var emulator: [String]
    /// The directory of the host's store; nil: `~/.cache/marionette` there.
    public var store: String?

    public init(
        name: String, target: String, via: Via = .ssh, user: String? = nil, port: Int? = nil,
        address: String? = nil, workers: Int? = nil, emulator: [String] = [], store: String? = nil
    ) {
        self.name = name
        self.target = target
        self.via = via
        self.user = user
        self.port = port
        self.address = address
        self.workers = workers
        self.emulator = emulator
        self.store = store
    }
}
