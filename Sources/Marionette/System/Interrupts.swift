import Glibc
import Synchronization

/// SIGINT, SIGTERM, SIGHUP and SIGQUIT become submissions.
enum Interrupts {
    /// Where the handler writes; -1: nowhere.
    private static let writeEnd = Atomic<Int32>(-1)

    /// From now on these signals end the run; those that were ignored (nohup) stay so. Once for
    /// each process.
    static func deliver(to master: Master) {
        guard let pipe = try? WakePipe() else { return }
        writeEnd.store(pipe.writeEnd, ordering: .releasing)
        for signal in [SIGINT, SIGTERM, SIGHUP, SIGQUIT] {
            var action = sigaction()
            sigaction(signal, nil, &action)
            // SIG_IGN is the function at address 1.
            let handler = unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
            guard handler != 1 else { continue }
            action = sigaction()
            // Only what is allowed in a handler: an atomic load and write(2).
            action.__sigaction_handler.sa_handler = { signal in
                let saved = errno
                var byte = UInt8(truncatingIfNeeded: signal)
                _ = write(Interrupts.writeEnd.load(ordering: .acquiring), &byte, 1)
                errno = saved
            }
            action.sa_flags = Int32(SA_RESTART)
            sigaction(signal, &action, nil)
        }
        try? SystemThread.start("marionette-signals") { listen(pipe, master) }
    }

    private static func listen(_ pipe: WakePipe, _ master: Master) {
        var descriptor = pollfd(fd: pipe.readEnd, events: Int16(POLLIN), revents: 0)
        var byte: UInt8 = 0
        while true {
            _ = poll(&descriptor, 1, -1)
            guard read(pipe.readEnd, &byte, 1) == 1 else { continue }
            guard master.queue.submit(.interrupted(signal: Int32(byte))) else {
                // The run is over and what remains is the program's own.
                exit(130)
            }
        }
    }
}
