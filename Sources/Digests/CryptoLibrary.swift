import CLibCrypto
import Glibc
import Synchronization

/// Where threads enter libcrypto, and leave it.
///
/// exit(3) frees what libcrypto has while other threads go on: one that is within a handshake then
/// reads freed memory, and a program that had done its work ends by SIGSEGV. So the end of the
/// process waits until no thread is in there, and lets none in again.
public enum CryptoLibrary {
    /// Threads that are in there, and whether none may enter any more.
    private static let inside = Atomic<Int>(0)
    private static let isClosed = Atomic<Bool>(false)

    /// How long the end of the process waits, in milliseconds. Where a thread stays for longer (an
    /// SSH agent may ask its user something), the process ends without the library's cleaning up.
    private static let patience = 5_000

    /// Once for each process.
    private static let isGuarded: Void = {
        // Has libcrypto register its cleaning up first: what is registered last is done first.
        // Without a flag it does nothing at all.
        OPENSSL_init_crypto(UInt64(OPENSSL_INIT_LOAD_CRYPTO_STRINGS), nil)
        on_exit({ status, _ in CryptoLibrary.close(status) }, nil)
    }()

    /// Calls `body`, which may call libcrypto, and does not wait for anybody there.
    public static func use<Value: ~Copyable, Failure: Error>(
        _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        enter()
        defer { leave() }
        return try body()
    }

    /// Calls `body`, which waits and does not call libcrypto, from within `use`.
    public static func pause<Value, Failure: Error>(
        _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        leave()
        defer { enter() }
        return try body()
    }

    private static func enter() {
        _ = isGuarded
        inside.wrappingAdd(1, ordering: .sequentiallyConsistent)
        guard isClosed.load(ordering: .sequentiallyConsistent) else { return }
        leave()
        // The process ends: this thread with it.
        while true { Glibc.pause() }
    }

    private static func leave() { inside.wrappingSubtract(1, ordering: .sequentiallyConsistent) }

    private static func close(_ status: Int32) {
        isClosed.store(true, ordering: .sequentiallyConsistent)
        for _ in 0..<patience {
            if inside.load(ordering: .sequentiallyConsistent) == 0 { return }
            usleep(1000)
        }
        fflush(nil)
        _exit(status)
    }
}
