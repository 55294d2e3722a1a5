import Driving
import RunRecords
import Transport
import WireProtocol

/// Executes one operation on one slave, which is started for it and ends with it.
package struct Replay {
    package var capsule: Capsule
    /// See `Conversation`.
    package var unreadSlot: UInt32?
    /// The emulator, if there is one, and the slave.
    package var command: [String]
    /// Called with each line that user code prints, and that the slave writes to its log.
    package var onLine: (String) -> Void = { _ in }

    package init(_ capsule: Capsule, unreadSlot: UInt32?, command: [String]) {
        self.capsule = capsule
        self.unreadSlot = unreadSlot
        self.command = command
    }

    /// What came of it.
    package struct Answer {
        package var outcome: ReplayOutcome
        /// nil: the slave did not come to its answer.
        package var identity: slave_identity?
    }

    private static let pieceSize = 256 << 10
    /// A slave that said goodbye has so long to end.
    private static let goodbyeMax: Duration = .seconds(5)

    /// Blocks its thread for as long as the operation takes.
    package func run(over connection: any HostConnection) throws(TransportError) -> Answer {
        let channel = try connection.open(command + ["--serve"])
        defer { channel.close() }
        var conversation = Conversation(capsule, unreadSlot: unreadSlot)
        var log = LogLines()
        var piece = [UInt8](repeating: 0, count: Self.pieceSize)
        var until: ContinuousClock.Instant?
        while true {
            while !conversation.unsent.isEmpty {
                let count = try send(conversation.unsent, over: channel)
                if count == 0 { break }
                conversation.unsent = conversation.unsent.dropFirst(count)
            }
            var isOpen = true
            var isAnyHeard = false
            while let bytes = try receive(.output, over: channel, &piece, &isOpen) {
                isAnyHeard = true
                do throws(FramingError) {
                    try bytes.withUnsafeBytesOfAll { all throws(FramingError) in
                        try conversation.heard(all)
                    }
                } catch {
                    conversation.ended("its slave sent \(error)")
                    isOpen = false
                    break
                }
            }
            for line in conversation.printed { onLine(line) }
            conversation.printed = []
            var isLogOpen = true
            while let bytes = try receive(.errors, over: channel, &piece, &isLogOpen) {
                isAnyHeard = true
                let lines = bytes.withUnsafeBytesOfAll { log.append($0) }
                for line in lines { onLine(line) }
            }
            if !isOpen {
                conversation.ended("its slave \(words(of: channel))")
                break
            }
            if conversation.outcome != nil, until == nil { until = .now + Self.goodbyeMax }
            if let until, ContinuousClock.now > until { break }
            if isAnyHeard { continue }
            poll(channel.pollDescriptors, for: .milliseconds(250))
        }
        guard let outcome = conversation.outcome else {
            preconditionFailure("a conversation that ended has an outcome")
        }
        return Answer(outcome: outcome, identity: conversation.identity)
    }

    private func send(
        _ bytes: ArraySlice<UInt8>, over channel: any HostChannel
    ) throws(TransportError) -> Int {
        try bytes.withUnsafeBytesOfAll { all throws(TransportError) in try channel.send(all) }
    }

    /// nil: there are none at this time.
    private func receive(
        _ stream: ChannelStream, over channel: any HostChannel, _ piece: inout [UInt8],
        _ isOpen: inout Bool
    ) throws(TransportError) -> ArraySlice<UInt8>? {
        var received = Received.wouldBlock
        try piece.withUnsafeMutableBytesOfAll { room throws(TransportError) in
            received = try channel.receive(stream, into: room)
        }
        switch received {
        case .bytes(let count): return piece[..<count]
        case .wouldBlock: return nil
        case .ended:
            isOpen = false
            return nil
        }
    }

    /// `ended by exit(64)`; its end may be known a moment after its output's.
    private func words(of channel: any HostChannel) -> String {
        let until = ContinuousClock.now + .seconds(1)
        while channel.ending == nil, ContinuousClock.now < until {
            poll([], for: .milliseconds(5))
        }
        return switch channel.ending {
        case .exited(let status): "ended by exit(\(status))"
        case .signalled(let name): "was killed by SIG\(name)"
        case .untold, nil: "is gone"
        }
    }
}

extension ArraySlice<UInt8> {
    /// As the standard library's, with a typed error.
    fileprivate func withUnsafeBytesOfAll<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try withUnsafeBufferPointer { all throws(Failure) in
            try body(UnsafeRawBufferPointer(all))
        }
    }
}

extension [UInt8] {
    fileprivate mutating func withUnsafeMutableBytesOfAll<Failure: Error>(
        _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        try withUnsafeMutableBufferPointer { all throws(Failure) in
            try body(UnsafeMutableRawBufferPointer(all))
        }
    }
}
