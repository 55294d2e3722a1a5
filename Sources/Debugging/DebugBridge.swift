import Glibc
import Transport

/// Carries the remote serial protocol between gdb, at two descriptors of this process, and a
/// gdbserver at the other end of a channel; and says goodbye in gdb's place where gdb can't.
///
/// The worker goes on whatever ends the session: gdb detaches, gdb is killed, this process is told
/// to end. Only where the connection itself breaks does gdbserver have to notice by itself.
public struct DebugBridge: ~Copyable {
    private let process: Int32
    private let connection: any HostConnection
    private let channel: any HostChannel
    private let input: Int32
    private let output: Int32
    /// Readable when this process is told to end.
    private let stop: Int32

    private var tap = RemoteSerialTap()
    private var phase = Phase.talking
    /// Bytes for gdbserver that the channel had no room for.
    private var pending: [UInt8] = []
    private var isAnythingHeard = false
    private var isDebuggerGone = false
    /// The end of what gdbserver wrote to its standard error.
    private var complaint: [UInt8] = []

    private enum Phase: Equatable {
        case talking
        /// Waiting for the process to stand, so that breakpoints can be taken back.
        case stopping
        /// All is said; gdbserver ends.
        case leaving
    }

    /// How long gdbserver has for a goodbye.
    private let farewellMax: Duration
    /// Called when gdbserver says its first word.
    private let attached: () -> Void
    /// Called when the process has ended, before gdb hears of it.
    private let ended: () -> Void
    private static let complaintMax = 4096
    private static let pieceSize = 64 << 10

    /// Starts gdbserver, which attaches to the process and so stops it.
    public init(
        to process: Int32, server: String, over connection: any HostConnection,
        input: Int32 = STDIN_FILENO, output: Int32 = STDOUT_FILENO, stop: Int32,
        farewellMax: Duration = .seconds(5), attached: @escaping () -> Void = {},
        ended: @escaping () -> Void = {}
    ) throws(AttachError) {
        self.process = process
        self.attached = attached
        self.ended = ended
        self.farewellMax = farewellMax
        self.connection = connection
        self.input = input
        self.output = output
        self.stop = stop
        do throws(TransportError) {
            channel = try connection.open([server, "--once", "--attach", "-", "\(process)"])
        } catch {
            throw .transport(error)
        }
    }

    deinit { channel.close() }

    /// Returns when gdbserver has ended; blocks its thread.
    public mutating func carry() throws(AttachError) {
        // gdb that is gone must not keep us from saying goodbye in its place.
        let broken = HeldBrokenPipe()
        defer { broken.release() }
        let clock = ContinuousClock()
        var deadline: ContinuousClock.Instant?
        do throws(TransportError) {
            while true {
                try forwardComplaints()
                if try forwardAnswers() { break }
                try advance()
                try sendPending()
                if phase != .talking {
                    let limit = deadline ?? clock.now + farewellMax
                    deadline = limit
                    guard clock.now < limit else { break }
                }
                wait(until: deadline.map { $0 - clock.now })
            }
        } catch {
            throw .transport(error)
        }
        guard isAnythingHeard else {
            throw .debugging(.serverFailed(host: connection.host, reason: reason))
        }
    }

    // MARK: From gdbserver

    /// - Returns: whether gdbserver closed its output, which is its end.
    private mutating func forwardAnswers() throws(TransportError) -> Bool {
        var piece = [UInt8](repeating: 0, count: Self.pieceSize)
        while true {
            switch try receive(.output, into: &piece) {
            case .bytes(let count):
                if !isAnythingHeard { attached() }
                isAnythingHeard = true
                let wasThere = !tap.hasEnded
                tap.serverSent(piece[..<count])
                if wasThere, tap.hasEnded { ended() }
                write(piece[..<count])
            case .wouldBlock: return false
            case .ended: return true
            }
        }
    }

    private mutating func forwardComplaints() throws(TransportError) {
        var piece = [UInt8](repeating: 0, count: Self.pieceSize)
        while case .bytes(let count) = try receive(.errors, into: &piece) {
            complaint = (complaint + piece[..<count]).suffix(Self.complaintMax)
        }
    }

