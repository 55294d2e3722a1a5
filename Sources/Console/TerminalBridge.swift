import Glibc

/// Carries what a program prints to the terminal, with the live lines below it.
///
/// A process of its own, so that nothing is lost when the program crashes or is killed, and its last
/// words are what one finds above the prompt. It reads until nobody has the pseudo-terminal open
/// any more: children of the program may outlive it. It is in a session of its own: what the
/// terminal's keys do to the program does not happen to it.
public enum TerminalBridge {
    /// Of `TerminalCapture.start`.
    private static let program: Int32 = 3
    private static let terminal: Int32 = 4
    private static let answers: Int32 = 5

    /// How often the terminal is asked for its size, in milliseconds: the signal goes to the
    /// program.
    static let sizeInterval: Int32 = 200
    /// So much is taken at once.
    static let batchMax = 64 << 10
    public static let usualPatience = TerminalScreen.usualPatience

    /// Returns when there is nothing more to carry.
    ///
    /// - Parameters:
    ///   - process: the program, which is to know when the size changes.
    ///   - patience: how long a line of ours waits for the end of the program's where it can't be
    ///     drawn, in seconds.
    public static func run(for process: pid_t, patience: Double = usualPatience) {
        setsid()
        signal(SIGPIPE, SIG_IGN)
        _ = fcntl(program, F_SETFL, O_NONBLOCK)
        var bridge = Carrying(process: process, patience: patience)
        bridge.answer()
        while bridge.carry() {}
    }

    private struct Carrying {
        let process: pid_t
        var stream = BoardStream()
        var screen: TerminalScreen
        var size = winsize()
        var isProgramGone = false
        var buffer = [UInt8](repeating: 0, count: batchMax)

        init(process: pid_t, patience: Double) {
            self.process = process
            _ = ioctl(terminal, UInt(TIOCGWINSZ), &size)
            let known = Terminal.size(of: terminal)
            screen = TerminalScreen(columns: known.columns, rows: known.rows, patience: patience)
        }

        mutating func carry() -> Bool {
            var descriptors = [
                pollfd(fd: program, events: Int16(POLLIN), revents: 0),
                // Nothing comes from there, but that nobody reads it any more.
                pollfd(fd: isProgramGone ? -1 : answers, events: 0, revents: 0),
            ]
            _ = poll(&descriptors, 2, timeout)
            if descriptors[1].revents != 0 {
                isProgramGone = true
                screen.leave()
            }
            let (count, isOpen) = read()
            followSize()
            take(stream.take(buffer[..<count]))
            guard isOpen else {
                screen.print(stream.end())
                screen.end()
                flush()
                return false
            }
            let now = Terminal.now
            if let next = screen.nextDrawing, next <= now, !screen.isFresh(now) || !hasMore {
                screen.draw(now: now)
            }
            flush()
            return true
        }

        private var timeout: Int32 {
            guard let next = screen.nextDrawing else { return sizeInterval }
            let left = ((next - Terminal.now) * 1000).rounded(.up)
            return Int32(min(max(0, left), Double(sizeInterval)))
        }

        private var hasMore: Bool {
            var descriptor = pollfd(fd: program, events: Int16(POLLIN), revents: 0)
            return poll(&descriptor, 1, 0) > 0 && descriptor.revents & Int16(POLLIN) != 0
        }

        /// What is there now, up to a batch.
        private mutating func read() -> (count: Int, isOpen: Bool) {
            var count = 0
            while count < batchMax {
                let more = buffer.withUnsafeMutableBytes {
                    Glibc.read(program, $0.baseAddress?.advanced(by: count), $0.count - count)
                }
                if more > 0 {
                    count += more
                } else if more < 0, errno == EINTR {
                    continue
                } else {
                    // EIO: nobody has the other end open.
                    return (count, more < 0 && errno == EAGAIN)
                }
            }
            return (count, true)
        }

        private mutating func take(_ pieces: [BoardStream.Piece]) {
            for piece in pieces {
                switch piece {
                case .output(let bytes): screen.print(bytes)
                case .message(let message):
                    screen.apply(message, now: Terminal.now)
                    guard message == .answer || message == .end else { continue }
                    // Asked by one that is about to stop, or to write to the terminal itself.
                    flush()
                    answer()
                }
            }
        }

        func answer() {
            var byte: UInt8 = 0
            _ = write(answers, &byte, 1)
        }

        private mutating func flush() {
            Terminal.write(screen.takeBytes(), to: terminal)
        }

        private mutating func followSize() {
            var new = winsize()
            guard ioctl(terminal, UInt(TIOCGWINSZ), &new) == 0,
                (new.ws_col, new.ws_row) != (size.ws_col, size.ws_row)
            else { return }
            size = new
            let known = Terminal.size(of: terminal)
            screen.resize(columns: known.columns, rows: known.rows)
            _ = ioctl(program, UInt(TIOCSWINSZ), &new)
            // The terminal's own signal came before the program could ask for this size.
            let group = getpgid(process)
            if !isProgramGone, group > 1 { kill(-group, SIGWINCH) }
        }
    }
}
