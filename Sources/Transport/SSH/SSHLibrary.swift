import Digests
import Glibc

/// Where threads enter libssh, which stands on libcrypto: the end of the process waits until none is
/// in there, so that none meets what exit(3) has freed.
///
/// A peer that goes away raises SIGPIPE in the thread that writes. It is held back in there, and
/// nowhere else: what the program prints to a pipe without a reader ends it as ever.
enum SSHLibrary {
    /// Calls `body`, which may call libssh. Not to be called from within.
    static func use<Value, Failure: Error>(
        _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        let broken = HeldBrokenPipe()
        defer { broken.release() }
        return try CryptoLibrary.use(body)
    }

    /// Calls `body`, which waits and does not call libssh, from within `use`.
    static func pause<Value, Failure: Error>(
        _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        try CryptoLibrary.pause(body)
    }
}

/// SIGPIPE, held back in this thread from its making until `release`: a write to a peer that went away
/// is then an error, for what this thread does in the meantime.
///
/// The signal is never ignored as a whole: that would be the program's too, which then goes on
/// although nobody reads what it prints.
public struct HeldBrokenPipe {
    private let wasHeld: Bool
    private let wasPending: Bool

    public init() {
        var broken = Self.signals
        var former = sigset_t()
        pthread_sigmask(SIG_BLOCK, &broken, &former)
        wasHeld = sigismember(&former, SIGPIPE) == 1
        wasPending = wasHeld || Self.isPending
    }

    /// Takes the one that came, and lets later ones through.
    public func release() {
        guard !wasHeld else { return }
        var broken = Self.signals
        if !wasPending, Self.isPending {
            var none = timespec()
            sigtimedwait(&broken, nil, &none)
        }
        pthread_sigmask(SIG_UNBLOCK, &broken, nil)
    }

    private static var isPending: Bool {
        var pending = sigset_t()
        sigpending(&pending)
        return sigismember(&pending, SIGPIPE) == 1
    }

    private static var signals: sigset_t {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        return signals
    }
}
