import Glibc

/// `ssh -G`: what the ssh client would do to reach a host.
///
/// ssh_config(5) has patterns, commands, tokens and defaults that differ from version to version. The
/// client knows them all, and a user has tried his configuration with it. It is asked for each
/// connection, because an answer may change as the network does (`Match exec`).
struct SSHQuestion {
    let client: String
    let destination: SSHDestination
    let host: String
    /// A command of the configuration, or a server of names, may never answer.
    var answerMax: Duration = .seconds(30)

    private static let outputMax = 1 << 20
    /// How many are asked at once; more would only take the processors from each other.
    private static let gate = HandshakeGate(width: 8)
    /// How long it has to end once it is given up, until it is killed.
    private static let hangUpLimit: Duration = .seconds(2)
    /// How soon after its output the client's end is looked for.
    private static let endingInterval: Duration = .milliseconds(1)

    /// Without a terminal, of which ssh would say something otherwise.
    var command: [String] {
        [client, "-T", "-G"] + destination.flags + ["--", destination.host]
    }

    /// - Returns: what it printed; nil: there is no ssh client.
    func ask(unless cancellation: Cancellation) throws(TransportError) -> SSHAnswer? {
        try Self.gate.pass("", unless: cancellation) { () throws(TransportError) in
            guard !cancellation.isCancelled else { throw .cancelled(host: host) }
            let child: ChildProcess
            do throws(ChildProcess.NotStarted) { child = try ChildProcess.start(command) } catch {
                if error.isNotFound { return nil }
                throw .unreachable(
                    host: host, reason: "'\(client)' did not start: \(lastErrorText(error.code))")
            }
            let here = LocalConnection(host: host, hangUpLimit: Self.hangUpLimit)
            let channel = LocalChannel(child, of: here)
            defer { channel.close() }
            channel.closeInput()
            return SSHAnswer(try answer(of: channel, cancellation))
        }
    }

    /// What the answer means, or why it means nothing.
    func options(
        _ answer: SSHAnswer
    ) throws(TransportError) -> SSHOptions {
        do {
            return try answer.options(for: destination, client: client, tokens: .here)
        } catch {
            switch error {
            case .incomplete(let keyword):
                throw .configurationRefused(
                    host: host,
                    words: "its answer has no '\(keyword)', as that of OpenSSH 6.8 or later has",
                    check: shellQuoted(command))
            case .unsupported(let reason):
                throw .configurationInvalid(host: host, reason: reason)
            }
        }
    }

    private func answer(
        of channel: LocalChannel, _ cancellation: Cancellation
    ) throws(TransportError) -> String {
        let clock = ContinuousClock()
        let deadline = clock.now + answerMax
        let piece = PieceBuffer(size: 16 << 10)
        var output: [UInt8] = []
        var errors: [UInt8] = []
        while true {
            // Looked for before the streams: what was printed before the end is there by then. What a
            // command of the configuration left running may hold them open for longer.
            let ending = channel.ending
            let isAtEnd = try drain(channel, .output, into: &output, by: piece)
            _ = try drain(channel, .errors, into: &errors, by: piece)
            if let ending {
                // Untold: the program has all its children's ends taken from it (SIGCHLD is ignored).
                // ssh prints an answer at once, or none.
                guard ending == .exited(status: 0) || ending == .untold && !output.isEmpty else {
                    throw refused(errors)
                }
                return String(decoding: output, as: UTF8.self)
            }
            guard !cancellation.isCancelled else { throw .cancelled(host: host) }
            let rest = deadline - clock.now
            guard rest > .zero else {
                throw .unreachable(
                    host: host,
                    reason: "'\(shellQuoted(command))' did not answer in time")
            }
            let wait = isAtEnd ? Self.endingInterval : Cancellation.interval
            cancellation.wait(
                for: isAtEnd ? [] : channel.pollDescriptors, atMost: min(rest, wait))
        }
    }

    /// - Returns: whether nothing will follow.
    private func drain(
        _ channel: LocalChannel, _ stream: ChannelStream, into bytes: inout [UInt8],
        by piece: PieceBuffer
    ) throws(TransportError) -> Bool {
        while true {
            switch try channel.receive(stream, into: piece.bytes) {
            case .bytes(let count):
                guard bytes.count + count <= Self.outputMax else {
                    throw .configurationRefused(
                        host: host, words: "it answers with more than \(Self.outputMax) bytes",
                        check: shellQuoted(command))
                }
                bytes += piece.bytes[..<count]
            case .wouldBlock: return false
            case .ended: return true
            }
        }
    }

    /// ssh's own words: the first lines of them, in case it prints how it is used.
    private func refused(_ errors: [UInt8]) -> TransportError {
        let text = String(decoding: errors, as: UTF8.self)
        let lines = text.split(whereSeparator: \.isNewline).prefix(3).map { $0.prefix(200) }
        let words = lines.joined(separator: "; ")
        return .configurationRefused(
            host: host, words: words.isEmpty ? "it fails without a word" : words,
            check: shellQuoted(command))
    }
}

extension SSHDestination {
    /// Refuses what ssh would take for something else, and a file that can't be read.
    func check(host name: String) throws(TransportError) {
        guard !host.isEmpty, !host.hasPrefix("-") else {
            throw .configurationInvalid(
                host: name, reason: "'\(host)' is no host's name: it is empty, or begins with '-'")
        }
        if let configuration, access(configuration, R_OK) != 0 {
            throw .configurationInvalid(
                host: name, reason: "'\(configuration)': \(lastErrorText())")
        }
    }

    /// What ssh is given before the host.
    var flags: [String] {
        var words: [String] = []
        if let configuration { words += ["-F", configuration] }
        if let port { words += ["-p", String(port)] }
        if let user { words += ["-l", user] }
        return words
    }

    /// What a user types to make the same connection by hand.
    func check(_ flags: [String] = []) -> String {
        shellQuoted(["ssh"] + self.flags + flags + [host, "true"])
    }
}
