/// Reaches hosts by SSH, and this machine by processes of our own.
public struct StandardConnector: HostConnector {
    /// How long connecting and authenticating may take where the SSH configuration says nothing.
    public var timeLimit: Duration
    /// How long a command of this machine has, after its channel was closed and so hung it up, until it
    /// is killed.
    public var hangUpLimit: Duration

    public init(timeLimit: Duration = .seconds(10), hangUpLimit: Duration = .seconds(2)) {
        self.timeLimit = timeLimit
        self.hangUpLimit = hangUpLimit
    }

    public func connect(
        to endpoint: Endpoint, host: String, cancellation: Cancellation
    ) throws(TransportError) -> any HostConnection {
        switch endpoint {
        case .local: return LocalConnection(host: host, hangUpLimit: hangUpLimit)
        case .ssh(let destination):
            return try SSHConnection(
                to: destination, host: host, timeLimit: timeLimit, cancellation: cancellation)
        }
    }
}
