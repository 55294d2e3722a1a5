/// Makes connections to hosts. A value, so that tests and simulations put another in its place.
public protocol HostConnector: Sendable {
    /// Connects and authenticates; blocks its thread, with a time limit.
    ///
    /// - Parameters:
    ///   - host: the host's name for messages, as the manifest has it.
    ///   - cancellation: ends the waiting for the host, here and where the connection's commands
    ///     are started.
    func connect(
        to endpoint: Endpoint, host: String, cancellation: Cancellation
    ) throws(TransportError) -> any HostConnection
}

extension HostConnector {
    /// What nobody cancels.
    public func connect(
        to endpoint: Endpoint, host: String
    ) throws(TransportError) -> any HostConnection {
        try connect(to: endpoint, host: host, cancellation: .never)
    }
}

/// A connection to one host, over which commands are started.
///
/// Calls from several threads at once are legal and wait for each other; one thread drives a
/// connection in practice. Whoever drops the last reference closes it.
public protocol HostConnection: AnyObject, Sendable {
    /// The host's name for messages.
    var host: String { get }

    /// Starts a program. Each element reaches it as one argument, whatever it holds.
    func open(_ command: [String]) throws(TransportError) -> any HostChannel

    /// Ends every channel. No error is thrown: what is closed needs no result.
    func close()
}

extension HostConnection {
    /// Starts `sh -c script` with `$1`, `$2` … = `arguments`.
    public func open(
        script: String, arguments: [String] = []
    ) throws(TransportError) -> any HostChannel {
        try open(["sh", "-c", script, "sh"] + arguments)
    }
}

/// One running command: its input, its two outputs, its end. Nothing here blocks.
///
/// The loop of a user: `receive` from both streams until each says `wouldBlock` or `ended`, `send`
/// until it takes nothing, then poll(2) on `pollDescriptors`, asked for anew each time.
public protocol HostChannel: AnyObject, Sendable {
    /// What poll(2) is to wait for at this moment. It also wakes where bytes were read from the
    /// socket before, on
    /// behalf of another channel or stream. Empty once both streams have ended.
    var pollDescriptors: [PollDescriptor] { get }

    func receive(
        _ stream: ChannelStream, into buffer: UnsafeMutableRawBufferPointer
    ) throws(TransportError) -> Received

    /// Takes as many bytes as the host has room for, and tells how many; 0: it would block.
    ///
    /// What a command no longer reads, because it ended or closed its input, is taken and dropped:
    /// its streams and its `ending` tell the rest.
    func send(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int

    /// The command sees the end of its input, after all that was sent.
    func closeInput()

    /// What the host's shell printed before the command began; nil: it may not have begun yet.
    var prelude: ChannelPrelude? { get }

    /// How the command ended; nil while it runs, or while that is not known yet.
    var ending: ChannelEnding? { get }

    /// Gives the command up. A local one is hung up, and killed where that does not help.
    func close()
}

extension HostChannel {
    /// That of a command without a shell before it.
    public var prelude: ChannelPrelude? { ChannelPrelude() }
}

/// What a login file of a host printed, such as a greeting, before a command began: lines that a
/// terminal can be trusted with.
public struct ChannelPrelude: Hashable, Sendable {
    public var output: [String]
    public var errors: [String]

    public init(output: [String] = [], errors: [String] = []) {
        self.output = output
        self.errors = errors
    }
}

/// A command's output or its errors.
public enum ChannelStream: Hashable, Sendable { case output, errors }

public enum Received: Hashable, Sendable {
    /// At least 1.
    case bytes(Int)
    case wouldBlock
    /// No byte will follow on this stream.
    case ended
}

public enum ChannelEnding: Hashable, Sendable {
    case exited(status: Int32)
    /// The signal's name without its prefix: `KILL`.
    case signalled(name: String)
    /// The channel was closed without a word on how the command ended.
    case untold
}

/// A descriptor and what is awaited of it.
public struct PollDescriptor: Hashable, Sendable {
    public var descriptor: Int32
    public var wantsRead: Bool
    public var wantsWrite: Bool

    public init(descriptor: Int32, wantsRead: Bool, wantsWrite: Bool) {
        self.descriptor = descriptor
        self.wantsRead = wantsRead
        self.wantsWrite = wantsWrite
    }
}
