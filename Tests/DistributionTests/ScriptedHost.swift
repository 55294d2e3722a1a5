import Transport

/// A host whose commands end at once, each with the next of the results it was given.
final class ScriptedHost: HostConnection, HostConnector, @unchecked Sendable {
    let host: String
    /// Safe because: one test uses the host from one thread.
    private var results: [CommandResult]

    init(_ host: String, _ results: [CommandResult]) {
        self.host = host
        self.results = results
    }

    func connect(
        to endpoint: Endpoint, host: String, cancellation: Cancellation
    ) throws(TransportError) -> any HostConnection { self }

    func open(_ command: [String]) throws(TransportError) -> any HostChannel {
        guard !results.isEmpty else {
            throw .lost(host: host, reason: "no more results were given")
        }
        return ScriptedChannel(results.removeFirst())
    }

    func close() {}
}

private final class ScriptedChannel: HostChannel, @unchecked Sendable {
    /// Safe because: see `ScriptedHost`.
    private var rest: [ChannelStream: ArraySlice<UInt8>]
    let ending: ChannelEnding?

    init(_ result: CommandResult) {
        rest = [.output: result.output[...], .errors: result.errors[...]]
        ending = result.ending
    }

    var pollDescriptors: [PollDescriptor] { [] }

    func receive(_ stream: ChannelStream, into buffer: UnsafeMutableRawBufferPointer) -> Received {
        guard let bytes = rest[stream], !bytes.isEmpty else { return .ended }
        let piece = bytes.prefix(buffer.count)
        buffer.copyBytes(from: piece)
        rest[stream] = bytes.dropFirst(piece.count)
        return .bytes(piece.count)
    }

    func send(_ bytes: UnsafeRawBufferPointer) -> Int { bytes.count }
    func closeInput() {}
    func close() {}
}

extension CommandResult {
    init(_ status: Int32, _ output: String = "", errors: String = "") {
        self.init(
            ending: .exited(status: status), output: Array(output.utf8),
            errors: Array(errors.utf8))
    }
}