    private func receive(
        _ stream: ChannelStream, into piece: inout [UInt8]
    ) throws(TransportError) -> Received {
        var result = Result<Received, TransportError>.success(.wouldBlock)
        piece.withUnsafeMutableBytes { buffer in
            do throws(TransportError) {
                result = .success(try channel.receive(stream, into: buffer))
            } catch {
                result = .failure(error)
            }
        }
        return try result.get()
    }

    /// To gdb. One that is gone needs no answers; its goodbye is said in `advance`.
    private mutating func write(_ bytes: ArraySlice<UInt8>) {
        var rest = bytes
        while !rest.isEmpty, !isDebuggerGone {
            let count = rest.withUnsafeBytes { Glibc.write(output, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if count == 0 || errno != EINTR {
                isDebuggerGone = true
            }
        }
    }

    // MARK: From gdb

    /// Takes what gdb says; where it has left, what has to be said in its place.
    private mutating func advance() throws(TransportError) {
        if phase == .talking {
            if pending.isEmpty, isReadable(input) { try readInput() }
            if isReadable(stop) { isDebuggerGone = true }
            guard isDebuggerGone else { return }
            phase = .stopping
            if tap.isRunning { try interrupt() }
        }
        if phase == .stopping, tap.isOver || !tap.isRunning {
            if !tap.isOver { pending += tap.farewell(to: process) }
            phase = .leaving
        }
    }

    private mutating func readInput() throws(TransportError) {
        var piece = [UInt8](repeating: 0, count: Self.pieceSize)
        let count = piece.withUnsafeMutableBytes { read(input, $0.baseAddress, $0.count) }
        if count > 0 {
            let said = tap.debuggerSent(piece[..<count])
            pending = said.forwarded
            if said.isInterrupt { try interrupt() }
        } else if count == 0 || errno != EINTR {
            isDebuggerGone = true
        }
    }

    /// Stops the process: under ptrace every signal is gdbserver's first, and neither gdb nor
    /// gdbserver passes this one on, by default or at a farewell.
    private func interrupt() throws(TransportError) {
        _ = try connection.run(script: "kill -INT \"$1\"", arguments: ["\(process)"])
    }

    private mutating func sendPending() throws(TransportError) {
        guard !pending.isEmpty else { return }
        var result = Result<Int, TransportError>.success(0)
        pending.withUnsafeBytes { bytes in
            do throws(TransportError) {
                result = .success(try channel.send(bytes))
            } catch {
                result = .failure(error)
            }
        }
        pending.removeFirst(try result.get())
    }

    // MARK: Waiting

    private func isReadable(_ descriptor: Int32) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, 0) > 0
    }

    private func wait(until limit: Duration?) {
        var entries = channel.pollDescriptors.map { entry in
            let events = (entry.wantsRead ? POLLIN : 0) | (entry.wantsWrite ? POLLOUT : 0)
            return pollfd(fd: entry.descriptor, events: Int16(events), revents: 0)
        }
        if phase == .talking {
            // No more from gdb than the channel takes.
            if pending.isEmpty {
                entries.append(pollfd(fd: input, events: Int16(POLLIN), revents: 0))
            }
            entries.append(pollfd(fd: stop, events: Int16(POLLIN), revents: 0))
        }
        let milliseconds = limit.map { Int32($0 / .milliseconds(1)).clamped(to: 0...5_000) } ?? -1
        poll(&entries, nfds_t(entries.count), milliseconds)
    }

    /// gdbserver's last words, without those that it always says.
    private var reason: String {
        let lines = String(decoding: complaint, as: UTF8.self).split(separator: "\n")
        return lines.last.map(String.init) ?? "it ended without a word"
    }
}

extension Int32 {
    fileprivate func clamped(to range: ClosedRange<Int32>) -> Int32 {
        Swift.min(Swift.max(self, range.lowerBound), range.upperBound)
    }
}
