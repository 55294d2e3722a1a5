/// What a command left when it had ended.
public struct CommandResult: Hashable, Sendable {
    public var ending: ChannelEnding
    /// At most `RunLimits.outputMax` bytes: what follows is read and dropped.
    public var output: [UInt8]
    public var errors: [UInt8]

    public init(ending: ChannelEnding, output: [UInt8] = [], errors: [UInt8] = []) {
        self.ending = ending
        self.output = output
        self.errors = errors
    }

    /// The exit status; -1 where a signal ended the command or nothing is known.
    public var status: Int32 {
        if case .exited(let status) = ending { status } else { -1 }
    }

    public var outputText: String { String(decoding: output, as: UTF8.self) }
    public var errorText: String { String(decoding: errors, as: UTF8.self) }
}

/// Bytes for a command's input, read in pieces.
public protocol ByteSource: AnyObject {
    /// Fills the buffer as far as it can; 0: the end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(TransportError) -> Int
}

/// The limits of `HostConnection.run`.
public struct RunLimits: Sendable {
    /// Bytes kept of each stream.
    public var outputMax = 1 << 20
    /// How long neither side may send a byte.
    public var silenceMax: Duration = .seconds(60)

    /// The command's input stays open behind what it is given: its end says that we are gone.
    public var keepsInput = false
    /// Is given what comes, instead of keeping it; called on the thread that runs the command.
    public var onPiece: (@Sendable (ChannelStream, [UInt8]) -> Void)?

    public init() {}
}
