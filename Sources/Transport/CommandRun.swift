extension HostConnection {
    /// Runs `sh -c script` with `$1`, `$2` … = `arguments` to its end; blocks its thread.
    ///
    /// The input is sent while the output is read, so that neither side can wait for the other. A
    /// script that stops reading does not fail the call: its status tells.
    public func run(
        script: String, arguments: [String] = [], input: (any ByteSource)? = nil,
        limits: RunLimits = RunLimits()
    ) throws(TransportError) -> CommandResult {
        let channel = try open(script: script, arguments: arguments)
        defer { channel.close() }
        if input == nil { channel.closeInput() }
        var run = CommandRun(host: host, channel: channel, limits: limits)
        return try run.toEnd(input: input)
    }

    /// Runs a program to its end; see `run(script:arguments:input:limits:)`.
    public func run(
        _ command: [String], input: (any ByteSource)? = nil, limits: RunLimits = RunLimits()
    ) throws(TransportError) -> CommandResult {
        let channel = try open(command)
        defer { channel.close() }
        if input == nil { channel.closeInput() }
        var run = CommandRun(host: host, channel: channel, limits: limits)
        return try run.toEnd(input: input)
    }

    /// What comes of a command; without an input, its own stays as it is. `close` is up to the caller.
    public func result(
        of channel: any HostChannel, input: (any ByteSource)? = nil,
        limits: RunLimits = RunLimits()
    ) throws(TransportError) -> CommandResult {
        var run = CommandRun(host: host, channel: channel, limits: limits)
        return try run.toEnd(input: input)
    }
}

/// The loop of one `run`: sends, receives, waits.
private struct CommandRun {
    let host: String
    let channel: any HostChannel
    let limits: RunLimits

    private var output = Kept()
    private var errors = Kept()
    private let received = PieceBuffer(size: 256 << 10)
    private let piece = PieceBuffer(size: 256 << 10)
    /// What of `piece` still has to leave.
    private var unsent = 0..<0

    /// What came of one stream.
    private struct Kept {
        var bytes: [UInt8] = []
        var isOpen = true
    }

    /// A connection that another thread closes wakes no poll: it is looked for so often.
    private static let closedInterval: Duration = .milliseconds(250)
    /// How often the end of a command is looked for that no descriptor announces.
    private static let endingInterval: Duration = .milliseconds(2)

    init(host: String, channel: any HostChannel, limits: RunLimits) {
        self.host = host
        self.channel = channel
        self.limits = limits
    }

    mutating func toEnd(input: (any ByteSource)?) throws(TransportError) -> CommandResult {
        var input = input
        let clock = ContinuousClock()
        var deadline = clock.now + limits.silenceMax
        while true {
            let isOutputReceived = try drain(.output, into: \.output)
            let areErrorsReceived = try drain(.errors, into: \.errors)
            let isSent = try send(from: &input)
            let isEnding = !output.isOpen && !errors.isOpen
            if isEnding, let ending = channel.ending {
                return CommandResult(
                    ending: ending, output: output.bytes, errors: errors.bytes)
            }
            let now = clock.now
            if isOutputReceived || areErrorsReceived || isSent {
                deadline = now + limits.silenceMax
                continue
            }
            guard now < deadline else {
                throw .silent(host: host, seconds: limits.silenceMax.wholeSeconds)
            }
            let rest = isEnding ? Self.endingInterval : min(deadline - now, Self.closedInterval)
            poll(channel.pollDescriptors, for: rest)
        }
    }

    /// - Returns: whether a byte came.
    private mutating func drain(
        _ stream: ChannelStream, into kept: WritableKeyPath<Self, Kept>
    ) throws(TransportError) -> Bool {
        var isAnyReceived = false
        while self[keyPath: kept].isOpen {
            switch try channel.receive(stream, into: received.bytes) {
            case .bytes(let count):
                isAnyReceived = true
                if let onPiece = limits.onPiece {
                    onPiece(stream, Array(received.bytes.prefix(count)))
                    continue
                }
                let room = limits.outputMax - self[keyPath: kept].bytes.count
                self[keyPath: kept].bytes += received.bytes.prefix(min(count, room))
            case .wouldBlock: return isAnyReceived
            case .ended: self[keyPath: kept].isOpen = false
            }
        }
        return isAnyReceived
    }

    /// - Returns: whether a byte left.
    private mutating func send(
        from input: inout (any ByteSource)?
    ) throws(TransportError) -> Bool {
        var isAnySent = false
        while let source = input {
            if unsent.isEmpty {
                unsent = 0..<(try source.read(into: piece.bytes))
                if unsent.isEmpty {
                    if !limits.keepsInput { channel.closeInput() }
                    input = nil
                    break
                }
            }
            let count = try channel.send(UnsafeRawBufferPointer(rebasing: piece.bytes[unsent]))
            if count == 0 { break }
            isAnySent = true
            unsent = unsent.dropFirst(count)
        }
        return isAnySent
    }
}
