import Diagnostics
import Foundation
import Glibc

/// What a command prints: results on standard output, everything else on standard error.
enum CommandOutput {
    /// Opens what the caller closed of the standard files.
    ///
    /// Otherwise the next file to be opened, a journal say, would have the number of standard error,
    /// and be written to by whoever reports something.
    static func openStandardFiles() {
        // Each the other way round: whoever reads or writes there is told that it is of no use.
        for mode in [O_WRONLY, O_RDONLY, O_RDONLY].enumerated()
        where fcntl(Int32(mode.offset), F_GETFD) < 0 {
            // The lowest free number is this one, as those below are open.
            _ = open("/dev/null", mode.element)
        }
    }

    /// Writes all of it. A result that does not reach its reader is an error.
    static func write(_ text: String, to descriptor: Int32 = STDOUT_FILENO) throws(OutputError) {
        try write(Array(text.utf8), to: descriptor)
    }

    /// The same for bytes that may be no text.
    static func write(
        _ bytes: [UInt8], to descriptor: Int32 = STDOUT_FILENO
    ) throws(OutputError) {
        var bytes = bytes[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EAGAIN {  // Somebody else's terminal.
                var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&ready, 1, -1)
            } else if count <= 0, errno != EINTR {
                throw OutputError(reason: String(cString: strerror(errno)).lowercased())
            }
            bytes = bytes.dropFirst(max(0, count))
        }
    }
}

/// Prints a result: a line, or several.
func printResult(_ text: String) throws(OutputError) { try CommandOutput.write(text + "\n") }

/// Standard output takes no more.
struct OutputError: DiagnosticError, Hashable {
    let reason: String

    var diagnostic: Diagnostic { Diagnostic(summary: "can't write to standard output: \(reason)") }

    var exitCode: Diagnostics.ExitCode { .failed }
}
