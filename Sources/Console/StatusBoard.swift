import Glibc
import Synchronization

/// The lines a user sees while something works: one live line for each phase, permanent lines above
/// them.
///
/// Everything goes to standard error, so that standard output carries results only. A key names a
/// live line; its part before the first dot is what stands at the head of the line.
public final class StatusBoard: Sendable {
    private let layout: Mutex<StatusLayout>
    private let descriptor: Int32

    /// The board of this process's standard error.
    public static let standard = StatusBoard(descriptor: STDERR_FILENO)

    /// - Parameter columns: the terminal's width; asked of the terminal itself where nil.
    public init(descriptor: Int32, isTerminal: Bool? = nil, columns: Int? = nil) {
        self.descriptor = descriptor
        let terminal = isTerminal ?? (isatty(descriptor) == 1 && !Self.isDumb)
        layout = Mutex(
            StatusLayout(isTerminal: terminal, columns: columns ?? Self.width(of: descriptor)))
    }

    /// Sets the live line of `key`.
    public func update(_ key: String, _ text: String) {
        write { $0.update(key, text, now: Self.now) }
    }

    /// Replaces the live line of `key` by a permanent one.
    public func finish(_ key: String, _ text: String) {
        write { $0.finish(key, text, now: Self.now) }
    }

    /// Takes the live line of `key` away.
    public func remove(_ key: String) {
        write { $0.remove(key, now: Self.now) }
    }

    /// Prints a permanent line above the live ones.
    public func note(_ text: String) {
        write { $0.note(text, now: Self.now) }
    }

    private func write(_ change: (inout StatusLayout) -> String) {
        layout.withLock { layout in
            var bytes = Array(change(&layout).utf8)[...]
            while !bytes.isEmpty {
                let count = bytes.withUnsafeBytes {
                    Glibc.write(descriptor, $0.baseAddress, $0.count)
                }
                // A terminal that went away is no reason to end a run.
                guard count > 0 || errno == EINTR else { return }
                bytes = bytes.dropFirst(max(0, count))
            }
        }
    }

    private static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    private static var isDumb: Bool {
        guard let name = getenv("TERM") else { return true }
        return name.pointee == 0 || strcmp(name, "dumb") == 0
    }

    private static func width(of descriptor: Int32) -> Int {
        var size = winsize()
        let known = ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        return known ? Int(size.ws_col) : 80
    }
}
