/// Reaches hosts by SSH, and this machine by processes of our own.
public struct StandardConnector: HostConnector {
    /// How long connecting and authenticating may take where the SSH configuration says nothing.
    public var timeLimit: Duration

    public init(timeLimit: Duration = .seconds(10)) {
        self.timeLimit = timeLimit
    }

    public func connect(
        to endpoint: Endpoint, host: String, cancellation: Cancellation
    ) throws(TransportError) -> any HostConnection {
        switch endpoint {
        case .local: return LocalConnection(host: host)
        case .ssh(let destination):
            return try SSHConnection(
                to: destination, host: host, timeLimit: timeLimit, cancellation: cancellation)
        }
    }
}
