/// Where a host is found.
public enum Endpoint: Codable, Hashable, Sendable {
    /// This machine: a process of ours, no SSH.
    case local
    case ssh(SSHDestination)
    case command(ShellCommand)
}

/// A command that gives a shell on a host: `podman exec -i pi1`. It is executed with the word
/// `/bin/sh` added.
public struct ShellCommand: Codable, Hashable, Sendable {
    public var words: [String]
    /// Where it is executed: what is relative in it starts there.
    public var directory: String

    public init(words: [String], directory: String) {
        self.words = words
        self.directory = directory
    }
}

/// What `ssh` would be given to reach a host.
public struct SSHDestination: Codable, Hashable, Sendable {
    /// A name or an address, or an alias of the configuration file.
    public var host: String
    /// nil: as the configuration says, or else the name of the user here.
    public var user: String?
    /// nil: as the configuration says, or else 22.
    public var port: Int?
    /// The path of an ssh_config file, read instead of the user's and the system's, as `ssh -F`
    /// does.
    public var configuration: String?

    public init(
        host: String, user: String? = nil, port: Int? = nil, configuration: String? = nil
    ) {
        self.host = host
        self.user = user
        self.port = port
        self.configuration = configuration
    }
}
