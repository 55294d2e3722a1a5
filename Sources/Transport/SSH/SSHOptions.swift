/// How one host is reached: what ssh_config(5) says of it, whoever has read it.
struct SSHOptions: Equatable, Sendable {
    enum AddressFamily: Equatable { case any, inet, inet6 }

    /// What is connected to: a name or an address.
    var address: String
    var port: Int
    var user: String
    /// The shell command that carries the connection instead of a socket, with nothing left to expand.
    var proxy: String?
    /// Whoever stands behind `proxy`.
    var hop: Hop?
    /// What the connection has to pass, and others with it: the address, or the way to a jump host.
    var bottleneck: String
    var connectTimeout: Duration?
    var addressFamily: AddressFamily = .any
    /// What the ssh client alone says; nil: libssh has read the files, and holds the rest.
    var asked: Asked?

    struct Asked: Equatable, Sendable {
        /// The connection's own end: an address or a name, or else an interface.
        var bindAddress: String?
        var bindInterface: String?
        /// Private keys, in the order in which they are tried.
        var identities: [String]
        /// Of the agent's keys, those of `identities` alone are tried.
        var isIdentityRequired: Bool
        var agent: Agent
        var trust: HostTrust
        var algorithms: Algorithms
        var isCompressed: Bool
        /// In bits.
        var rsaSizeMin: Int
        /// New keys after so many bytes, and after so many seconds; 0: as the library does.
        var rekeyBytes: UInt64
        var rekeySeconds: UInt32
    }

    /// Who carries the connection, for messages.
    struct Hop: Equatable {
        /// `its jump host 'me@gate:22'`
        var name: String
        /// What a user types to see what is wrong with it.
        var check: String
    }

    enum Agent: Equatable {
        case none
        case socket(path: String)
    }

    /// What is allowed of each kind, the preferred first.
    struct Algorithms: Equatable {
        var keyExchange: [String]
        var hostKey: [String]
        var cipher: [String]
        var authentication: [String]
        var code: [String]
    }
}

/// Where a host's key is looked up, and what follows where it is not found.
struct HostTrust: Equatable {
    /// As known-hosts files name the host: `pi1.local`, `[pi1.local]:2222`, or its `HostKeyAlias`.
    var name: String
    /// The name without its port, under which a key counts too where `name` has none; nil: none.
    var bareName: String? = nil
    /// The user's files, then the system's.
    var files: [String]
    /// The first of the user's files.
    var userFile: String
    /// Lists of keys that no host may show (`RevokedHostKeys`).
    var revoked: [String] = []
    /// The key is looked up under the host's address too (`CheckHostIP`).
    var isAddressChecked = false
    /// false: a key that is unknown or another than the known one is taken (`StrictHostKeyChecking no`).
    var isStrict = true
    /// The key is known under an alias, which a scan of the host can't know.
    var isAlias = false

    /// As known-hosts files name what is not an alias.
    static func name(_ address: String, port: Int) -> String {
        let name = address.lowercased()
        return port == 22 ? name : "[\(name)]:\(port)"
    }
}
