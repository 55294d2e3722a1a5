import Foundation

/// What is still said when a precondition of the driver or the scheduler ends the process: the world in
/// which that was.
enum LastWords {
    private static let room = 512
    /// Safe because: only the one thread that simulates writes it, and reads it when it traps.
    private nonisolated(unsafe) static let text = UnsafeMutablePointer<UInt8>.allocate(
        capacity: room)
    private nonisolated(unsafe) static var count = 0

    static func prepare(_ words: String) {
        let bytes = Array(words.utf8.prefix(room))
        text.update(from: bytes, count: bytes.count)
        count = bytes.count
    }

    /// The trap is repeated afterwards, for the backtrace.
    static func speakOnTraps() {
        for signal in [SIGILL, SIGTRAP, SIGABRT, SIGSEGV] {
            Glibc.signal(signal) { signal in
                write(STDOUT_FILENO, LastWords.text, LastWords.count)
                Glibc.signal(signal, SIG_DFL)
            }
        }
    }
}
