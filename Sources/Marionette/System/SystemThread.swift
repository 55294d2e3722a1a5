import Driving
import Glibc
import Transport

/// A thread for what blocks, which a task of Swift must not. A broken pipe is an error there, and no
/// signal.
///
/// Not Foundation's: that would be in every master's process, with all that it loads.
enum SystemThread {
    private final class Start {
        let name: String
        let body: @Sendable () -> Void

        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    /// Nobody joins it: it is gone when `body` ends.
    ///
    /// - Parameter name: 15 characters of it are shown by debuggers.
    /// - Throws: `systemCallFailed`, where the system has no thread left.
    static func start(
        _ name: String, stackSize: Int = 1 << 20, _ body: @escaping @Sendable () -> Void
    ) throws(RunError) {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        pthread_attr_setstacksize(&attributes, stackSize)
        let start = Unmanaged.passRetained(Start(name: name, body: body))
        var thread = pthread_t()
        let code = pthread_create(
            &thread, &attributes,
            { argument in
                guard let argument else { return nil }
                let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                SystemThread.setName(start.name)
                // For as long as the thread lives.
                _ = HeldBrokenPipe()
                start.body()
                return nil
            }, start.toOpaque())
        guard code == 0 else {
            start.release()
            throw .systemCallFailed(name: "pthread_create", reason: String(cString: strerror(code)))
        }
    }

    /// Of the thread that calls it: pthread_setname_np(3) is not in Swift's Glibc.
    private static func setName(_ name: String) {
        let file = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        _ = Array(name.utf8).write(to: file)
        close(file)
    }
}
