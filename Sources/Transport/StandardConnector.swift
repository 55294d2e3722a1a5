/// Reaches hosts by SSH or by commands of the user's, and this machine by processes of our own.
public struct StandardConnector: HostConnector {
    /// How long connecting and authenticating may take where the SSH configuration says nothing.
    public var timeLimit: Duration
    /// How long a command of this machine has, after its channel was closed and so hung it up, until it
    /// is killed.
    public var hangUpLimit: Duration

    /// The ssh client, which says how a host is reached. Where PATH has none, the files are read here,
    /// with some of ssh_config(5) missing.
    public var client: String

    public init(
        timeLimit: Duration = .seconds(10), hangUpLimit: Duration = .seconds(2),
        client: String = "ssh"
    ) {
        self.timeLimit = timeLimit
        self.hangUpLimit = hangUpLimit
        self.client = client
    }

    public func connect(
        to endpoint: Endpoint, host: String, cancellation: Cancellation
    ) throws(TransportError) -> any HostConnection {
        switch endpoint {
        case .local: return LocalConnection(host: host, hangUpLimit: hangUpLimit)
        case .command(let way):
            return CommandConnection(
                by: way, host: host, timeLimit: timeLimit, hangUpLimit: hangUpLimit,
                cancellation: cancellation)
        case .ssh(let destination):
            return try SSHConnection(
                to: destination, host: host, client: client, timeLimit: timeLimit,
                cancellation: cancellation)
        }
    }
}
